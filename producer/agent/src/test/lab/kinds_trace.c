// SPDX-License-Identifier: GPL-2.0-or-later
/* ptrace and seccomp: deaths that the kernel brings about with few or no signal events. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "deathlab.h"

/* From now on getppid(2) has this consequence. */
static void forbid_getppid(unsigned int consequence)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, consequence),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(89);
}

static int offending(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	forbid_getppid(*(const unsigned int *)arg);
	return syscall(SYS_getppid) == -1 && errno == EPERM ? 0 : 1;
}

static void seccomp_refuses(struct scene *s, const void *arg)
{
	(void)arg;
	bury_clean(s, spawn(s, "victim", offending, &(const unsigned int){ SECCOMP_RET_ERRNO | EPERM }));
}

/*
 * SIGSYS with a siginfo, by the kernel, in the victim's own context; before 5.16
 * the kernel ended the process without making a signal.
 */
static void seccomp_kills(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", offending, arg);
	struct death d = bury(s, victim);

	expect_killed(&d, (struct cause){ .signal = SIGSYS, .code = 1 /* SYS_SECCOMP */, .origin = "FAULT",
					  .thread = true, .open = kernel_at_least(5, 16) ? NULL : "cause" });
	d.signals[0].at_least = kernel_at_least(5, 16) ? 1 : 0;
	report(s, &d);
}

static void offend_in_thread(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)me;
	(void)arg;
	forbid_getppid(SECCOMP_RET_KILL_THREAD);
	syscall(SYS_getppid);
}

static int thread_offending(struct scene *s, struct actor *me, const void *arg)
{
	pid_t tid;

	(void)s;
	ready(me);
	tid = start_thread(s, me, offend_in_thread, arg);
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		nap_ms(1);
	return 7;
}

/* The thread is gone, the process lives and exits by itself. */
static void seccomp_kills_thread(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", thread_offending, arg);
	struct death d = bury(s, victim);

	expect_exit(&d, 7);
	report(s, &d);
}

static void end_when_cued(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	await_cue(me);
	end_thread(0);
}

static int leader_offending(struct scene *s, struct actor *me, const void *arg)
{
	start_thread(s, me, end_when_cued, NULL);
	ready(me);
	return offending(s, me, arg);
}

/*
 * The leader is killed as a thread, then the last thread ends: the leader's
 * status or, since 5.19, the last thread's is the process's. No signal was made.
 */
static void seccomp_kills_leader(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", leader_offending, arg);
	struct death d;

	await_ready(s, victim);
	nap_ms(20);
	cue(victim);
	d = bury(s, victim);
	expect_killed_unseen(&d, SIGSYS);
	d.or_exit_code = 0;
	report(s, &d);
}

static int strictly(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_getppid);
	return 1;
}

/* Strict mode ends the process with SIGKILL that nobody sent. */
static void seccomp_strict(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", strictly, arg);
	struct death d = bury(s, victim);

	expect_killed_unseen(&d, SIGKILL);
	report(s, &d);
}

/* ---- ptrace ---- */

static void seize(struct scene *s, const struct actor *victim, long options)
{
	if (ptrace(PTRACE_SEIZE, victim->tgid, NULL, options))
		fail(s, "ptrace: %s", strerror(errno));
}

static void await_stop(struct scene *s, const struct actor *victim)
{
	int status;

	if (waitpid(victim->tgid, &status, __WALL) != victim->tgid || !WIFSTOPPED(status))
		fail(s, "the tracee did not stop");
}

static int kill_tracee(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *victim = arg;

	seize(s, victim, 0);
	if (ptrace(PTRACE_INTERRUPT, victim->tgid, NULL, NULL))
		return 1;
	await_stop(s, victim);
	ready(me);
	if (ptrace(PTRACE_KILL, victim->tgid, NULL, NULL))
		return 1;
	await_death(s, victim);
	return 0;
}

/*
 * Up to 5.17 PTRACE_KILL resumes the tracee with SIGKILL in hand: no signal is
 * made. Since then it sends one without siginfo.
 */
static void ptrace_kill(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct actor *tracer = spawn(s, "tracer", kill_tracee, victim);
	struct cause c = { .signal = SIGKILL, .origin = "USER", .thread = true, .sender = tracer,
			   .open = "cause origin sender" };
	struct death d;

	bury_clean(s, tracer);
	d = bury(s, victim);
	expect_killed(&d, c);
	d.signals[0].at_least = 0;
	report(s, &d);
}

