// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel_facts.h"
#include "settings.h"

/*
 * libbpf says why in its log only: the last warning goes into our error. With
 * PROCESS_SIGNALS_LIBBPF_LOG set, all of it goes to stderr.
 */
static __thread char last_warning[256];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[sizeof(last_warning)];

	if (getenv("PROCESS_SIGNALS_LIBBPF_LOG"))
		return vfprintf(stderr, format, arguments);
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	/* The verifier's log comes in pieces that mean little alone. */
	if (strstr(line, "BEGIN PROG LOAD LOG") || strstr(line, "END PROG LOAD LOG"))
		return 0;
	memcpy(last_warning, line, sizeof(line));
	return 0;
}

void say(char *to, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(to, size, format, arguments);
	va_end(arguments);
}

static void set_hook(struct programs *programs, int index, const char *name, bool mandatory)
{
	struct ps_hook_status *hook = &programs->hooks[index];

	say(hook->name, sizeof(hook->name), "%s", name);
	hook->mandatory = mandatory;
	hook->attached = false;
	say(hook->reason, sizeof(hook->reason), "not attached yet");
}

static void name_hooks(struct programs *programs)
{
	set_hook(programs, PS_HOOK_PROCESS_EXEC, "process_exec", true);
	set_hook(programs, PS_HOOK_PROCESS_EXIT, "process_exit", true);
	set_hook(programs, PS_HOOK_SIGNAL_GENERATE, "signal_generate", true);
	set_hook(programs, PS_HOOK_SIGNAL_DELIVER, "signal_deliver", true);
	set_hook(programs, PS_HOOK_OOM_MARK_VICTIM, "oom_mark_victim", true);
	set_hook(programs, PS_HOOK_CGROUP, "cgroup", true);
	set_hook(programs, PS_HOOK_OOM_KILL_PROCESS, "oom_kill_process", false);
	set_hook(programs, PS_AID_OOM_CALL_CHAIN, "oom_call_chain", false);
	set_hook(programs, PS_AID_TASK_ITERATOR, "task_iterator", false);
}

static void hook_missing(struct programs *programs, int index, const char *reason)
{
	say(programs->hooks[index].reason, PS_REASON_MAX, "%s", reason);
}

static void hook_ready(struct programs *programs, int index)
{
	programs->hooks[index].attached = true;
	programs->hooks[index].reason[0] = '\0';
}

#define TEXT_RANGE(rodata, field, symbol)               \
	do {                                            \
		(rodata)->field.start = (symbol).start; \
		(rodata)->field.end = (symbol).end;     \
	} while (0)

static void tell_oom_code(struct programs *programs, const struct kernel_facts *facts)
{
	struct runtime_monitor__rodata *rodata = programs->skeleton->rodata;
	const struct text_symbol *symbols = facts->oom_text;

	if (facts->oom_text_error == -EPERM) {
		hook_missing(
			programs, PS_AID_OOM_CALL_CHAIN,
			"/proc/kallsyms hides addresses: lower kernel.kptr_restrict or add CAP_SYSLOG");
	} else if (facts->oom_text_error || !symbols[OOM_KILL_PROCESS].start) {
		hook_missing(programs, PS_AID_OOM_CALL_CHAIN,
			     "oom_kill_process is not in /proc/kallsyms");
	} else {
		TEXT_RANGE(rodata, text_oom_kill, symbols[OOM_KILL_PROCESS]);
		TEXT_RANGE(rodata, text_oom_kill_one, symbols[OOM_KILL_ONE]);
		TEXT_RANGE(rodata, text_oom_memcg, symbols[OOM_MEMCG]);
		TEXT_RANGE(rodata, text_oom_sysrq, symbols[OOM_SYSRQ]);
		hook_ready(programs, PS_AID_OOM_CALL_CHAIN);
	}
}

/* The programs that serve a hook: one, or two for both ends of a cgroup's life. */
static void programs_of(const struct programs *programs, int hook,
			struct bpf_program *serving[PROGRAMS_PER_HOOK])
{
	struct runtime_monitor *skeleton = programs->skeleton;
	bool raw = programs->raw;

