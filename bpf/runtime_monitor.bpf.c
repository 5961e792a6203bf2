// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process deaths and what led to them: exec, exit, signals, OOM kills, and the
 * control groups they happen in. Facts only: verdicts are for readers.
 */
#include "compat.bpf.h"
#include "generation.bpf.h"
#include "oom.bpf.h"
#include "oom_control.bpf.h"
#include "process.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"
#include "rate_limit.bpf.h"
#include "ring.bpf.h"
#include "signal.bpf.h"

/*
 * One program for each way to attach to a tracepoint: the loader keeps one of
 * the two. See GET().
 */
#define PROGRAM(name, tracepoint)             \
	SEC("tp_btf/" #tracepoint)            \
	int name##_btf(__u64 *ctx)            \
	{                                     \
		return on_##name(ctx, true);  \
	}                                     \
	SEC("raw_tp/" #tracepoint)            \
	int name##_raw(__u64 *ctx)            \
	{                                     \
		return on_##name(ctx, false); \
	}

/* ---- exec ---------------------------------------------------------------- */

struct exec_buffer {
	struct ps_exec_record record;
	/* filename, then arguments; the slack lets the verifier see the bounds */
	__u8 text[PS_FILENAME_MAX + PS_ARGS_MAX + 8];
};

/* The record's size is known only when the strings are read, so it is built here. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_buffer);
} exec_buffers SEC(".maps");

static __always_inline __u32 read_arguments(struct ps_exec_record *record, __u8 *to, __u32 *flags,
					    struct task_struct *task, const bool direct)
{
	struct mm_struct *mm = GET(task, mm);
	__u64 start, end, wanted;

	if (!mm || !SETTING(EXEC_ARGS_MAX))
		return 0;
	start = GET(mm, arg_start);
	end = GET(mm, arg_end);
	if (end <= start)
		return 0;
	wanted = end - start;
	record->args_total = wanted > 0xffffffffULL ? 0xffffffffU : wanted;
	if (wanted > SETTING(EXEC_ARGS_MAX)) {
		wanted = SETTING(EXEC_ARGS_MAX);
		*flags |= PS_FLAG_ARGS_TRUNCATED;
	}
	/* The verifier must see the bound on the register that the helper gets. */
	barrier_var(wanted);
	if (wanted > PS_ARGS_MAX)
		return 0;
	if (bpf_probe_read_user(to, wanted, (void *)start)) {
		*flags |= PS_FLAG_ARGS_UNREADABLE;
		return 0;
	}
	return wanted;
}

/* sched_process_exec(task, old_pid, bprm), in the task that has exec'ed */
static __always_inline int on_exec(__u64 *ctx, const bool direct)
{
	struct task_struct *task = plain_task((void *)ctx[0], direct);
	struct linux_binprm *bprm = (void *)ctx[2];
	struct admission admission;
	struct exec_buffer *buffer;
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 zero = 0, flags = PS_FLAG_BULK;
	/* Not __u32: before 6.12 the verifier loses their bounds in the extension to 64 bits. */
	__u64 filename_len = 0, args_len, length;
	long copied;

	if (is_silent(now) || rate_limited(cgroup_id(task, direct), now, PS_BULK_EXEC) ||
	    !admit(&admission, PS_HOOK_PROCESS_EXEC, true, now))
		return 0;
	buffer = bpf_map_lookup_elem(&exec_buffers, &zero);
	if (!buffer)
		return 0;
	fill_process(&buffer->record.process, task, direct);
	buffer->record.old_pid = (__u32)ctx[1];
	buffer->record.args_total = 0;
	buffer->record.pad = 0;
	copied = bpf_probe_read_kernel_str(buffer->text, PS_FILENAME_MAX, GET(bprm, filename));
	if (copied > 0)
		filename_len = copied - 1;
	barrier_var(filename_len); /* the register that is compared must be the one that is used */
	if (filename_len >= PS_FILENAME_MAX - 1) {
		filename_len = PS_FILENAME_MAX - 1;
		flags |= PS_FLAG_FILENAME_TRUNCATED;
	}
	args_len =
		read_arguments(&buffer->record, buffer->text + filename_len, &flags, task, direct);
	buffer->record.filename_len = filename_len;
	buffer->record.args_len = args_len;
	length = (sizeof(buffer->record) + filename_len + args_len + 7) & ~7ULL;
	barrier_var(length);
	if (length > sizeof(*buffer))
		length = sizeof(*buffer);
	fill_header(&buffer->record.header, &admission, PS_RECORD_EXEC, PS_HOOK_PROCESS_EXEC,
		    length, flags);
	if (bpf_ringbuf_output(&events, buffer, length, wakeup_flags(&admission)))
		count_lost(&admission, true);
	return 0;
}
PROGRAM(exec, sched_process_exec)

/* ---- exit ---------------------------------------------------------------- */

/* Which processes had their exit told, where the tracepoint does not say. */
struct exited_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct exited_key);
	__type(value, __u8);
} exited SEC(".maps");

