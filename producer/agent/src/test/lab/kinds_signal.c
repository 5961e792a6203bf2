// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals that a process sends: every call that does, and what targets make of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"

enum call {
	CALL_KILL,
	CALL_TKILL,
	CALL_TGKILL,
	CALL_SIGQUEUE,
	CALL_TGSIGQUEUE,
	CALL_PIDFD,
	CALL_PIDFD_QUEUE,
};

/* What a killer does, to whom. */
struct shot {
	enum call call;
	int signal;
	const struct actor *target;
	bool at_thread; /* at target->tid instead of its leader */
	int code;	/* si_code where the call lets the caller choose; 0: SI_QUEUE */
};

static long fire(const struct shot *shot)
{
	pid_t tgid = shot->target->tgid;
	pid_t tid = shot->at_thread ? shot->target->tid : tgid;
	siginfo_t info = { .si_signo = shot->signal, .si_code = shot->code ? shot->code : SI_QUEUE };
	long result = -1;
	int fd;

	info.si_pid = getpid();
	info.si_uid = getuid();
	switch (shot->call) {
	case CALL_KILL:
		return kill(tgid, shot->signal);
	case CALL_TKILL:
		return syscall(SYS_tkill, tid, shot->signal);
	case CALL_TGKILL:
		return syscall(SYS_tgkill, tgid, tid, shot->signal);
	case CALL_SIGQUEUE:
		return syscall(SYS_rt_sigqueueinfo, tgid, shot->signal, &info);
	case CALL_TGSIGQUEUE:
		return syscall(SYS_rt_tgsigqueueinfo, tgid, tid, shot->signal, &info);
	case CALL_PIDFD:
	case CALL_PIDFD_QUEUE:
		fd = (int)syscall(SYS_pidfd_open, tgid, 0);
		if (fd >= 0)
			result = syscall(SYS_pidfd_send_signal, fd, shot->signal,
					 shot->call == CALL_PIDFD ? NULL : &info, 0);
		return result;
	}
	return result;
}

static int shooter(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	return fire(arg) ? 1 : 0;
}

static struct cause cause_of(const struct shot *shot, const struct actor *sender)
{
	struct cause c = { .signal = shot->signal, .sender = sender, .code = SI_USER, .origin = "USER" };

	switch (shot->call) {
	case CALL_TKILL:
	case CALL_TGKILL:
		c.code = SI_TKILL;
		c.origin = "THREAD";
		c.thread = true;
		break;
	case CALL_SIGQUEUE:
	case CALL_TGSIGQUEUE:
	case CALL_PIDFD_QUEUE:
		c.code = SI_QUEUE;
		c.origin = "QUEUE";
		c.thread = shot->call == CALL_TGSIGQUEUE;
		break;
	case CALL_KILL:
	case CALL_PIDFD:
		break;
	}
	return c;
}

static void wait_forever(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)me;
	(void)arg;
	for (;;)
		pause();
}

static int threaded(struct scene *s, struct actor *me, const void *arg)
{
	me->tid = start_thread(s, me, wait_forever, arg);
	return sleeper(s, me, NULL);
}

/* A bystander sends one signal by the call and kills the victim with it. */
static void one_shot(struct scene *s, const void *arg)
{
	struct shot shot = *(const struct shot *)arg;
	struct actor *victim = spawn(s, "victim", shot.at_thread ? threaded : sleeper, NULL);
	struct actor *killer;
	struct death d;

	shot.target = victim;
	killer = spawn(s, "killer", shooter, &shot);
	d = bury(s, victim);
	expect_killed(&d, cause_of(&shot, killer));
	report(s, &d);
	bury_clean(s, killer);
}

static int joining_group(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *leader = arg;

	if (setpgid(0, leader ? leader->tgid : 0))
		return 1;
	return sleeper(s, me, NULL);
}

static int kill_group(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *leader = arg;

	(void)s;
	ready(me);
	return kill(-leader->tgid, SIGTERM) ? 1 : 0;
}

static void process_group(struct scene *s, const void *arg)
{
	struct actor *members[3], *killer;

	(void)arg;
	for (int i = 0; i < 3; i++)
		members[i] = spawn(s, i ? "member" : "leader", joining_group, i ? members[0] : NULL);
	killer = spawn(s, "killer", kill_group, members[0]);
	for (int i = 0; i < 3; i++) {
		struct death d = bury(s, members[i]);

		expect_killed(&d, (struct cause){ .signal = SIGTERM, .origin = "USER", .sender = killer });
		report(s, &d);
	}
	bury_clean(s, killer);
}