	serving[1] = NULL;
	switch (hook) {
	case PS_HOOK_PROCESS_EXEC:
		serving[0] = raw ? skeleton->progs.exec_raw : skeleton->progs.exec_btf;
		break;
	case PS_HOOK_PROCESS_EXIT:
		serving[0] = raw ? skeleton->progs.exit_raw : skeleton->progs.exit_btf;
		break;
	case PS_HOOK_SIGNAL_GENERATE:
		serving[0] = raw ? skeleton->progs.signal_raw : skeleton->progs.signal_btf;
		break;
	case PS_HOOK_SIGNAL_DELIVER:
		serving[0] = raw ? skeleton->progs.deliver_raw : skeleton->progs.deliver_btf;
		break;
	case PS_HOOK_OOM_MARK_VICTIM:
		serving[0] = skeleton->progs.mark_victim_raw;
		break;
	case PS_HOOK_CGROUP:
		serving[0] = skeleton->progs.cgroup_mkdir_raw;
		serving[1] = skeleton->progs.cgroup_rmdir_raw;
		break;
	default:
		serving[0] = skeleton->progs.oom_kill_process;
	}
}

/* Loads one program of each pair, and the optional ones that this kernel can take. */
static void choose_programs(struct programs *programs, const struct kernel_facts *facts)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, programs->skeleton->obj)
		bpf_program__set_autoload(program, false);
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++) {
		struct bpf_program *serving[PROGRAMS_PER_HOOK];

		if (hook == PS_HOOK_OOM_KILL_PROCESS && !facts->has_kprobes) {
			hook_missing(programs, hook, "this kernel has no kprobes");
			continue;
		}
		programs_of(programs, hook, serving);
		for (int i = 0; i < PROGRAMS_PER_HOOK && serving[i]; i++)
			bpf_program__set_autoload(serving[i], true);
	}
	if (facts->has_task_iterator)
		bpf_program__set_autoload(programs->skeleton->progs.running, true);
	else
		hook_missing(programs, PS_AID_TASK_ITERATOR, "this kernel has no task iterator");
}

static __u64 hash(__u64 value, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--) /* FNV-1a */
		value = (value ^ *byte++) * 0x100000001b3ULL;
	return value;
}

#define HASH_START 0xcbf29ce484222325ULL

/* What a set of programs is made from: equal for two agents that would load the same. */
static void identify(struct ps_pin_identity *identity, const struct ps_options *options)
{
	const __u64 told[] = {
		options->ring_bytes,	    options->signal_mask,	options->exec_args_max,
		options->bulk_percent,	    options->rate_per_second,	options->rate_burst,
		options->signals_delivered, options->pin_quiet_seconds, options->raw_programs_only,
	};
	size_t size;
	const void *object = runtime_monitor__elf_bytes(&size);

	memset(identity, 0, sizeof(*identity));
	identity->layout_version = PS_LAYOUT_VERSION;
	identity->build = hash(HASH_START, object, size);
	identity->options = hash(HASH_START, told, sizeof(told));
	identity->ring_bytes = options->ring_bytes;
}

void programs_init(struct programs *programs)
{
	memset(programs, 0, sizeof(*programs));
	programs->events_fd = programs->counters_fd = programs->rate_buckets_fd = -1;
	programs->rate_told_fd = programs->reported_fd = programs->running_link_fd = -1;
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++)
		for (int i = 0; i < PROGRAMS_PER_HOOK; i++)
			programs->program_fds[hook][i] = -1;
	name_hooks(programs);
}

static int tell(struct programs *programs, const struct ps_options *options,
		const struct kernel_facts *facts, __u64 generation)
{
	__u64 interval = options->rate_per_second ? 1000000000ULL / options->rate_per_second : 0;
	const __u64 settings[PS_SETTING_COUNT] = {
		[PS_SETTING_CAPTURE_ID] = programs->identity.capture_id,
		[PS_SETTING_RING_BULK_LIMIT] = options->ring_bytes / 100 * options->bulk_percent,
		[PS_SETTING_RING_WAKE_LIMIT] = options->ring_bytes / PS_WAKE_DIVISOR,
		[PS_SETTING_RATE_INTERVAL_NS] =
			options->rate_per_second && !interval ? 1 : interval,
		[PS_SETTING_RATE_BURST_NS] = interval * options->rate_burst,
		[PS_SETTING_MY_GENERATION] = generation,
		[PS_SETTING_QUIET_AFTER_NS] =
			generation ? options->pin_quiet_seconds * 1000000000ULL : 0,
		[PS_SETTING_SIGNAL_MASK] = options->signal_mask,
		[PS_SETTING_SIGNALS_DELIVERED] = options->signals_delivered,
		[PS_SETTING_EXEC_ARGS_MAX] = options->exec_args_max,
		[PS_SETTING_MEMORY_CGROUP_V1] = facts->memory_cgroup_v1,
		[PS_SETTING_EXIT_HAS_GROUP_DEAD] = facts->exit_has_group_dead,
		[PS_SETTING_MARK_VICTIM_HAS_TASK] = facts->mark_victim_has_task,
	};

	return settings_write(programs->skeleton->obj, settings);
}