/*
 * Is this the exit of the whole process? Not "pid == tgid": a leader may go
 * first, and an exec from another thread ends the old leader. Before 6.16 the
 * live count is all there is, and two threads that leave together both see 0.
 */
static __always_inline bool is_last_thread(__u64 *ctx, struct task_struct *task, const bool direct)
{
	struct exited_key key = {};
	__u8 one = 1;

	if (SETTING(EXIT_HAS_GROUP_DEAD))
		return ctx[1] & 1;
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return false;
	key.start_ns = start_ns(task, direct);
	key.tgid = GET(task, tgid);
	return bpf_map_update_elem(&exited, &key, &one, BPF_NOEXIST) == 0;
}

/* The rule of wait_task_zombie(), kernel/exit.c. */
static __always_inline __u32 wait_status(struct signal_struct *signal, struct task_struct *leader,
					 const bool direct)
{
	if (GET(signal, flags) & SIGNAL_GROUP_EXIT)
		return GET(signal, group_exit_code);
	return GET(leader, exit_code);
}

static __always_inline void fill_exit(struct ps_exit_record *record, struct task_struct *task,
				      struct task_struct *leader, struct signal_struct *signal,
				      __u32 status, const bool direct)
{
	bool is_leader = GET(task, pid) == GET(task, tgid);

	fill_process(&record->process, task, direct);
	record->wait_status = status;
	record->pad = 0;
	/* signal-> holds the threads already released; the leader stays to the end. */
	record->runtime_ns = GET(signal, sum_sched_runtime) + GET(task, se.sum_exec_runtime);
	record->user_ns = GET(signal, utime) + GET(task, utime);
	record->system_ns = GET(signal, stime) + GET(task, stime);
	if (!is_leader) {
		record->runtime_ns += GET(leader, se.sum_exec_runtime);
		record->user_ns += GET(leader, utime);
		record->system_ns += GET(leader, stime);
	}
	record->max_rss_pages = GET(signal, maxrss);
}

