/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a signal comes from and what it would do to its target. */
#ifndef PROCESS_SIGNALS_SIGNAL_BPF_H
#define PROCESS_SIGNALS_SIGNAL_BPF_H

#include "compat.bpf.h"
#include "oom.bpf.h"
#include "process.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"

#define SIGHUP 1
#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGALRM 14
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGSYS 31
#define SIGRTMIN 32

#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE -1
#define SI_TIMER -2
#define SI_MESGQ -3
#define SI_ASYNCIO -4
#define SI_SIGIO -5
#define SI_TKILL -6
#define SI_DETHREAD -7
#define SI_ASYNCNL -60

#define SIG_BIT(sig) (1ULL << ((sig)-1))

/* Default action is not to end the process: signal(7). */
#define HARMLESS_SIGNALS                                                             \
	(SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | \
	 SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))

#define FAULT_SIGNALS                                                             \
	(SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGBUS) | SIG_BIT(SIGFPE) | \
	 SIG_BIT(SIGSEGV) | SIG_BIT(SIGSYS))

/* Signals with si_codes of their own: F_SETSIG of one of them has SI_SIGIO (fs/fcntl.c). */
#define OWN_CODES (FAULT_SIGNALS | SIG_BIT(SIGCHLD))

/* The two siginfo pointers that are not pointers: include/linux/sched/signal.h. */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV 1

static __always_inline bool captured(int sig)
{
	/* The shift is bounded, signal 0 falls out: (0 - 1) & 63 is tested apart. */
	return sig > 0 && (SETTING(SIGNAL_MASK) & (1ULL << ((sig - 1) & 63)));
}

/* A signal as signal_generate showed it. */
struct origin {
	__u32 flags; /* PS_FLAG_* */
	__s32 code;  /* si_code */
	__u8 origin; /* enum ps_origin */
	__u8 oom_constraint;
};

static __always_inline __u8 disposition(struct task_struct *task, int sig, const bool direct)
{
	struct sighand_struct *sighand;
	__u64 action, handler = 0;

	if (sig == SIGKILL || sig == SIGSTOP)
		return PS_DISPOSITION_DEFAULT;
	sighand = GET(task, sighand);
	if (!sighand)
		return PS_DISPOSITION_UNKNOWN;
	action = bpf_core_field_offset(struct sighand_struct, action) +
		 ((sig - 1) & 63) * bpf_core_type_size(struct k_sigaction);
	if (CAN_CAST)
		handler = (__u64)CAST(struct k_sigaction, (char *)sighand + action)->sa.sa_handler;
	else
		bpf_probe_read_kernel(
			&handler, sizeof(handler),
			(char *)sighand + action +
				bpf_core_field_offset(struct k_sigaction, sa.sa_handler));
	if (handler == 0)
		return PS_DISPOSITION_DEFAULT;
	return handler == 1 ? PS_DISPOSITION_IGNORED : PS_DISPOSITION_HANDLED;
}