static int trace_and_exit(struct scene *s, struct actor *me, const void *arg)
{
	seize(s, arg, PTRACE_O_EXITKILL);
	ready(me);
	await_cue(me);
	return 0;
}

/* The tracer exits: the kernel kills the tracee. */
static void ptrace_exitkill(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct actor *tracer = spawn(s, "tracer", trace_and_exit, victim);
	struct death d;

	cue(tracer);
	bury_clean(s, tracer);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .code = SI_KERNEL, .origin = "KERNEL", .thread = true,
					  .open = "origin" });
	report(s, &d);
}

struct substitution {
	const struct actor *victim;
	long replacement; /* signal to go on with; 0: none */
};

static int substitute(struct scene *s, struct actor *me, const void *arg)
{
	const struct substitution *plan = arg;

	seize(s, plan->victim, 0);
	ready(me);
	await_stop(s, plan->victim);
	if (ptrace(PTRACE_CONT, plan->victim->tgid, NULL, plan->replacement))
		return 1;
	if (plan->replacement)
		await_death(s, plan->victim);
	else
		ptrace(PTRACE_DETACH, plan->victim->tgid, NULL, NULL);
	ready(me);
	await_cue(me);
	return 0;
}

static int send_term(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGTERM) ? 1 : 0;
}

static struct expected_signal term_by(const struct actor *sender)
{
	return (struct expected_signal){ .by = { .signal = SIGTERM, .origin = "USER", .sender = sender },
					 .result = "DELIVERED", .disposition = "DEFAULT", .fatal = true,
					 .at_least = 1, .at_most = 1 };
}

/* The debugger replaces SIGTERM by SIGINT, which kills and which nobody sent. */
static void ptrace_injects(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct substitution plan = { .victim = victim, .replacement = SIGINT };
	struct actor *tracer = spawn(s, "tracer", substitute, &plan);
	struct actor *killer = spawn(s, "killer", send_term, victim);
	struct death d;

	await_ready(s, tracer);
	cue(tracer);
	bury_clean(s, tracer);
	d = bury(s, victim);
	expect_killed_unseen(&d, SIGINT);
	expect_signal(&d, term_by(killer));
	report(s, &d);
	bury_clean(s, killer);
}

static int exit_on_cue(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	await_cue(me);
	return 0;
}

/* The debugger swallows SIGTERM; the process exits by itself later. */
static void ptrace_swallows(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", exit_on_cue, arg);
	struct substitution plan = { .victim = victim };
	struct actor *tracer = spawn(s, "tracer", substitute, &plan);
	struct actor *killer = spawn(s, "killer", send_term, victim);
	struct death d;

	bury_clean(s, killer);
	await_ready(s, tracer);
	cue(victim);
	cue(tracer);
	d = bury(s, victim);
	expect_exit(&d, 0);
	expect_signal(&d, term_by(killer));
	report(s, &d);
	bury_clean(s, tracer);
}

#define CONSEQUENCE(what) seccomp_kills, &(const unsigned int){ what }, 0

const struct kind trace_kinds[] = {
	{ "seccomp-errno", "seccomp refuses a system call", seccomp_refuses, NULL, 0 },
	{ "seccomp-process", "SECCOMP_RET_KILL_PROCESS", CONSEQUENCE(SECCOMP_RET_KILL_PROCESS) },
	{ "seccomp-thread", "SECCOMP_RET_KILL_THREAD in the only thread", CONSEQUENCE(SECCOMP_RET_KILL_THREAD) },
	{ "seccomp-trap", "SECCOMP_RET_TRAP without a handler", CONSEQUENCE(SECCOMP_RET_TRAP) },
	{ "seccomp-other-thread", "SECCOMP_RET_KILL_THREAD in one of two threads, exit 7", seccomp_kills_thread, NULL, 0 },
	{ "seccomp-leader", "SECCOMP_RET_KILL_THREAD in the leader", seccomp_kills_leader, &(const unsigned int){ SECCOMP_RET_KILL_THREAD }, 0 },
	{ "seccomp-strict", "seccomp strict mode", seccomp_strict, NULL, 0 },
	{ "ptrace-kill", "PTRACE_KILL", ptrace_kill, NULL, 0 },
	{ "ptrace-exitkill", "PTRACE_O_EXITKILL, the tracer exits", ptrace_exitkill, NULL, 0 },
	{ "ptrace-injects", "a tracer replaces SIGTERM by SIGINT", ptrace_injects, NULL, 0 },
	{ "ptrace-swallows", "a tracer swallows SIGTERM, exit 0", ptrace_swallows, NULL, 0 },
	{ 0 },
};
