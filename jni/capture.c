// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "process_signals_capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel_facts.h"
#include "ring.h"
#include "runtime_monitor.skel.h"

/* A quarter full: time for a sleeping reader to come. */
#define WAKE_DIVISOR 4

struct ps_capture {
	struct runtime_monitor *skeleton;
	struct ring ring;
	int cpus;
	__u64 id;
	__u64 wake_limit;
	bool raw_programs;
	__u64 suppressed_seen; /* suppressed_total at the last read of the buckets */
	int running_fd;	       /* open task iterator, or -1 */
	struct bpf_link *running_link;
	struct ps_hook_status hooks[PS_HOOK_STATUS_COUNT];
	struct bpf_program *programs[PS_HOOK_COUNT][2];
	struct bpf_link *links[PS_HOOK_COUNT][2];
};

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

__attribute__((format(printf, 3, 4))) static void say(char *to, size_t size, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(to, size, format, arguments);
	va_end(arguments);
}

void ps_clocks(__u64 *boot_ns, __u64 *real_ns)
{
	__u64 best = ~0ULL;

	for (int i = 0; i < 3; i++) {
		struct timespec before, real, after;
		__u64 start, gap;

		clock_gettime(CLOCK_BOOTTIME, &before);
		clock_gettime(CLOCK_REALTIME, &real);
		clock_gettime(CLOCK_BOOTTIME, &after);
		start = before.tv_sec * 1000000000ULL + before.tv_nsec;
		gap = after.tv_sec * 1000000000ULL + after.tv_nsec - start;
		if (gap >= best)
			continue;
		best = gap;
		*boot_ns = start + gap / 2;
		*real_ns = real.tv_sec * 1000000000ULL + real.tv_nsec;
	}
}

static int check_options(const struct ps_options *options, char *error, size_t size)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (options->ring_bytes < page || options->ring_bytes & (options->ring_bytes - 1)) {
		say(error, size,
		    "ring size %llu: must be a power of two and at least one page (%llu bytes)",
		    (unsigned long long)options->ring_bytes, (unsigned long long)page);
		return -EINVAL;
	}
	if (options->exec_args_max > PS_ARGS_MAX) {
		say(error, size, "argument bytes %u: must be 0 to %u", options->exec_args_max,
		    PS_ARGS_MAX);
		return -EINVAL;
	}
	if (options->bulk_percent < 1 || options->bulk_percent > 100) {
		say(error, size, "bulk share %u: must be 1 to 100 percent", options->bulk_percent);
		return -EINVAL;
	}
	return 0;
}

static void set_hook(struct ps_capture *capture, int index, const char *name, bool mandatory)
{
	struct ps_hook_status *hook = &capture->hooks[index];

	say(hook->name, sizeof(hook->name), "%s", name);
	hook->mandatory = mandatory;
	hook->attached = false;
	say(hook->reason, sizeof(hook->reason), "not attached yet");
}

static void name_hooks(struct ps_capture *capture)
{
	set_hook(capture, PS_HOOK_PROCESS_EXEC, "process_exec", true);
	set_hook(capture, PS_HOOK_PROCESS_EXIT, "process_exit", true);
	set_hook(capture, PS_HOOK_SIGNAL_GENERATE, "signal_generate", true);
	set_hook(capture, PS_HOOK_SIGNAL_DELIVER, "signal_deliver", true);
	set_hook(capture, PS_HOOK_OOM_MARK_VICTIM, "oom_mark_victim", true);
	set_hook(capture, PS_HOOK_CGROUP, "cgroup", true);
	set_hook(capture, PS_HOOK_OOM_KILL_PROCESS, "oom_kill_process", false);
	set_hook(capture, PS_AID_OOM_CALL_CHAIN, "oom_call_chain", false);
	set_hook(capture, PS_AID_TASK_ITERATOR, "task_iterator", false);
}

static void hook_missing(struct ps_capture *capture, int index, const char *reason)
{
	say(capture->hooks[index].reason, PS_REASON_MAX, "%s", reason);
}

static void hook_ready(struct ps_capture *capture, int index)
{
	capture->hooks[index].attached = true;
	capture->hooks[index].reason[0] = '\0';
}

#define TEXT_RANGE(rodata, field, symbol)               \
	do {                                            \
		(rodata)->field.start = (symbol).start; \
		(rodata)->field.end = (symbol).end;     \
	} while (0)