static void by_other_uid(struct scene *s, const void *arg)
{
	const struct spawn_options nobody = { .uid = 64123 };
	const bool *root_kills = arg;
	struct actor *victim = spawn_with(s, "victim", sleeper, NULL, &nobody);
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *killer = *root_kills ? spawn(s, "killer", shooter, &shot)
					   : spawn_with(s, "killer", shooter, &shot, &nobody);
	struct death d = bury(s, victim);

	expect_killed(&d, cause_of(&shot, killer));
	report(s, &d);
	bury_clean(s, killer);
}

static int parent_that_kills(struct scene *s, struct actor *me, const void *arg)
{
	struct actor *child = spawn(s, "victim", sleeper, arg);

	ready(me);
	/* Does not wait: the zombie becomes the director's when we exit. */
	return kill(child->tgid, SIGKILL);
}

static void by_parent(struct scene *s, const void *arg)
{
	struct actor *parent = spawn(s, "parent", parent_that_kills, arg);
	struct actor *victim = &s->actors[1];
	struct death d;

	bury_clean(s, parent);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = parent });
	/* The parent may be gone when the victim comes to die. */
	d.ppid = 0;
	report(s, &d);
}

/* A container runtime's way: a shim starts a short-lived runtime that kills and is gone. */
static int shim(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *runtime = spawn(s, "runtime", shooter, arg);

	ready(me);
	await_death(s, runtime);
	return 0;
}

static void by_short_lived(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *parent = spawn(s, "shim", shim, &shot);
	struct actor *killer = &s->actors[2];
	struct death d = bury(s, victim);

	expect_killed(&d, cause_of(&shot, killer));
	report(s, &d);
	bury_clean(s, parent);
	bury_clean(s, killer);
}

enum suicide { BY_RAISE, BY_ABORT, BY_KILL };

static int suicidal(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	switch (*(const enum suicide *)arg) {
	case BY_RAISE:
		raise(SIGTERM);
		break;
	case BY_ABORT:
		abort();
	case BY_KILL:
		kill(getpid(), SIGKILL);
		break;
	}
	return 1;
}

static void by_itself(struct scene *s, const void *arg)
{
	const enum suicide how = *(const enum suicide *)arg;
	struct actor *victim = spawn(s, "victim", suicidal, arg);
	struct death d = bury(s, victim);
	struct cause c = { .signal = SIGKILL, .origin = "USER", .sender = victim };

	if (how != BY_KILL) {
		c.signal = how == BY_RAISE ? SIGTERM : SIGABRT;
		c.code = SI_TKILL;
		c.origin = "THREAD";
		c.thread = true;
	}
	expect_killed(&d, c);
	report(s, &d);
}

static volatile sig_atomic_t handled;

static void note(int signal)
{
	handled = signal;
}

/* Ignores SIGTERM and exits when told. */
static int ignoring(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	signal(SIGTERM, SIG_IGN);
	ready(me);
	await_cue(me);
	return 0;
}

static void ignored(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", ignoring, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *killer = spawn(s, "killer", shooter, &shot);
	struct death d;

	bury_clean(s, killer);
	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 0);
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&shot, killer), .result = "IGNORED",
						    .disposition = "IGNORED", .at_least = 1, .at_most = 1 });
	report(s, &d);
}

/* Handles SIGTERM by exiting with a code of its own, as servers do. */
static int graceful(struct scene *s, struct actor *me, const void *arg)
{
	sigset_t mask, old;

	(void)s;
	(void)arg;
	signal(SIGTERM, note);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, &old);
	ready(me);
	while (!handled)
		sigsuspend(&old);
	return 5;
}

static void handled_exit(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", graceful, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *killer = spawn(s, "killer", shooter, &shot);
	struct death d = bury(s, victim);

	expect_exit(&d, 5);
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&shot, killer), .result = "DELIVERED",
						    .disposition = "HANDLED", .at_least = 1, .at_most = 1 });
	report(s, &d);
	bury_clean(s, killer);
}

static int stubborn(struct scene *s, struct actor *me, const void *arg)
{
	signal(SIGTERM, note);
	return sleeper(s, me, arg);
}

/* SIGTERM, which the victim survives, then SIGKILL by another after a grace period. */
static void term_then_kill(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", stubborn, arg);
	struct shot term = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct shot kill = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *first = spawn(s, "terminator", shooter, &term), *second;
	struct death d;

	nap_ms(50);
	second = spawn(s, "killer", shooter, &kill);
	d = bury(s, victim);
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&term, first), .result = "DELIVERED",
						    .disposition = "HANDLED", .at_least = 1, .at_most = 1 });
	expect_killed(&d, cause_of(&kill, second));
	report(s, &d);
	bury_clean(s, first);
	bury_clean(s, second);
}