/* sched_process_exit(task[, group_dead]), in the task */
static __always_inline int on_exit(__u64 *ctx, const bool direct)
{
	struct task_struct *task = plain_task((void *)ctx[0], direct);
	struct task_struct *leader;
	struct signal_struct *signal;
	struct pending *pending = NULL;
	struct pending_key key = {};
	struct ps_exit_record *record;
	struct admission admission;
	__u64 now;
	__u32 status;
	bool bulk;

	now = bpf_ktime_get_boot_ns();
	if (is_silent(now) || !is_last_thread(ctx, task, direct))
		return 0;
	leader = GET(task, group_leader);
	signal = GET(task, signal);
	if (!leader || !signal)
		return 0;
	status = wait_status(signal, leader, direct);
	bulk = status == 0;
	if (bulk && rate_limited(cgroup_id(task, direct), now, PS_BULK_EXIT))
		return 0;
	if (!admit(&admission, PS_HOOK_PROCESS_EXIT, bulk, now))
		return 0;
	if (status & 0x7f) {
		key.tgid = GET(task, tgid);
		key.signal = status & 0x7f;
		pending = bpf_map_lookup_elem(&pending_signals, &key);
		if (pending && (pending->handled || pending->start_ns != start_ns(task, direct)))
			pending = NULL;
	}
	if (pending) {
		record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
		if (!record)
			goto lost;
		fill_header(&record->header, &admission, PS_RECORD_EXIT, PS_HOOK_PROCESS_EXIT,
			    sizeof(*record), PS_FLAG_CAUSE);
		fill_exit(record, task, leader, signal, status, direct);
		__builtin_memcpy(&record->cause, &pending->cause, sizeof(record->cause));
		bpf_ringbuf_submit(record, wakeup_flags(&admission));
		bpf_map_delete_elem(&pending_signals, &key);
		return 0;
	}
	record = bpf_ringbuf_reserve(&events, offsetof(struct ps_exit_record, cause), 0);
	if (!record)
		goto lost;
	fill_header(&record->header, &admission, PS_RECORD_EXIT, PS_HOOK_PROCESS_EXIT,
		    offsetof(struct ps_exit_record, cause), bulk ? PS_FLAG_BULK : 0);
	fill_exit(record, task, leader, signal, status, direct);
	bpf_ringbuf_submit(record, wakeup_flags(&admission));
	return 0;
lost:
	count_lost(&admission, bulk);
	return 0;
}
PROGRAM(exit, sched_process_exit)

/* ---- signals ------------------------------------------------------------- */

/*
 * Where the signal is remembered for the exit that it may cause, or the scratch
 * place if it cannot cause one. Runs under the target's siglock, so nobody else
 * writes this entry.
 */
static __always_inline struct pending *pending_for(struct pending_key *key, bool keep, bool *insert)
{
	struct pending *pending = keep ? bpf_map_lookup_elem(&pending_signals, key) : NULL;
	__u32 zero = 0;

	*insert = keep && !pending;
	return pending ? pending : bpf_map_lookup_elem(&pending_scratch, &zero);
}

/* mark_victim follows in the same context if this is an OOM kill. */
static __always_inline void remember_kernel_kill(struct task_struct *target, const bool direct)
{
	__u32 zero = 0;
	struct kernel_kill *kill = bpf_map_lookup_elem(&kernel_kills, &zero);

	if (!kill)
		return;
	kill->killer = bpf_get_current_pid_tgid();
	kill->task = (__u64)target;
	kill->pid = GET(target, pid);
	kill->tgid = GET(target, tgid);
}

static __always_inline void fill_signal(struct ps_signal_record *record, struct task_struct *target,
					const struct ps_cause *signal, __u8 result,
					const bool direct)
{
	fill_process(&record->process, target, direct);
	record->signal = signal->signal;
	record->code = signal->code;
	record->result = result;
	record->origin = signal->origin;
	record->disposition = signal->disposition;
	record->oom_constraint = signal->oom_constraint;
	record->pad = 0;
}

static __always_inline void publish_signal(struct task_struct *target,
					   const struct ps_cause *signal, __u8 type, __u8 hook,
					   __u8 result, __u64 now, const bool bulk,
					   const bool direct)
{
	const int bulk_type =
		type == PS_RECORD_SIGNAL_SENT ? PS_BULK_SIGNAL_SENT : PS_BULK_SIGNAL_DELIVERED;
	__u32 flags = signal->flags | (bulk ? PS_FLAG_BULK : 0);
	struct ps_signal_record *record;
	struct admission admission;

	if (bulk && rate_limited(cgroup_id(target, direct), now, bulk_type))
		return;
	if (!admit(&admission, hook, bulk, now))
		return;
	if (flags & (PS_FLAG_SENDER | PS_FLAG_CONTEXT)) {
		record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
		if (!record)
			goto lost;
		fill_header(&record->header, &admission, type, hook, sizeof(*record), flags);
		fill_signal(record, target, signal, result, direct);
		__builtin_memcpy(&record->sender, &signal->sender, sizeof(record->sender));
	} else {
		record = bpf_ringbuf_reserve(&events, offsetof(struct ps_signal_record, sender), 0);
		if (!record)
			goto lost;
		fill_header(&record->header, &admission, type, hook,
			    offsetof(struct ps_signal_record, sender), flags);
		fill_signal(record, target, signal, result, direct);
	}
	bpf_ringbuf_submit(record, wakeup_flags(&admission));
	return;
lost:
	count_lost(&admission, bulk);
}

