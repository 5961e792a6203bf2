/* SPDX-License-Identifier: GPL-2.0-only */
/* What the OOM killer was told, read where it lies: on the stack of the running task. */
#ifndef PROCESS_SIGNALS_OOM_CONTROL_BPF_H
#define PROCESS_SIGNALS_OOM_CONTROL_BPF_H

#include "compat.bpf.h"
#include "oom.bpf.h"
#include "process.bpf.h"
#include "signal.bpf.h"

#define OOM_SEARCH_BYTES 4096
#define OOM_ANCESTORS_MAX 32 /* cgroups from the victim's up to the limiting one */
#define MAX_ORDER_ 64	     /* of an allocation: far above any kernel's */

struct oom_search {
	__u64 word[OOM_SEARCH_BYTES / sizeof(__u64)];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct oom_search);
} oom_searches SEC(".maps");

/* Is the task in this memory cgroup or below it? */
static __always_inline bool is_below(struct task_struct *task, struct mem_cgroup *memcg)
{
	struct css_set *cset = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *state = cset ? subsys_state(cset, false) : NULL;
	__u64 wanted = (__u64)memcg + bpf_core_field_offset(struct mem_cgroup, css);

	for (int i = 0; i < OOM_ANCESTORS_MAX && state; i++) {
		if ((__u64)state == wanted)
			return true;
		state = BPF_CORE_READ(state, parent);
	}
	return false;
}

#define OOM_WORD(offset, type, field) \
	(*(type *)((char *)search + (offset) + bpf_core_field_offset(struct oom_control, field)))

/* Looks a memory cgroup's oom_control has and nothing else is likely to have; without branches. */
static __always_inline bool is_oom_control(const struct oom_search *search, __u64 offset)
{
	__u64 memcg = OOM_WORD(offset, __u64, memcg), chosen = OOM_WORD(offset, __u64, chosen);
	__u64 differs = OOM_WORD(offset, __u64, zonelist) | OOM_WORD(offset, __u64, nodemask);

	differs |= OOM_WORD(offset, __u32, constraint) ^
		   bpf_core_enum_value(enum oom_constraint, CONSTRAINT_MEMCG);
	differs |= ~(memcg & chosen) >> 63; /* both are the kernel's addresses */
	differs |= (memcg | chosen) & 7;
	differs |= OOM_WORD(offset, __u32, order) / MAX_ORDER_;
	return differs == 0;
}

/*
 * Where in oom_searches the oom_control lies, -1 if nowhere or two of different
 * cgroups do. A global function, which the verifier walks once: inlined, it
 * walked the loop for every state before it, six times as many instructions.
 */
__noinline long find_oom_control(__u64 bytes)
{
	struct oom_search *search;
	__u64 memcg = 0;
	__u32 zero = 0;
	long found = -1;

	search = bpf_map_lookup_elem(&oom_searches, &zero);
	if (!search)
		return -1;
	for (__u64 at = 0; at + bpf_core_type_size(struct oom_control) <= OOM_SEARCH_BYTES;
	     at += sizeof(__u64)) {
		if (at + bpf_core_type_size(struct oom_control) > bytes)
			break;
		if (!is_oom_control(search, at))
			continue;
		if (memcg && memcg != OOM_WORD(at, __u64, memcg))
			return -1;
		memcg = OOM_WORD(at, __u64, memcg);
		found = at;
	}
	return found;
}

/*
 * mem_cgroup_out_of_memory() keeps its oom_control in its own stack frame, above
 * the running program's. Taken only if it can be no other's, not even one that
 * an earlier call left: a single memory cgroup, that holds the victim, and the
 * victim is the process that was chosen. Another was with memory.oom.group: then
 * the call chain has to show that function, and the cgroup to hold the other.
 * ctx of a raw tracepoint is on the same stack.
 */
static __always_inline bool read_oom_control(void *ctx, struct task_struct *victim,
					     bool in_memcg_oom, struct oom_decision *decision)
{
	__u64 from = 0, bytes, at, memcg, chosen;
	struct oom_search *search;
	__u32 zero = 0;

	search = bpf_map_lookup_elem(&oom_searches, &zero);
	if (!search)
		return false;
	bpf_probe_read_kernel(&from, sizeof(from), &ctx); /* as a number */
	bytes = (__u64)BPF_CORE_READ(current_task(false), stack) + KERNEL_STACK_BYTES - from;
	if (bytes > KERNEL_STACK_BYTES)
		return false;
	if (bytes > OOM_SEARCH_BYTES)
		bytes = OOM_SEARCH_BYTES;
	if (bpf_probe_read_kernel(search, bytes, ctx))
		return false;
	at = find_oom_control(bytes);
	barrier_var(at); /* the register that is compared must be the one that is used */
	if (at > OOM_SEARCH_BYTES - bpf_core_type_size(struct oom_control))
		return false;
	memcg = OOM_WORD(at, __u64, memcg);
	chosen = OOM_WORD(at, __u64, chosen);
	if (!is_below(victim, (void *)memcg))
		return false;
	if (BPF_CORE_READ((struct task_struct *)chosen, group_leader) !=
		    BPF_CORE_READ(victim, group_leader) &&
	    !(in_memcg_oom && is_below((void *)chosen, (void *)memcg)))
		return false;
	decision->constraint = PS_OOM_MEMCG;
	decision->points = OOM_WORD(at, __u64, chosen_points);
	fill_limiting(decision, (void *)memcg);
	return true;
}

#endif /* PROCESS_SIGNALS_OOM_CONTROL_BPF_H */