static void find_oom_code(struct ps_capture *capture)
{
	struct text_symbol symbols[] = {
		{ .name = "oom_kill_process" },
		{ .name = "__oom_kill_process" },
		{ .name = "mem_cgroup_out_of_memory" },
		{ .name = "moom_callback" },
	};
	int err = kernel_text_symbols(symbols, sizeof(symbols) / sizeof(symbols[0]));

	if (err == -EPERM) {
		hook_missing(
			capture, PS_AID_OOM_CALL_CHAIN,
			"/proc/kallsyms hides addresses: lower kernel.kptr_restrict or add CAP_SYSLOG");
	} else if (err || !symbols[0].start) {
		hook_missing(capture, PS_AID_OOM_CALL_CHAIN,
			     "oom_kill_process is not in /proc/kallsyms");
	} else {
		TEXT_RANGE(capture->skeleton->rodata, text_oom_kill, symbols[0]);
		TEXT_RANGE(capture->skeleton->rodata, text_oom_kill_one, symbols[1]);
		TEXT_RANGE(capture->skeleton->rodata, text_oom_memcg, symbols[2]);
		TEXT_RANGE(capture->skeleton->rodata, text_oom_sysrq, symbols[3]);
		hook_ready(capture, PS_AID_OOM_CALL_CHAIN);
	}
}

/* Chooses one program of each pair and says which others this kernel can take. */
static void choose_programs(struct ps_capture *capture, const struct kernel_facts *facts)
{
	struct runtime_monitor *skeleton = capture->skeleton;
	bool raw = capture->raw_programs;
	struct bpf_program *pairs[][2] = {
		[PS_HOOK_PROCESS_EXEC] = { skeleton->progs.exec_btf, skeleton->progs.exec_raw },
		[PS_HOOK_PROCESS_EXIT] = { skeleton->progs.exit_btf, skeleton->progs.exit_raw },
		[PS_HOOK_SIGNAL_GENERATE] = { skeleton->progs.signal_btf,
					      skeleton->progs.signal_raw },
		[PS_HOOK_SIGNAL_DELIVER] = { skeleton->progs.deliver_btf,
					     skeleton->progs.deliver_raw },
	};

	for (size_t hook = 0; hook < sizeof(pairs) / sizeof(pairs[0]); hook++) {
		bpf_program__set_autoload(pairs[hook][!raw], false);
		capture->programs[hook][0] = pairs[hook][raw];
	}
	capture->programs[PS_HOOK_OOM_MARK_VICTIM][0] = skeleton->progs.mark_victim_raw;
	capture->programs[PS_HOOK_CGROUP][0] = skeleton->progs.cgroup_mkdir_raw;
	capture->programs[PS_HOOK_CGROUP][1] = skeleton->progs.cgroup_rmdir_raw;
	if (facts->has_kprobes) {
		capture->programs[PS_HOOK_OOM_KILL_PROCESS][0] = skeleton->progs.oom_kill_process;
	} else {
		bpf_program__set_autoload(skeleton->progs.oom_kill_process, false);
		hook_missing(capture, PS_HOOK_OOM_KILL_PROCESS, "this kernel has no kprobes");
	}
	if (!facts->has_task_iterator) {
		bpf_program__set_autoload(skeleton->progs.running, false);
		hook_missing(capture, PS_AID_TASK_ITERATOR, "this kernel has no task iterator");
	}
}