/* signal_generate(sig, info, task, group, result), under the target's siglock */
static __always_inline int on_signal(__u64 *ctx, const bool direct)
{
	int sig = (int)ctx[0];
	struct task_struct *target;
	struct pending *pending;
	struct pending_key key;
	struct origin origin;
	__u64 now;
	__u32 result;
	__u8 disposed;
	bool queued, fatal, insert;

	if (!captured(sig))
		return 0;
	now = bpf_ktime_get_boot_ns();
	if (is_silent(now))
		return 0;
	target = plain_task((void *)ctx[2], direct);
	result = (__u32)ctx[4];
	classify(ctx, &origin, sig, ctx[3] & 1, target, direct);
	disposed = disposition(target, sig, direct);
	queued = result == TRACE_SIGNAL_DELIVERED || result == TRACE_SIGNAL_LOSE_INFO;
	fatal = queued && disposed == PS_DISPOSITION_DEFAULT && !(HARMLESS_SIGNALS & SIG_BIT(sig));
	if (fatal)
		origin.flags |= PS_FLAG_FATAL;
	if (sig == SIGKILL && queued && origin.code == SI_KERNEL &&
	    origin.origin == PS_ORIGIN_KERNEL)
		remember_kernel_kill(target, direct);

	key.tgid = GET(target, tgid);
	key.signal = sig;
	/* A handled fault is over when the handler runs: the JVM makes them by the thousand. */
	pending = pending_for(
		&key,
		queued && !(origin.origin == PS_ORIGIN_FAULT && disposed == PS_DISPOSITION_HANDLED),
		&insert);
	if (!pending)
		return 0;
	pending->start_ns = start_ns(target, direct);
	pending->delivered = false;
	pending->handled = false;
	pending->cause.boot_ns = now;
	pending->cause.signal = sig;
	pending->cause.code = origin.code;
	pending->cause.flags = origin.flags;
	pending->cause.origin = origin.origin;
	pending->cause.disposition = disposed;
	pending->cause.oom_constraint = origin.oom_constraint;
	pending->cause.pad = 0;
	if (origin.flags & (PS_FLAG_SENDER | PS_FLAG_CONTEXT))
		fill_process(&pending->cause.sender, current_task(direct), direct);
	if (insert)
		bpf_map_update_elem(&pending_signals, &key, pending, BPF_ANY);
	publish_signal(target, &pending->cause, PS_RECORD_SIGNAL_SENT, PS_HOOK_SIGNAL_GENERATE,
		       result, now, !fatal, direct);
	return 0;
}
PROGRAM(signal, signal_generate)

/*
 * signal_deliver(sig, info, ka), in the target. Says when, never who: siblings of
 * an exit_group show SIGKILLs that nobody sent.
 */
static __always_inline int on_deliver(__u64 *ctx, const bool direct)
{
	int sig = (int)ctx[0];
	struct task_struct *task;
	struct pending *pending;
	struct pending_key key;
	__u64 handler, now;

	if (!captured(sig))
		return 0;
	now = bpf_ktime_get_boot_ns();
	if (is_silent(now))
		return 0;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	key.signal = sig;
	pending = bpf_map_lookup_elem(&pending_signals, &key);
	if (!pending || pending->delivered)
		return 0;
	task = current_task(direct);
	if (pending->start_ns != start_ns(task, direct))
		return 0;
	pending->delivered = true;
	handler = (__u64)GET((struct k_sigaction *)ctx[2], sa.sa_handler);
	pending->handled = handler > 1; /* neither SIG_DFL nor SIG_IGN */
	if (SETTING(SIGNALS_DELIVERED))
		publish_signal(task, &pending->cause, PS_RECORD_SIGNAL_DELIVERED,
			       PS_HOOK_SIGNAL_DELIVER, 0, now, true, direct);
	return 0;
}
PROGRAM(deliver, signal_deliver)

