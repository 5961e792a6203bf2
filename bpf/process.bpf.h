/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a process: identity, parent, credentials, cgroup. */
#ifndef PROCESS_SIGNALS_PROCESS_BPF_H
#define PROCESS_SIGNALS_PROCESS_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"

/* Set by the loader: the memory controller is on a v1 hierarchy of its own. */
const volatile bool memory_cgroup_v1;

static __always_inline __u64 cgroup_id(struct task_struct *task, const bool direct)
{
	struct css_set *cset = GET(task, cgroups);
	struct kernfs_node *node;
	struct cgroup *cgroup;

	if (!cset)
		return 0;
	if (memory_cgroup_v1) {
		struct cgroup_subsys_state *css = NULL;
		int index = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

		bpf_core_read(&css, sizeof(css), &cset->subsys[index]);
		return BPF_CORE_READ(css, cgroup, kn, id);
	}
	cgroup = GET(cset, dfl_cgrp);
	node = cgroup ? GET(cgroup, kn) : NULL;
	return node ? GET(node, id) : 0;
}

#define PROC_PID_INIT_INO 0xEFFFFFFCU /* include/uapi/linux/nsfs.h, unchanged since 3.8 */

/* Innermost pid namespace of a process, and its pid there. */
static __always_inline void fill_namespace(struct ps_process *process, struct task_struct *leader,
					   const bool direct)
{
	/* Read as a number: the verifier takes no variable offset into a typed pointer. */
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct upid upid = {};

	process->ns_level = BPF_CORE_READ(pid, level);
	if (process->ns_level == 0) {
		process->ns_pid = process->tgid;
		process->ns_inum = PROC_PID_INIT_INO;
		return;
	}
	bpf_probe_read_kernel(&upid, sizeof(upid),
			      (char *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (process->ns_level & 31) * sizeof(upid));
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
	__builtin_memset(process->comm, 0, sizeof(process->comm));
	__builtin_memset(process->parent_comm, 0, sizeof(process->parent_comm));
	if (leader) {
		process->start_ns = GET(leader, start_boottime);
		bpf_core_read(process->comm, sizeof(process->comm), &leader->comm);
		fill_namespace(process, leader, direct);
	}
	if (parent) {
		struct task_struct *parent_leader = GET(parent, group_leader);

		process->ppid = GET(parent, tgid);
		if (parent_leader) {
			process->parent_start_ns = GET(parent_leader, start_boottime);
			bpf_core_read(process->parent_comm, sizeof(process->parent_comm),
				      &parent_leader->comm);
		}
	}
}

static __always_inline __u64 start_ns(struct task_struct *task, const bool direct)
{
	struct task_struct *leader = GET(task, group_leader);

	return leader ? GET(leader, start_boottime) : 0;
}

#endif /* PROCESS_SIGNALS_PROCESS_BPF_H */
