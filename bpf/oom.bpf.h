/* SPDX-License-Identifier: GPL-2.0-only */
/* Evidence that the OOM killer is at work, and on whose behalf. */
#ifndef PROCESS_SIGNALS_OOM_BPF_H
#define PROCESS_SIGNALS_OOM_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"

/* Set by the loader from /proc/kallsyms. */
const volatile struct ps_text_range text_oom_kill;     /* oom_kill_process */
const volatile struct ps_text_range text_oom_kill_one; /* __oom_kill_process, where not inlined */
const volatile struct ps_text_range text_oom_memcg;    /* mem_cgroup_out_of_memory */
const volatile struct ps_text_range text_oom_sysrq;    /* moom_callback */

#define OOM_STACK_DEPTH 24

struct oom_stack {
	__u64 address[OOM_STACK_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct oom_stack);
} oom_stacks SEC(".maps");

struct oom_evidence {
	bool oom;
	__u8 constraint; /* enum ps_oom_constraint */
};

#define IN_RANGE(address, range) ((address) - (range).start < (range).end - (range).start)

/*
 * An OOM kill looks like any SIGKILL by the kernel, and mark_victim comes only
 * after it: the victim may be gone by then. The call chain tells at once. It is
 * walked only for a SIGKILL that the kernel made.
 */
static __always_inline struct oom_evidence oom_evidence(void *ctx)
{
	struct oom_evidence evidence = {};
	__u32 zero = 0;
	struct oom_stack *stack;
	long bytes;

	if (!text_oom_kill.start)
		return evidence;
	stack = bpf_map_lookup_elem(&oom_stacks, &zero);
	if (!stack)
		return evidence;
	bytes = bpf_get_stack(ctx, stack, sizeof(*stack), 0);
	for (int i = 0; i < OOM_STACK_DEPTH; i++) {
		__u64 address;

		if ((long)(i * sizeof(address)) >= bytes)
			break;
		address = stack->address[i];
		if (IN_RANGE(address, text_oom_kill) || IN_RANGE(address, text_oom_kill_one))
			evidence.oom = true;
		else if (IN_RANGE(address, text_oom_memcg))
			evidence.constraint = PS_OOM_MEMCG;
		else if (IN_RANGE(address, text_oom_sysrq))
			evidence.constraint = PS_OOM_SYSRQ;
	}
	return evidence;
}

/* What oom_kill_process() was told; made by the optional kprobe, or read from the stack. */
struct oom_decision {
	__u64 limiting_cgroup_id;
	__u64 limit_pages;
	__u64 usage_pages;
	__u64 points;
	__u8 constraint; /* enum ps_oom_constraint */
};

/*
 * By the deciding task (pid_tgid): with memory.oom.group one decision has many
 * victims, so it stays until the task's next one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, struct oom_decision);
} oom_decisions SEC(".maps");

static __always_inline void fill_limiting(struct oom_decision *decision, struct mem_cgroup *memcg)
{
	decision->limiting_cgroup_id = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	decision->usage_pages = BPF_CORE_READ(memcg, memory.usage.counter);
	decision->limit_pages = BPF_CORE_READ(memcg, memory.max);
}

static __always_inline __u8 oom_constraint(__u64 constraint, bool memcg)
{
	if (memcg)
		return PS_OOM_MEMCG;
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_NONE))
		return PS_OOM_GLOBAL;
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_CPUSET))
		return PS_OOM_CPUSET;
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_MEMORY_POLICY))
		return PS_OOM_MEMPOLICY;
	return PS_OOM_UNKNOWN;
}

/* The last SIGKILL that the kernel made on this CPU, until mark_victim or the next. */
struct kernel_kill {
	__u64 killer; /* pid_tgid of the running task */
	__u64 task;   /* address of the victim's task_struct */
	__u32 pid;
	__u32 tgid;
};

/*
 * Per CPU is right: __oom_kill_process() sends and marks under the victim's
 * task_lock, a spinlock.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kernel_kill);
} kernel_kills SEC(".maps");

#endif /* PROCESS_SIGNALS_OOM_BPF_H */