static int load(struct ps_capture *capture, const struct ps_options *options,
		const struct kernel_facts *facts)
{
	struct runtime_monitor *skeleton = runtime_monitor__open();
	int err;

	if (!skeleton)
		return -errno;
	capture->skeleton = skeleton;
	memset(capture->programs, 0, sizeof(capture->programs));
	name_hooks(capture);
	skeleton->rodata->capture_id = capture->id;
	skeleton->rodata->ring_bulk_limit = options->ring_bytes / 100 * options->bulk_percent;
	skeleton->rodata->ring_wake_limit = capture->wake_limit;
	skeleton->rodata->signal_mask = options->signal_mask;
	skeleton->rodata->exec_args_max = options->exec_args_max;
	if (options->rate_per_second) {
		__u64 interval = 1000000000ULL / options->rate_per_second;

		skeleton->rodata->rate_interval_ns = interval ? interval : 1;
		skeleton->rodata->rate_burst_ns = interval * options->rate_burst;
	}
	skeleton->rodata->signals_delivered = options->signals_delivered;
	skeleton->rodata->memory_cgroup_v1 = facts->memory_cgroup_v1;
	skeleton->rodata->exit_has_group_dead = facts->exit_has_group_dead;
	skeleton->rodata->mark_victim_has_task = facts->mark_victim_has_task;
	find_oom_code(capture);
	choose_programs(capture, facts);
	err = bpf_map__set_max_entries(skeleton->maps.events, options->ring_bytes);
	if (!err)
		err = runtime_monitor__load(skeleton);
	if (err) {
		runtime_monitor__destroy(skeleton);
		capture->skeleton = NULL;
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

int ps_capture_open(const struct ps_options *options, struct ps_capture **out, char *error,
		    size_t size)
{
	struct ps_capture *capture;
	struct kernel_facts facts;
	__u64 boot_ns = 0, real_ns;
	int err;

	err = check_options(options, error, size);
	if (err)
		return err;
	libbpf_set_print(keep_warning);
	last_warning[0] = '\0';
	kernel_facts_read(&facts);
	if (!facts.has_btf) {
		say(error, size,
		    "this kernel has no BTF (/sys/kernel/btf/vmlinux): Linux 5.8 or later built with "
		    "CONFIG_DEBUG_INFO_BTF is needed");
		return -ENOTSUP;
	}
	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		say(error, size, "no memory");
		return -ENOMEM;
	}
	capture->running_fd = -1;
	capture->ring.epoll_fd = -1;
	capture->cpus = libbpf_num_possible_cpus();
	capture->wake_limit = options->ring_bytes / WAKE_DIVISOR;
	ps_clocks(&boot_ns, &real_ns);
	capture->id = boot_ns / 1000;
	capture->raw_programs = options->raw_programs_only;
	err = load(capture, options, &facts);
	if (err && err != -EPERM && err != -ENOMEM && !capture->raw_programs) {
		capture->raw_programs = true;
		err = load(capture, options, &facts);
	}
	if (err) {
		err = explain_load(err, options, error, size);
		free(capture);
		return err;
	}
	err = ring_open(&capture->ring, bpf_map__fd(capture->skeleton->maps.events),
			options->ring_bytes);
	if (err) {
		say(error, size, "cannot map the ring buffer: %s", strerror(-err));
		ps_capture_close(capture);
		return err;
	}
	*out = capture;
	return 0;
}

static int attach_hook(struct ps_capture *capture, int hook)
{
	for (int i = 0; i < 2; i++) {
		struct bpf_link *link;
		int err;

		if (!capture->programs[hook][i])
			continue;
		link = bpf_program__attach(capture->programs[hook][i]);
		err = libbpf_get_error(link);
		if (err) {
			say(capture->hooks[hook].reason, PS_REASON_MAX, "cannot attach %s: %s",
			    bpf_program__name(capture->programs[hook][i]), strerror(-err));
			return err;
		}
		capture->links[hook][i] = link;
	}
	hook_ready(capture, hook);
	return 0;
}

int ps_capture_attach(struct ps_capture *capture, char *error, size_t size)
{
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++) {
		int err;

		if (!capture->programs[hook][0] || capture->hooks[hook].attached)
			continue;
		err = attach_hook(capture, hook);
		if (err && capture->hooks[hook].mandatory) {
			say(error, size, "%s", capture->hooks[hook].reason);
			return err;
		}
	}
	if (bpf_program__autoload(capture->skeleton->progs.running) && !capture->running_link) {
		struct bpf_link *link =
			bpf_program__attach_iter(capture->skeleton->progs.running, NULL);
		int err = libbpf_get_error(link);

		if (err) {
			hook_missing(capture, PS_AID_TASK_ITERATOR, strerror(-err));
		} else {
			capture->running_link = link;
			hook_ready(capture, PS_AID_TASK_ITERATOR);
		}
	}
	return 0;
}

ssize_t ps_capture_poll(struct ps_capture *capture, void *buffer, size_t capacity, int timeout_ms)
{
	if (capacity < PS_RECORD_MAX)
		return -EINVAL;
	if (timeout_ms > 0) {
		__u32 *waiting = &capture->skeleton->bss->reader_waiting;
		int err = 0;

		__atomic_store_n(waiting, 1, __ATOMIC_SEQ_CST);
		/* Filled before the flag was seen: nobody will wake us. */
		if (ring_unread(&capture->ring) <= capture->wake_limit)
			err = ring_wait(&capture->ring, timeout_ms);
		__atomic_store_n(waiting, 0, __ATOMIC_RELAXED);
		if (err)
			return err;
	}
	return ring_copy(&capture->ring, buffer, capacity);
}