/* Blocks SIGTERM without a handler; exits or is killed while it is pending. */
static int blocking(struct scene *s, struct actor *me, const void *arg)
{
	sigset_t mask;

	(void)s;
	(void)arg;
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	ready(me);
	await_cue(me);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	return 0;
}

static int blocking_to_the_end(struct scene *s, struct actor *me, const void *arg)
{
	sigset_t mask;

	(void)s;
	(void)arg;
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	ready(me);
	await_cue(me);
	return 0;
}

static const struct expected_signal delivered = { .result = "DELIVERED", .disposition = "DEFAULT", .fatal = true,
						  .at_least = 1, .at_most = 1 };

static struct expected_signal delivered_by(struct cause by)
{
	struct expected_signal x = delivered;

	x.by = by;
	return x;
}

static void blocked_then_exit(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", blocking_to_the_end, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *killer = spawn(s, "killer", shooter, &shot);
	struct death d;

	bury_clean(s, killer);
	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 0);
	expect_signal(&d, delivered_by(cause_of(&shot, killer)));
	report(s, &d);
}

static void blocked_then_killed(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", blocking_to_the_end, arg);
	struct shot term = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct shot kill = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *first = spawn(s, "terminator", shooter, &term), *second;
	struct death d;

	bury_clean(s, first);
	second = spawn(s, "killer", shooter, &kill);
	d = bury(s, victim);
	expect_signal(&d, delivered_by(cause_of(&term, first)));
	expect_killed(&d, cause_of(&kill, second));
	report(s, &d);
	bury_clean(s, second);
}

/* Two signals pend; the one that was sent first and has the lower number kills, not the last one. */
static void blocked_two(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", blocking, arg);
	struct shot interrupt = { .call = CALL_KILL, .signal = SIGINT, .target = victim };
	struct shot term = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *first = spawn(s, "killer", shooter, &interrupt), *second;
	struct cause c = cause_of(&interrupt, first);
	struct death d;

	bury_clean(s, first);
	second = spawn(s, "terminator", shooter, &term);
	bury_clean(s, second);
	cue(victim);
	d = bury(s, victim);
	c.open = "cause";
	expect_killed(&d, c);
	expect_signal(&d, delivered_by(cause_of(&term, second)));
	report(s, &d);
}

/* Handles SIGTERM while it is blocked, goes back to the default, unblocks and dies. */
static int reverting(struct scene *s, struct actor *me, const void *arg)
{
	sigset_t mask;

	(void)s;
	(void)arg;
	signal(SIGTERM, note);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	ready(me);
	await_cue(me);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	return 0;
}

static void disposition_changes(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", reverting, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *killer = spawn(s, "killer", shooter, &shot);
	struct death d;

	bury_clean(s, killer);
	cue(victim);
	d = bury(s, victim);
	expect_killed_unseen(&d, SIGTERM);
	d.has_cause = true;
	d.cause = cause_of(&shot, killer);
	d.cause.open = "cause";
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&shot, killer), .result = "DELIVERED",
						    .disposition = "HANDLED", .at_least = 1, .at_most = 1 });
	report(s, &d);
}

/* Sent twice while blocked: the second one finds the first pending. */
static void sent_twice(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", blocking, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGTERM, .target = victim };
	struct actor *first = spawn(s, "killer", shooter, &shot), *second;
	struct death d;

	bury_clean(s, first);
	second = spawn(s, "latecomer", shooter, &shot);
	bury_clean(s, second);
	cue(victim);
	d = bury(s, victim);
	expect_killed(&d, cause_of(&shot, first));
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&shot, second), .result = "ALREADY_PENDING",
						    .disposition = "DEFAULT", .at_least = 1, .at_most = 1 });
	report(s, &d);
}

static int racer(struct scene *s, struct actor *me, const void *arg)
{
	ready(me);
	while (!__atomic_load_n(&s->start, __ATOMIC_ACQUIRE))
		sched_yield();
	fire(arg); /* may come too late */
	return 0;
}

static void two_killers(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *one = spawn(s, "killer", racer, &shot);
	struct actor *other = spawn(s, "rival", racer, &shot);
	struct cause either = cause_of(&shot, one);
	struct death d;

	either.rival = other;
	__atomic_store_n(&s->start, true, __ATOMIC_RELEASE);
	bury_clean(s, one);
	bury_clean(s, other);
	d = bury(s, victim);
	expect_killed(&d, either);
	expect_signal(&d, (struct expected_signal){ .by = either, .result = "IGNORED|ALREADY_PENDING",
						    .disposition = "DEFAULT", .at_least = 0, .at_most = 1 });
	report(s, &d);
}