/* Is the running task an init whose pid namespace holds the target? */
static __always_inline bool is_init_of(struct task_struct *init, struct task_struct *target)
{
	struct pid *init_pid = BPF_CORE_READ(init, group_leader, thread_pid);
	struct pid *target_pid = BPF_CORE_READ(target, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(init_pid, level);
	__u64 offset =
		bpf_core_field_offset(struct pid, numbers) + (level & 31) * sizeof(struct upid);
	struct upid init_upid = {}, target_upid = {};

	if (level == 0 || BPF_CORE_READ(target_pid, level) < level)
		return false;
	bpf_probe_read_kernel(&init_upid, sizeof(init_upid), (char *)init_pid + offset);
	bpf_probe_read_kernel(&target_upid, sizeof(target_upid), (char *)target_pid + offset);
	return init_upid.nr == 1 && init_upid.ns == target_upid.ns;
}

/* SEND_SIG_PRIV: the kernel itself. "self": the target is the running process. */
static __always_inline void origin_kernel(void *ctx, struct origin *out, int sig, bool self,
					  bool exiting, struct task_struct *current,
					  struct task_struct *target)
{
	__u64 parent = 0;

	out->origin = PS_ORIGIN_KERNEL;
	if (sig == SIGALRM || sig == SIGVTALRM || sig == SIGPROF) {
		out->origin = PS_ORIGIN_TIMER;
	} else if (sig == SIGIO) {
		out->origin = PS_ORIGIN_IO;
	} else if (self && (FAULT_SIGNALS & SIG_BIT(sig))) {
		out->origin = PS_ORIGIN_FAULT;
	} else if (sig == SIGKILL) {
		struct oom_evidence evidence;

		if (exiting && !self && is_init_of(current, target)) {
			out->origin = PS_ORIGIN_PIDNS_TEARDOWN;
			out->flags |= PS_FLAG_CONTEXT;
			return;
		}
		/* PTRACE_O_EXITKILL: exit_ptrace() of the tracer */
		bpf_core_read(&parent, sizeof(parent), &target->parent);
		if (exiting && !self && (BPF_CORE_READ(target, ptrace) & PT_EXITKILL) &&
		    parent == bpf_get_current_task()) {
			out->flags |= PS_FLAG_CONTEXT;
			return;
		}
		evidence = oom_evidence(ctx);
		if (evidence.oom) {
			out->flags |= PS_FLAG_OOM | PS_FLAG_CONTEXT;
			out->oom_constraint = evidence.constraint;
		}
	}
}

/*
 * SEND_SIG_NOINFO: kernel code that signals in the name of the running task,
 * never kill(2), which fills a siginfo.
 */
static __always_inline void origin_no_info(struct origin *out, int sig, bool self, bool exiting,
					   bool group, struct task_struct *current,
					   struct task_struct *target)
{
	if (exiting && group && BPF_CORE_READ(target, pdeath_signal) == sig) {
		out->origin =
			PS_ORIGIN_PARENT_DEATH; /* forget_original_parent(), reparent_leader() */
		out->flags |= PS_FLAG_CONTEXT;
	} else if (self && sig == SIGPIPE) {
		out->origin = PS_ORIGIN_IO;
	} else if (self) {
		out->origin = sig == SIGKILL ? PS_ORIGIN_UNKNOWN : PS_ORIGIN_KERNEL; /* SIGXFSZ */
	} else if (!exiting && sig == SIGKILL) {
		out->origin = PS_ORIGIN_USER; /* cgroup.kill, PTRACE_KILL */
		out->flags |= PS_FLAG_SENDER;
	} else {
		out->origin = PS_ORIGIN_UNKNOWN;
	}
}

#define KERNEL_STACK_BYTES (16 * 1024) /* THREAD_SIZE of x86_64 and arm64 */

/*
 * rt_sigqueueinfo(2) may claim to be a timer. A timer's siginfo is in its
 * sigqueue, a system call's on the caller's stack.
 */
static __always_inline bool on_stack_of(struct task_struct *task, __u64 address)
{
	__u64 stack = (__u64)BPF_CORE_READ(task, stack);

	return address - stack < KERNEL_STACK_BYTES;
}

/* How siginfo begins on x86_64 and arm64 (include/uapi/asm-generic/siginfo.h). */
struct siginfo_head {
	__s32 signo;
	__s32 error;
	__s32 code;
};

/*
 * A siginfo pointer of signal_generate as a number. The verifier refuses to compare
 * a typed pointer, and this one may be SEND_SIG_NOINFO or SEND_SIG_PRIV.
 */
static __always_inline __u64 info_number(__u64 *ctx, const bool direct)
{
	__u64 value = 0;

	if (!direct)
		return ctx[1];
	bpf_probe_read_kernel(&value, sizeof(value), &ctx[1]);
	return value;
}

/* The si_code of a real siginfo; false for the two pointers that are none, which no helper reads. */
static __always_inline bool read_code(__u64 *ctx, __s32 *code, const bool direct)
{
	struct siginfo_head head;

	if (CAN_CAST) {
		const struct kernel_siginfo *info = CAST(struct kernel_siginfo, ctx[1]);

		*code = info->si_code;
		if (info->si_signo)
			return true;
	}
	if (bpf_probe_read_kernel(&head, sizeof(head), (void *)ctx[1]))
		return false;
	*code = head.code;
	return true;
}

static __always_inline void classify(__u64 *ctx, struct origin *out, int sig, bool group,
				     struct task_struct *target, const bool direct)
{
	struct task_struct *current = current_task(direct);
	__u32 flags = GET(current, flags);
	__s32 tgid = GET(current, tgid);
	bool self = tgid == GET(target, tgid);
	bool thread = flags & PF_KTHREAD || tgid == 0;
	bool exiting = flags & PF_EXITING;

	out->flags = group ? PS_FLAG_GROUP : 0;
	out->origin = PS_ORIGIN_UNKNOWN;
	out->oom_constraint = PS_OOM_UNKNOWN;
	if (!read_code(ctx, &out->code, direct)) {
		if (info_number(ctx, direct) == SEND_SIG_PRIV) {
			out->code = SI_KERNEL;
			origin_kernel(ctx, out, sig, self, exiting, current, target);
			return;
		}
		out->code = SI_USER;
		out->flags |= PS_FLAG_NO_SIGINFO;
		if (thread)
			out->origin = PS_ORIGIN_KERNEL;
		else
			origin_no_info(out, sig, self, exiting, group, current, target);
		return;
	}
	if (out->code > 0) {
		out->origin = PS_ORIGIN_KERNEL;
		/* force_sig() of the kernel, or rt_sigqueueinfo(2), which takes any code for oneself */
		if (out->code == SI_KERNEL && self && !(FAULT_SIGNALS & SIG_BIT(sig)))
			out->origin = PS_ORIGIN_UNKNOWN;
		else if (out->code == SI_KERNEL)
			origin_kernel(ctx, out, sig, self, exiting, current, target);
		else if (self && (FAULT_SIGNALS & SIG_BIT(sig)))
			out->origin = PS_ORIGIN_FAULT;
		else if (out->code <= 6 && !(OWN_CODES & SIG_BIT(sig))) /* POLL_*, F_SETSIG */
			out->origin = PS_ORIGIN_IO;
		return;
	}
	switch (out->code) {
	case SI_USER:
		out->origin = PS_ORIGIN_USER;
		break;
	case SI_QUEUE:
		out->origin = PS_ORIGIN_QUEUE;
		break;
	case SI_TKILL:
		out->origin = PS_ORIGIN_THREAD;
		break;
	case SI_TIMER:
		if (!on_stack_of(current, info_number(ctx, direct))) {
			out->origin = PS_ORIGIN_TIMER;
			return;
		}
		out->origin = PS_ORIGIN_QUEUE;
		break;
	case SI_MESGQ:
	case SI_ASYNCIO:
	case SI_SIGIO:
		out->origin = PS_ORIGIN_IO;
		return;
	case SI_DETHREAD:
	case SI_ASYNCNL:
		return;
	default: /* the kernel makes no other negative code: rt_sigqueueinfo(2) */
		out->origin = PS_ORIGIN_QUEUE;
		break;
	}
	if (thread)
		out->origin = PS_ORIGIN_KERNEL;
	else
		out->flags |= PS_FLAG_SENDER;
}

/* A signal that the kernel queued, until it is handled or ends its target. */
struct pending_key {
	__u32 tgid;
	__u32 signal;
};

struct pending {
	__u64 start_ns; /* of the target: a pid may be used again */
	bool delivered; /* its SIGNAL_DELIVERED was made */
	bool handled;	/* a handler took it: it is no cause of death any more */
	__u8 pad[6];
	struct ps_cause cause;
};

/*
 * Keyed by signal too, so that the cause of a death is found by the signal in
 * the wait status whatever else came later. Entries whose process ended in
 * another way age out.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct pending_key);
	__type(value, struct pending);
} pending_signals SEC(".maps");

/* struct pending is too large for the BPF stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pending);
} pending_scratch SEC(".maps");

#endif /* PROCESS_SIGNALS_SIGNAL_BPF_H */