/* ---- OOM ----------------------------------------------------------------- */

/* Optional: the decision behind the kills that follow in this task. */
SEC("kprobe/oom_kill_process")
int BPF_KPROBE(oom_kill_process, struct oom_control *oc)
{
	struct mem_cgroup *memcg = BPF_CORE_READ(oc, memcg);
	__u64 task = bpf_get_current_pid_tgid();
	struct oom_decision decision = {
		.limit_pages = BPF_CORE_READ(oc, totalpages),
		.points = BPF_CORE_READ(oc, chosen_points),
		.constraint = oom_constraint(BPF_CORE_READ(oc, constraint), memcg != NULL),
	};

	if (BPF_CORE_READ(oc, order) == -1) /* is_sysrq_oom() */
		decision.constraint = PS_OOM_SYSRQ;
	if (memcg)
		fill_limiting(&decision, memcg);
	bpf_map_update_elem(&oom_decisions, &task, &decision, BPF_ANY);
	return 0;
}

/*
 * mark_victim(task, uid), or (pid) before: raw, so that neither tracefs nor
 * perf_event_open() is needed. It also fires for a task that was dying already:
 * only the one that this context has just sent SIGKILL to is a kill.
 */
SEC("raw_tp/mark_victim")
int mark_victim_raw(__u64 *ctx)
{
	struct kernel_kill *kill;
	struct ps_oom_record *record;
	struct oom_decision *decision, found = {};
	struct oom_evidence evidence = {};
	struct pending *pending;
	struct pending_key key = { .signal = SIGKILL };
	struct task_struct *victim;
	struct mm_struct *mm;
	struct admission admission;
	__u64 killer = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 zero = 0, flags = PS_FLAG_OOM;

	if (is_silent(now))
		return 0;
	kill = bpf_map_lookup_elem(&kernel_kills, &zero);
	if (!kill || !kill->task || kill->killer != killer)
		return 0;
	if (SETTING(MARK_VICTIM_HAS_TASK) ? ctx[0] != kill->task : (__u32)ctx[0] != kill->pid)
		return 0;
	victim = (struct task_struct *)kill->task;
	kill->task = 0;
	key.tgid = kill->tgid;
	pending = bpf_map_lookup_elem(&pending_signals, &key);
	decision = bpf_map_lookup_elem(&oom_decisions, &killer);
	if (!decision) {
		/* Again: the victim may be gone, and with it what its signal left. */
		evidence = oom_evidence(ctx);
		if (read_oom_control(ctx, victim, evidence.constraint == PS_OOM_MEMCG, &found)) {
			decision = &found;
			evidence.constraint = found.constraint;
		}
		flags |= evidence.constraint ? PS_FLAG_OOM_EVIDENCE : 0;
	}
	if (pending && pending->start_ns == start_ns(victim, false)) {
		if (!(pending->cause.flags & PS_FLAG_CONTEXT))
			fill_process(&pending->cause.sender, current_task(false), false);
		pending->cause.flags |= PS_FLAG_OOM | PS_FLAG_CONTEXT;
		if (decision)
			pending->cause.oom_constraint = decision->constraint;
	}

	if (!admit(&admission, PS_HOOK_OOM_MARK_VICTIM, false, now))
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(&admission, false);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill_process(&record->process, victim, false);
	fill_process(&record->trigger, current_task(false), false);
	mm = BPF_CORE_READ(victim, mm);
	if (mm) {
		record->total_vm_pages = BPF_CORE_READ(mm, total_vm);
		record->anon_rss_pages = rss_pages(mm, MM_ANONPAGES_);
		record->file_rss_pages = rss_pages(mm, MM_FILEPAGES_);
		record->shmem_rss_pages = rss_pages(mm, MM_SHMEMPAGES_);
		record->pgtables_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
	}
	record->oom_score_adj = BPF_CORE_READ(victim, signal, oom_score_adj);
	if (decision) {
		flags |= PS_FLAG_OOM_DECISION;
		record->constraint = decision->constraint;
		record->limit_pages = decision->limit_pages;
		record->usage_pages = decision->usage_pages;
		record->limiting_cgroup_id = decision->limiting_cgroup_id;
		record->points = decision->points;
	} else {
		record->constraint = evidence.constraint;
	}
	fill_header(&record->header, &admission, PS_RECORD_OOM_KILL, PS_HOOK_OOM_MARK_VICTIM,
		    sizeof(*record), flags);
	bpf_ringbuf_submit(record, wakeup_flags(&admission));
	return 0;
}