/* False if there is none, or one of another shape, as an older build made it. */
static bool reuse_pinned(struct bpf_map *map, const struct pins *pins, const char *name)
{
	int fd = pins_get(pins, pins->active, name);
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	bool reused = false;

	if (fd < 0)
		return false;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 &&
	    info.key_size == bpf_map__key_size(map) &&
	    info.value_size == bpf_map__value_size(map) &&
	    info.max_entries == bpf_map__max_entries(map))
		reused = bpf_map__reuse_fd(map, fd) == 0;
	close(fd);
	return reused;
}

/*
 * Shares with the set that speaks now what must outlive it. A signal sent before
 * the switch may end its target after it. The counters go on as one capture, so
 * that what the old set lost, or held back, and nobody has told yet is told.
 */
static int reuse(struct programs *programs, const struct pins *pins)
{
	struct runtime_monitor *skeleton = programs->skeleton;
	struct ps_pin_identity old;
	int err = 0;

	if (pins->generation_fd >= 0)
		err = bpf_map__reuse_fd(skeleton->maps.generation, pins->generation_fd);
	if (err || !pins_identity(pins, pins->active, &old))
		return err;
	if (old.layout_version == PS_LAYOUT_VERSION)
		reuse_pinned(skeleton->maps.pending_signals, pins, "pending_signals");
	if (reuse_pinned(skeleton->maps.counters, pins, "counters")) {
		reuse_pinned(skeleton->maps.reported, pins, "reported");
		programs->identity.capture_id = old.capture_id;
	}
	if (reuse_pinned(skeleton->maps.rate_buckets, pins, "rate_buckets"))
		reuse_pinned(skeleton->maps.rate_told, pins, "rate_told");
	return 0;
}

static int load(struct programs *programs, const struct ps_options *options,
		const struct kernel_facts *facts, const struct pins *pins)
{
	int err;

	programs->skeleton = runtime_monitor__open();
	if (!programs->skeleton)
		return -errno;
	name_hooks(programs);
	err = pins ? reuse(programs, pins) : 0;
	if (!err)
		err = tell(programs, options, facts, pins ? pins->active + 1 : 0);
	tell_oom_code(programs, facts);
	choose_programs(programs, facts);
	if (!err)
		err = bpf_map__set_max_entries(programs->skeleton->maps.events,
					       options->ring_bytes);
	if (!err)
		err = runtime_monitor__load(programs->skeleton);
	if (err) {
		runtime_monitor__destroy(programs->skeleton);
		programs->skeleton = NULL;
	}
	return err;
}

static int explain_load(int err, const struct ps_options *options, char *error, size_t size)
{
	switch (err) {
	case -EPERM:
		say(error, size,
		    "not allowed to load BPF programs: run as root, or with CAP_BPF and CAP_PERFMON "
		    "(and CAP_SYS_RESOURCE before Linux 5.11)");
		break;
	case -ENOMEM:
		say(error, size,
		    "no memory for the ring buffer of %llu bytes: make ebpf.ring.bytes smaller, or raise "
		    "the memlock limit before Linux 5.11",
		    (unsigned long long)options->ring_bytes);
		break;
	default:
		say(error, size, "the kernel refused the BPF programs: %s (%s)", strerror(-err),
		    last_warning[0] ? last_warning : "no details");
	}
	return err;
}

void programs_prepare(void)
{
	libbpf_set_print(keep_warning);
	kernel_facts();
}

int programs_load(struct programs *programs, const struct ps_options *options, __u64 capture_id,
		  struct pins *pins, char *error, size_t size)
{
	const struct kernel_facts *facts;
	int err;

	programs_prepare();
	last_warning[0] = '\0';
	facts = kernel_facts();
	if (!facts->has_btf) {
		say(error, size,
		    "this kernel has no BTF (/sys/kernel/btf/vmlinux): Linux 5.8 or later built with "
		    "CONFIG_DEBUG_INFO_BTF is needed");
		return -ENOTSUP;
	}
	identify(&programs->identity, options);
	programs->identity.capture_id = capture_id;
	programs->raw = options->raw_programs_only;
	err = load(programs, options, facts, pins);
	if (err && err != -EPERM && err != -ENOMEM && !programs->raw) {
		programs->raw = true;
		err = load(programs, options, facts, pins);
	}
	if (err)
		return explain_load(err, options, error, size);
	programs->events_fd = dup(bpf_map__fd(programs->skeleton->maps.events));
	programs->counters_fd = dup(bpf_map__fd(programs->skeleton->maps.counters));
	programs->rate_buckets_fd = dup(bpf_map__fd(programs->skeleton->maps.rate_buckets));
	programs->rate_told_fd = dup(bpf_map__fd(programs->skeleton->maps.rate_told));
	programs->reported_fd = dup(bpf_map__fd(programs->skeleton->maps.reported));
	programs->bss = programs->skeleton->bss;
	return 0;
}