void ps_capture_release(struct ps_capture *capture)
{
	ring_release(&capture->ring);
}

static __u64 skipped_runs(struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	if (!program || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
		return 0;
	return info.recursion_misses;
}

size_t ps_capture_counters_size(const struct ps_capture *capture)
{
	return PS_HOOK_COUNT * (capture->cpus * sizeof(struct ps_hook_counters) + sizeof(__u64));
}

int ps_capture_counters(struct ps_capture *capture, void *buffer, size_t capacity)
{
	int fd = bpf_map__fd(capture->skeleton->maps.counters);
	struct ps_hook_counters *counters = buffer;
	__u64 *skipped = (__u64 *)(counters + (size_t)PS_HOOK_COUNT * capture->cpus);

	if (capacity < ps_capture_counters_size(capture))
		return -EINVAL;
	for (__u32 hook = 0; hook < PS_HOOK_COUNT; hook++) {
		if (bpf_map_lookup_elem(fd, &hook, counters + (size_t)hook * capture->cpus))
			return -errno;
		skipped[hook] = skipped_runs(capture->programs[hook][0]) +
				skipped_runs(capture->programs[hook][1]);
	}
	return 0;
}

ssize_t ps_capture_running(struct ps_capture *capture, void *buffer, size_t capacity)
{
	ssize_t bytes;

	if (!capture->running_link)
		return -ENOTSUP;
	if (capture->running_fd < 0) {
		capture->running_fd = bpf_iter_create(bpf_link__fd(capture->running_link));
		if (capture->running_fd < 0)
			return -errno;
	}
	/* A read ends between two records only if it is a multiple of their size. */
	capacity -= capacity % sizeof(struct ps_running_record);
	do {
		bytes = read(capture->running_fd, buffer, capacity);
	} while (bytes < 0 && errno == EINTR);
	if (bytes <= 0) {
		int err = bytes < 0 ? -errno : 0;

		close(capture->running_fd);
		capture->running_fd = -1;
		return err;
	}
	return bytes;
}

ssize_t ps_capture_suppressed(struct ps_capture *capture, struct ps_rate_bucket *buckets,
			      size_t count)
{
	int fd = bpf_map__fd(capture->skeleton->maps.rate_buckets);
	__u64 total = __atomic_load_n(&capture->skeleton->bss->suppressed_total, __ATOMIC_RELAXED);
	__u64 key, *previous = NULL;
	size_t copied = 0;

	if (total == capture->suppressed_seen)
		return 0;
	while (copied < count && bpf_map_get_next_key(fd, previous, &key) == 0) {
		/* Gone since: its last counts went to who removed it. */
		if (bpf_map_lookup_elem(fd, &key, &buckets[copied]) == 0 &&
		    buckets[copied].last_suppressed_ns)
			copied++;
		previous = &key;
	}
	capture->suppressed_seen = total;
	return copied;
}

int ps_capture_forget_cgroup(struct ps_capture *capture, __u64 cgroup_id,
			     struct ps_rate_bucket *last)
{
	int fd = bpf_map__fd(capture->skeleton->maps.rate_buckets);

	/* Atomic for hashes since 5.14; before, no process is left that could count in between. */
	if (bpf_map_lookup_and_delete_elem(fd, &cgroup_id, last) == 0)
		return 0;
	if (bpf_map_lookup_elem(fd, &cgroup_id, last))
		return -errno;
	return bpf_map_delete_elem(fd, &cgroup_id) ? -errno : 0;
}

const struct ps_hook_status *ps_capture_hooks(const struct ps_capture *capture)
{
	return capture->hooks;
}

int ps_capture_cpus(const struct ps_capture *capture)
{
	return capture->cpus;
}

__u64 ps_capture_id(const struct ps_capture *capture)
{
	return capture->id;
}

void ps_capture_close(struct ps_capture *capture)
{
	if (!capture)
		return;
	if (capture->running_fd >= 0)
		close(capture->running_fd);
	bpf_link__destroy(capture->running_link);
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++)
		for (int i = 0; i < 2; i++)
			bpf_link__destroy(capture->links[hook][i]);
	ring_close(&capture->ring);
	runtime_monitor__destroy(capture->skeleton);
	free(capture);
}