static void stopped_then_killed(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct shot stop = { .call = CALL_KILL, .signal = SIGSTOP, .target = victim };
	struct shot kill = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct actor *stopper = spawn(s, "stopper", shooter, &stop), *killer;
	struct expected_signal stopped = delivered_by(cause_of(&stop, stopper));
	struct death d;

	bury_clean(s, stopper);
	if (waitpid(victim->tgid, NULL, WUNTRACED) != victim->tgid)
		fail(s, "the victim did not stop");
	killer = spawn(s, "killer", shooter, &kill);
	d = bury(s, victim);
	stopped.fatal = false;
	stopped.at_least = 0; /* the agent leaves it out unless told otherwise */
	expect_signal(&d, stopped);
	expect_killed(&d, cause_of(&kill, killer));
	report(s, &d);
	bury_clean(s, killer);
}

static int exiting(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	return 0;
}

/* SIGKILL to a zombie succeeds and changes nothing. */
static void kill_zombie(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", exiting, arg), *killer;
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct death d;

	await_death(s, victim);
	killer = spawn(s, "killer", shooter, &shot);
	bury_clean(s, killer);
	d = bury(s, victim);
	expect_exit(&d, 0);
	/* Before 5.18 the kernel queues it for a process that had one thread. */
	expect_signal(&d, (struct expected_signal){ .by = cause_of(&shot, killer), .result = "IGNORED|DELIVERED",
						    .disposition = "DEFAULT", .fatal_open = true, .at_least = 0,
						    .at_most = 1 });
	report(s, &d);
}

static int orphaning(struct scene *s, struct actor *me, const void *arg)
{
	spawn(s, "victim", sleeper, arg);
	ready(me);
	return 0;
}

static void orphan(struct scene *s, const void *arg)
{
	struct actor *parent = spawn(s, "parent", orphaning, arg), *victim = &s->actors[1], *killer;
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct death d;

	bury_clean(s, parent);
	killer = spawn(s, "killer", shooter, &shot);
	d = bury(s, victim);
	d.ppid = s->director;
	expect_killed(&d, cause_of(&shot, killer));
	report(s, &d);
	bury_clean(s, killer);
}

/* rt_sigqueueinfo(2) lets anyone claim a code below 0: here that a timer sent it. */
static void forged_timer(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg);
	struct shot shot = { .call = CALL_SIGQUEUE, .signal = SIGTERM, .target = victim, .code = SI_TIMER };
	struct actor *killer = spawn(s, "forger", shooter, &shot);
	struct cause c = cause_of(&shot, killer);
	struct death d = bury(s, victim);

	c.code = SI_TIMER;
	c.open = "origin sender";
	expect_killed(&d, c);
	report(s, &d);
	bury_clean(s, killer);
}

static int forging_self(struct scene *s, struct actor *me, const void *arg)
{
	struct shot shot = *(const struct shot *)arg;
	struct actor self = *me;

	(void)s;
	self.tgid = getpid();
	shot.target = &self;
	ready(me);
	return fire(&shot) ? 1 : 2;
}

/* To itself a process may even claim that the kernel sent it. */
static void forged_kernel(struct scene *s, const void *arg)
{
	const struct shot shot = { .call = CALL_SIGQUEUE, .signal = SIGKILL, .code = SI_KERNEL };
	struct actor *victim = spawn(s, "victim", forging_self, &shot);
	struct cause c = cause_of(&shot, victim);
	struct death d = bury(s, victim);

	(void)arg;
	c.code = SI_KERNEL;
	c.open = "origin sender";
	expect_killed(&d, c);
	report(s, &d);
}

/* Begun before the agent: what is known of it comes from the kernel, not from events seen. */
static void older_killed(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeper, arg), *killer;
	struct shot shot = { .call = CALL_KILL, .signal = SIGKILL, .target = victim };
	struct death d;

	hold(s);
	killer = spawn(s, "killer", shooter, &shot);
	d = bury(s, victim);
	expect_killed(&d, cause_of(&shot, killer));
	report(s, &d);
	bury_clean(s, killer);
}

static void older_exits(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", ignoring, arg);
	struct death d;

	hold(s);
	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 0);
	report(s, &d);
}

#define SHOT(...) one_shot, &(const struct shot){ __VA_ARGS__ }