static int attach_hook(struct programs *programs, int hook)
{
	struct bpf_program *serving[PROGRAMS_PER_HOOK];

	programs_of(programs, hook, serving);
	for (int i = 0; i < PROGRAMS_PER_HOOK && serving[i]; i++) {
		struct bpf_link *link = bpf_program__attach(serving[i]);
		int err = libbpf_get_error(link);

		if (err) {
			say(programs->hooks[hook].reason, PS_REASON_MAX, "cannot attach %s: %s",
			    bpf_program__name(serving[i]), strerror(-err));
			return err;
		}
		programs->links[hook][i] = link;
		programs->program_fds[hook][i] = dup(bpf_program__fd(serving[i]));
	}
	hook_ready(programs, hook);
	return 0;
}

int programs_attach(struct programs *programs, char *error, size_t size)
{
	struct bpf_program *running = programs->skeleton->progs.running;

	for (int hook = 0; hook < PS_HOOK_COUNT; hook++) {
		struct bpf_program *serving[PROGRAMS_PER_HOOK];
		int err;

		programs_of(programs, hook, serving);
		if (!bpf_program__autoload(serving[0]) || programs->hooks[hook].attached)
			continue;
		err = attach_hook(programs, hook);
		if (err && programs->hooks[hook].mandatory) {
			say(error, size, "%s", programs->hooks[hook].reason);
			return err;
		}
	}
	if (bpf_program__autoload(running) && !programs->running_link) {
		struct bpf_link *link = bpf_program__attach_iter(running, NULL);
		int err = libbpf_get_error(link);

		if (err) {
			hook_missing(programs, PS_AID_TASK_ITERATOR, strerror(-err));
		} else {
			programs->running_link = link;
			programs->running_link_fd = dup(bpf_link__fd(link));
			hook_ready(programs, PS_AID_TASK_ITERATOR);
		}
	}
	return 0;
}

