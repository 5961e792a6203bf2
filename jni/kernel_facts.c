// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel_facts.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The prototype behind "typedef void (*btf_trace_NAME)(void *, ...)"; NULL if there is none. */
static const struct btf_type *tracepoint_prototype(const struct btf *btf, const char *name)
{
	const struct btf_type *type;
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);

	if (id < 0)
		return NULL;
	type = btf__type_by_id(btf, id);
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || !btf_is_ptr(type))
		return NULL;
	type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) ? type : NULL;
}

/* "12:memory:/path": the memory controller sits on v1 hierarchy 12. */
static bool memory_controller_is_v1(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];
	bool v1 = false;

	if (!file)
		return false;
	while (!v1 && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':');
		char *end = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!end)
			continue;
		*end = '\0';
		for (char *rest = controllers + 1, *name; (name = strsep(&rest, ","));)
			v1 |= strcmp(name, "memory") == 0;
	}
	fclose(file);
	return v1;
}

static void read_btf(struct kernel_facts *facts)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (libbpf_get_error(btf))
		return;
	facts->has_btf = true;
	facts->has_task_iterator =
		btf__find_by_name_kind(btf, "bpf_iter__task", BTF_KIND_STRUCT) > 0;

	const struct btf_type *prototype =
		tracepoint_prototype(btf, "btf_trace_sched_process_exit");

	/* The first parameter is always the probe's own data. */
	facts->exit_has_group_dead = prototype && btf_vlen(prototype) >= 3;
	prototype = tracepoint_prototype(btf, "btf_trace_mark_victim");
	if (prototype && btf_vlen(prototype) >= 2) {
		const struct btf_type *first = btf__type_by_id(btf, btf_params(prototype)[1].type);

		facts->mark_victim_has_task = first && btf_is_ptr(first);
	}
	btf__free(btf);
}

static int read_symbols(struct text_symbol *symbols, int count)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char *line = NULL;
	size_t size = 0;
	bool hidden = true;

	if (!file)
		return -errno;
	for (int i = 0; i < count; i++)
		symbols[i].start = symbols[i].end = 0;
	/* Core kernel text is sorted by address: a symbol ends where the next begins. */
	while (getline(&line, &size, file) > 0) {
		unsigned long long address;
		char kind, name[256];

		if (sscanf(line, "%llx %c %255s", &address, &kind, name) != 3)
			continue;
		if (strchr(line, '[')) /* modules come after the core */
			break;
		if (address)
			hidden = false;
		for (int i = 0; i < count; i++) {
			if (symbols[i].start && !symbols[i].end && address > symbols[i].start)
				symbols[i].end = address;
			if (!symbols[i].start && (kind == 't' || kind == 'T') &&
			    !strcmp(name, symbols[i].name))
				symbols[i].start = address;
		}
	}
	free(line);
	fclose(file);
	for (int i = 0; i < count; i++)
		if (!symbols[i].end)
			symbols[i].start = 0;
	return hidden ? -EPERM : 0;
}

static struct kernel_facts known;

static void read_all(void)
{
	static const char *const oom_functions[OOM_FUNCTION_COUNT] = {
		[OOM_KILL_PROCESS] = "oom_kill_process",
		[OOM_KILL_ONE] = "__oom_kill_process",
		[OOM_MEMCG] = "mem_cgroup_out_of_memory",
		[OOM_SYSRQ] = "moom_callback",
	};

	for (int i = 0; i < OOM_FUNCTION_COUNT; i++)
		known.oom_text[i].name = oom_functions[i];
	known.oom_text_error = read_symbols(known.oom_text, OOM_FUNCTION_COUNT);
	known.memory_cgroup_v1 = memory_controller_is_v1();
	/* The PMU that kprobes are made with from 4.17 on. */
	known.has_kprobes = access("/sys/bus/event_source/devices/kprobe/type", R_OK) == 0;
	read_btf(&known);
}

const struct kernel_facts *kernel_facts(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_all);
	return &known;
}