/* ---- control groups ------------------------------------------------------ */

struct cgroup_buffer {
	struct ps_cgroup_record record;
	char path[PS_CGROUP_PATH_MAX + 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cgroup_buffer);
} cgroup_buffers SEC(".maps");

/* A path is only known while the cgroup lives, and a container may live for 50 ms. */
static __always_inline int publish_cgroup(struct cgroup *cgroup, const char *path, __u32 flags)
{
	struct cgroup_root *root = BPF_CORE_READ(cgroup, root);
	__u32 zero = 0;
	__u64 path_len = 0, length; /* as in on_exec() */
	struct cgroup_buffer *buffer;
	struct admission admission;
	__u64 now = bpf_ktime_get_boot_ns();
	long copied;

	if (is_silent(now))
		return 0;
	/* Only the hierarchy that cgroup_id() takes its ids from. */
	if (SETTING(MEMORY_CGROUP_V1)) {
		if (!(BPF_CORE_READ(root, subsys_mask) &
		      (1U << bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id))))
			return 0;
	} else if (BPF_CORE_READ(root, hierarchy_id) != 0) {
		return 0;
	}
	if (!admit(&admission, PS_HOOK_CGROUP, false, now))
		return 0;
	buffer = bpf_map_lookup_elem(&cgroup_buffers, &zero);
	if (!buffer)
		return 0;
	copied = bpf_probe_read_kernel_str(buffer->path, PS_CGROUP_PATH_MAX, path);
	if (copied > 0)
		path_len = copied - 1;
	if (path_len >= PS_CGROUP_PATH_MAX - 1) {
		path_len = PS_CGROUP_PATH_MAX - 1;
		flags |= PS_FLAG_PATH_TRUNCATED;
	}
	buffer->record.cgroup_id = BPF_CORE_READ(cgroup, kn, id);
	buffer->record.hierarchy = BPF_CORE_READ(root, hierarchy_id);
	buffer->record.path_len = path_len;
	buffer->record.pad = 0;
	length = (sizeof(buffer->record) + path_len + 7) & ~7ULL;
	barrier_var(length);
	if (length > sizeof(*buffer))
		length = sizeof(*buffer);
	fill_header(&buffer->record.header, &admission, PS_RECORD_CGROUP, PS_HOOK_CGROUP, length,
		    flags);
	if (bpf_ringbuf_output(&events, buffer, length, wakeup_flags(&admission)))
		count_lost(&admission, false);
	return 0;
}

SEC("raw_tp/cgroup_mkdir")
int cgroup_mkdir_raw(__u64 *ctx)
{
	return publish_cgroup((void *)ctx[0], (void *)ctx[1], 0);
}

SEC("raw_tp/cgroup_rmdir")
int cgroup_rmdir_raw(__u64 *ctx)
{
	forget_unlimited(BPF_CORE_READ((struct cgroup *)ctx[0], kn, id));
	return publish_cgroup((void *)ctx[0], (void *)ctx[1], PS_FLAG_CGROUP_REMOVED);
}

/* ---- processes that were there before ------------------------------------ */

SEC("iter/task")
int running(struct bpf_iter__task *ctx)
{
	struct ps_running_record record = {};
	struct task_struct *task = ctx->task;
	struct admission admission = {};

	if (!task || task->pid != task->tgid || (task->flags & PF_KTHREAD))
		return 0;
	admission.now = bpf_ktime_get_boot_ns();
	fill_header(&record.header, &admission, PS_RECORD_RUNNING, 0, sizeof(record), 0);
	fill_process(&record.process, task, true);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