static int pin_object(int fd, const struct pins *pins, __u64 set, const char *name)
{
	char path[PATH_MAX];

	if (fd < 0)
		return 0;
	pins_path(pins, set, name, path, sizeof(path));
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

/* "program-3-0", "link-3-0" */
static void hook_object(char name[32], const char *kind, int hook, int i)
{
	snprintf(name, 32, "%s-%d-%d", kind, hook, i);
}

static int pin_set(struct programs *programs, struct pins *pins, __u64 set)
{
	struct runtime_monitor *skeleton = programs->skeleton;
	__u32 zero = 0;
	char name[32];
	int err;

	if (pins->generation_fd < 0) {
		err = pin_object(bpf_map__fd(skeleton->maps.generation), pins, 0, "generation");
		if (err)
			return err;
		pins->generation_fd = dup(bpf_map__fd(skeleton->maps.generation));
	}
	err = pin_object(programs->events_fd, pins, set, "events");
	err = err ?: pin_object(programs->counters_fd, pins, set, "counters");
	err = err ?: pin_object(programs->rate_buckets_fd, pins, set, "rate_buckets");
	err = err ?: pin_object(programs->rate_told_fd, pins, set, "rate_told");
	err = err ?: pin_object(programs->reported_fd, pins, set, "reported");
	err = err   ?:
		      pin_object(bpf_map__fd(skeleton->maps.pending_signals), pins, set,
				 "pending_signals");
	err = err ?: pin_object(bpf_map__fd(skeleton->maps.bss), pins, set, "bss");
	err = err ?: pin_object(bpf_map__fd(skeleton->maps.identity), pins, set, "identity");
	err = err ?: pin_object(programs->running_link_fd, pins, set, "running");
	for (int hook = 0; !err && hook < PS_HOOK_COUNT; hook++) {
		for (int i = 0; !err && i < PROGRAMS_PER_HOOK; i++) {
			if (!programs->links[hook][i])
				continue;
			hook_object(name, "program", hook, i);
			err = pin_object(programs->program_fds[hook][i], pins, set, name);
			hook_object(name, "link", hook, i);
			err = err   ?:
				      pin_object(bpf_link__fd(programs->links[hook][i]), pins, set,
						 name);
			/* A kprobe's link can be pinned from 5.15 on; before, it ends with the agent. */
			if (err && !programs->hooks[hook].mandatory)
				err = 0;
		}
	}
	if (err)
		return err;
	programs->identity.complete = 1;
	return bpf_map_update_elem(bpf_map__fd(skeleton->maps.identity), &zero, &programs->identity,
				   BPF_ANY) ?
		       -errno :
		       0;
}

int programs_pin(struct programs *programs, struct pins *pins, char *error, size_t size)
{
	__u64 set;
	int err = pins_new_set(pins, &set);

	err = err ?: pin_set(programs, pins, set);
	err = err ?: pins_switch(pins, set);
	if (err)
		say(error, size,
		    "cannot pin in %s: %s (it must lie in a bpf file system: mount -t bpf bpf /sys/fs/bpf)",
		    pins->folder, strerror(-err));
	return err;
}

static bool map_bss(struct programs *programs, int fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = (sizeof(*programs->bss) + page - 1) / page * page;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return false;
	programs->bss = memory;
	programs->bss_mapped = size;
	return true;
}

bool programs_adopt(struct programs *programs, const struct pins *pins,
		    const struct ps_options *options)
{
	struct ps_pin_identity wanted;
	char name[32];
	int bss_fd;

	identify(&wanted, options);
	if (!pins_identity(pins, pins->active, &programs->identity) ||
	    programs->identity.layout_version != wanted.layout_version ||
	    programs->identity.build != wanted.build ||
	    programs->identity.options != wanted.options)
		return false;
	programs->events_fd = pins_get(pins, pins->active, "events");
	programs->counters_fd = pins_get(pins, pins->active, "counters");
	programs->rate_buckets_fd = pins_get(pins, pins->active, "rate_buckets");
	programs->rate_told_fd = pins_get(pins, pins->active, "rate_told");
	programs->reported_fd = pins_get(pins, pins->active, "reported");
	programs->running_link_fd = pins_get(pins, pins->active, "running");
	bss_fd = pins_get(pins, pins->active, "bss");
	if (programs->events_fd < 0 || programs->counters_fd < 0 || programs->rate_buckets_fd < 0 ||
	    programs->rate_told_fd < 0 || programs->reported_fd < 0 || bss_fd < 0 ||
	    !map_bss(programs, bss_fd))
		return false;
	close(bss_fd);
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++) {
		for (int i = 0; i < PROGRAMS_PER_HOOK; i++) {
			hook_object(name, "program", hook, i);
			programs->program_fds[hook][i] = pins_get(pins, pins->active, name);
		}
		if (programs->program_fds[hook][0] >= 0)
			hook_ready(programs, hook);
		else
			hook_missing(programs, hook, "not among the pinned programs");
	}
	if (programs->running_link_fd >= 0)
		hook_ready(programs, PS_AID_TASK_ITERATOR);
	else
		hook_missing(programs, PS_AID_TASK_ITERATOR, "not among the pinned programs");
	hook_missing(programs, PS_AID_OOM_CALL_CHAIN, "as when the pinned programs were loaded");
	return true;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void programs_close(struct programs *programs)
{
	/* Destroying a kprobe's link disables its perf event, even if it is pinned. */
	if (programs->identity.complete && programs->links[PS_HOOK_OOM_KILL_PROCESS][0])
		bpf_link__disconnect(programs->links[PS_HOOK_OOM_KILL_PROCESS][0]);
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++)
		for (int i = 0; i < PROGRAMS_PER_HOOK; i++) {
			bpf_link__destroy(programs->links[hook][i]);
			close_fd(&programs->program_fds[hook][i]);
		}
	bpf_link__destroy(programs->running_link);
	close_fd(&programs->events_fd);
	close_fd(&programs->counters_fd);
	close_fd(&programs->rate_buckets_fd);
	close_fd(&programs->rate_told_fd);
	close_fd(&programs->reported_fd);
	close_fd(&programs->running_link_fd);
	if (programs->bss_mapped)
		munmap(programs->bss, programs->bss_mapped);
	runtime_monitor__destroy(programs->skeleton);
	memset(programs->links, 0, sizeof(programs->links));
	programs->running_link = NULL;
	programs->bss = NULL;
	programs->bss_mapped = 0;
	programs->skeleton = NULL;
}
