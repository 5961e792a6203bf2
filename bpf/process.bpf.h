/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a process: identity, parent, credentials, cgroup. */
#ifndef PROCESS_SIGNALS_PROCESS_BPF_H
#define PROCESS_SIGNALS_PROCESS_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"

/* css_set.subsys[index]: as a typed pointer only with an index known to the compiler. */
#define SUBSYS(n) \
	case n:   \
		return cset->subsys[n]

static __always_inline struct cgroup_subsys_state *subsys_state(struct css_set *cset,
								const bool direct)
{
	int index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	struct cgroup_subsys_state *state = NULL;

	if (direct) {
		switch (index) {
			SUBSYS(0);
			SUBSYS(1);
			SUBSYS(2);
			SUBSYS(3);
			SUBSYS(4);
			SUBSYS(5);
			SUBSYS(6);
			SUBSYS(7);
		}
	}
	bpf_core_read(&state, sizeof(state), &cset->subsys[index]);
	return direct ? NULL : state;
}

static __always_inline __u64 cgroup_id(struct task_struct *task, const bool direct)
{
	struct css_set *cset = GET(task, cgroups);
	struct cgroup_subsys_state *state;
	struct kernfs_node *node;
	struct cgroup *cgroup;

	if (!cset)
		return 0;
	if (SETTING(MEMORY_CGROUP_V1)) {
		state = subsys_state(cset, direct);
		cgroup = state ? GET(state, cgroup) : NULL;
	} else {
		cgroup = GET(cset, dfl_cgrp);
	}
	node = cgroup ? GET(cgroup, kn) : NULL;
	return node ? GET(node, id) : 0;
}

#define PROC_PID_INIT_INO 0xEFFFFFFCU /* include/uapi/linux/nsfs.h, unchanged since 3.8 */

/* Innermost pid namespace of a process, and its pid there. */
static __always_inline void fill_namespace(struct ps_process *process, struct task_struct *leader,
					   const bool direct)
{
	struct pid *pid = GET(leader, thread_pid);
	struct upid upid = {};
	__u64 number;

	if (!pid)
		return;
	process->ns_level = GET(pid, level);
	if (process->ns_level == 0) {
		process->ns_pid = process->tgid;
		process->ns_inum = PROC_PID_INIT_INO;
		return;
	}
	number = bpf_core_field_offset(struct pid, numbers) +
		 (process->ns_level & 31) * sizeof(upid);
	if (CAN_CAST) {
		const struct upid *innermost = CAST(struct upid, (char *)pid + number);

		process->ns_pid = innermost->nr;
		process->ns_inum = innermost->ns->ns.inum;
		return;
	}
	/* Again, as a number: the verifier takes no variable offset into a typed pointer. */
	pid = BPF_CORE_READ(leader, thread_pid);
	bpf_probe_read_kernel(&upid, sizeof(upid), (char *)pid + number);
	process->ns_pid = upid.nr;
	process->ns_inum = BPF_CORE_READ(upid.ns, ns.inum);
}

static __always_inline void fill_process(struct ps_process *process, struct task_struct *task,
					 const bool direct)
{
	struct task_struct *leader = GET(task, group_leader);
	struct task_struct *parent = GET(task, real_parent);
	const struct cred *cred = GET(task, real_cred);

	process->tgid = GET(task, tgid);
	process->pid = GET(task, pid);
	process->cgroup_id = cgroup_id(task, direct);
	process->uid = cred ? GET(cred, uid.val) : -1;
	process->gid = cred ? GET(cred, gid.val) : -1;
	process->start_ns = 0;
	process->ppid = 0;
	process->parent_start_ns = 0;
	process->ns_pid = 0;
	process->ns_level = 0;
	process->ns_inum = 0;
	if (leader) {
		process->start_ns = GET(leader, start_boottime);
		read_comm(process->comm, leader, direct);
		fill_namespace(process, leader, direct);
	} else {
		__builtin_memset(process->comm, 0, sizeof(process->comm));
	}
	if (parent) {
		struct task_struct *parent_leader = GET(parent, group_leader);

		process->ppid = GET(parent, tgid);
		if (parent_leader) {
			process->parent_start_ns = GET(parent_leader, start_boottime);
			read_comm(process->parent_comm, parent_leader, direct);
			return;
		}
	}
	__builtin_memset(process->parent_comm, 0, sizeof(process->parent_comm));
}

static __always_inline __u64 start_ns(struct task_struct *task, const bool direct)
{
	struct task_struct *leader = GET(task, group_leader);

	return leader ? GET(leader, start_boottime) : 0;
}

#endif /* PROCESS_SIGNALS_PROCESS_BPF_H */