const struct kind signal_kinds[] = {
	{ "kill", "kill(2) with SIGKILL", SHOT(.call = CALL_KILL, .signal = SIGKILL), 0 },
	{ "kill-term", "kill(2) with SIGTERM, not handled", SHOT(.call = CALL_KILL, .signal = SIGTERM), 0 },
	{ "kill-segv", "kill(2) with SIGSEGV: no fault happened", SHOT(.call = CALL_KILL, .signal = SIGSEGV), 0 },
	{ "kill-realtime", "kill(2) with SIGRTMIN+3", SHOT(.call = CALL_KILL, .signal = 37), 0 },
	{ "tkill", "tkill(2) with SIGKILL", SHOT(.call = CALL_TKILL, .signal = SIGKILL), 0 },
	{ "tkill-thread", "tkill(2) with SIGKILL at a thread", SHOT(.call = CALL_TKILL, .signal = SIGKILL, .at_thread = true), 0 },
	{ "tgkill", "tgkill(2) with SIGKILL at the leader", SHOT(.call = CALL_TGKILL, .signal = SIGKILL), 0 },
	{ "tgkill-thread", "tgkill(2) with SIGTERM at a thread", SHOT(.call = CALL_TGKILL, .signal = SIGTERM, .at_thread = true), 0 },
	{ "sigqueue", "sigqueue(3) with SIGKILL", SHOT(.call = CALL_SIGQUEUE, .signal = SIGKILL), 0 },
	{ "sigqueue-thread", "rt_tgsigqueueinfo(2) with SIGTERM at a thread", SHOT(.call = CALL_TGSIGQUEUE, .signal = SIGTERM, .at_thread = true), 0 },
	{ "pidfd", "pidfd_send_signal(2) with SIGKILL", SHOT(.call = CALL_PIDFD, .signal = SIGKILL), 0 },
	{ "pidfd-queue", "pidfd_send_signal(2) with a siginfo", SHOT(.call = CALL_PIDFD_QUEUE, .signal = SIGTERM), 0 },
	{ "kill-group", "kill(2) of a process group", process_group, NULL, 0 },
	{ "kill-by-user", "killed by a process of its own uid, not root", by_other_uid, &(const bool){ false }, 0 },
	{ "kill-by-root", "killed by a process of another uid", by_other_uid, &(const bool){ true }, 0 },
	{ "kill-by-parent", "killed by its parent", by_parent, NULL, 0 },
	{ "kill-by-runtime", "killed by a child of a shim that is gone at once", by_short_lived, NULL, 0 },
	{ "raise", "raise(3) with SIGTERM", by_itself, &(const enum suicide){ BY_RAISE }, 0 },
	{ "abort", "abort(3)", by_itself, &(const enum suicide){ BY_ABORT }, 0 },
	{ "kill-self", "kill(2) of itself", by_itself, &(const enum suicide){ BY_KILL }, 0 },
	{ "ignored", "SIGTERM ignored, then exit 0", ignored, NULL, 0 },
	{ "handled", "SIGTERM handled by exit 5", handled_exit, NULL, 0 },
	{ "term-then-kill", "SIGTERM handled, SIGKILL after a grace period", term_then_kill, NULL, 0 },
	{ "blocked-exit", "SIGTERM blocked, then exit 0", blocked_then_exit, NULL, 0 },
	{ "blocked-kill", "SIGTERM blocked, then SIGKILL by another", blocked_then_killed, NULL, 0 },
	{ "blocked-two", "SIGINT, then SIGTERM while blocked: SIGINT kills", blocked_two, NULL, 0 },
	{ "disposition-changes", "SIGTERM handled when sent, default when delivered", disposition_changes, NULL, 0 },
	{ "sent-twice", "SIGTERM twice while blocked: only the first counts", sent_twice, NULL, 0 },
	{ "two-killers", "two processes race to send SIGKILL", two_killers, NULL, 0 },
	{ "stopped", "SIGSTOP, then SIGKILL", stopped_then_killed, NULL, 0 },
	{ "zombie", "exit 0, then SIGKILL to the zombie", kill_zombie, NULL, 0 },
	{ "orphan", "killed after its parent is gone", orphan, NULL, 0 },
	{ "forged-timer", "sigqueueinfo with SI_TIMER by another process", forged_timer, NULL, 0 },
	{ "forged-kernel", "sigqueueinfo with SI_KERNEL by itself", forged_kernel, NULL, 0 },
	{ "older-killed", "began before the agent, killed", older_killed, NULL, true },
	{ "older-exits", "began before the agent, exit 0", older_exits, NULL, true },
	{ 0 },
};
