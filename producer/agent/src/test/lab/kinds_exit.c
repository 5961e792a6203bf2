// SPDX-License-Identifier: GPL-2.0-or-later
/* Deaths without a killer: exit codes, threads, exec, vfork, reuse of pids. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"

static int exit_with(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	return *(const int *)arg;
}

static void exit_code(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", exit_with, arg);
	struct death d = bury(s, victim);

	expect_exit(&d, *(const int *)arg);
	report(s, &d);
}

static void exit_group_4(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	await_cue(me);
	_exit(4);
}

static void exit_thread(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	await_cue(me);
	end_thread(0);
}

/* The leader ends, the thread goes on. */
static int leader_ends(struct scene *s, struct actor *me, const void *arg)
{
	start_thread(s, me, *(const thread_fn *)arg, NULL);
	ready(me);
	end_thread(5);
}

static void leader_first(struct scene *s, const void *arg)
{
	static const thread_fn run = exit_group_4;
	struct actor *victim = spawn(s, "victim", leader_ends, &run);
	struct death d;

	(void)arg;
	nap_ms(10);
	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 4);
	report(s, &d);
}

/* No thread calls exit_group: up to 5.18 the status is the leader's, since then that of the last to end. */
static void leader_code(struct scene *s, const void *arg)
{
	static const thread_fn run = exit_thread;
	struct actor *victim = spawn(s, "victim", leader_ends, &run);
	struct death d;

	(void)arg;
	nap_ms(10);
	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 5);
	d.or_exit_code = 0;
	report(s, &d);
}

static int send_kill(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGKILL) ? 1 : 0;
}

static void kill_leaderless(struct scene *s, const void *arg)
{
	static const thread_fn run = exit_thread;
	struct actor *victim = spawn(s, "victim", leader_ends, &run), *killer;
	struct death d;

	(void)arg;
	nap_ms(10);
	killer = spawn(s, "killer", send_kill, victim);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
}

static void spin_forever(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)me;
	(void)arg;
	for (;;)
		pause();
}

static int with_threads(struct scene *s, struct actor *me, const void *arg)
{
	for (int i = 0; i < 4; i++)
		start_thread(s, me, spin_forever, arg);
	ready(me);
	return 0;
}

/* exit_group with living threads: the kernel kills them, which nobody sent. */
static void threads_living(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", with_threads, arg);
	struct death d = bury(s, victim);

	expect_exit(&d, 0);
	report(s, &d);
}

/* Becomes this program again, as --act does it, under the actor's name. */
static void exec_act(struct actor *me, const char *act)
{
	char hex[2 * COMM_LEN + 1] = "";

	for (size_t i = 0; i < strnlen(me->comm, COMM_LEN); i++) {
		hex[2 * i] = "0123456789abcdef"[(unsigned char)me->comm[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[(unsigned char)me->comm[i] & 15];
	}
	execl("/proc/self/exe", "deathlab", "--act", act, hex, (char *)NULL);
	_exit(92);
}

static int execs(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	exec_act(me, arg);
	return 1;
}

static void exec_exit(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", execs, arg);
	struct death d = bury(s, victim);

	expect_exit(&d, 3);
	report(s, &d);
}

static void exec_from_thread(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	await_cue(me);
	exec_act(me, arg);
}

static int thread_execs(struct scene *s, struct actor *me, const void *arg)
{
	start_thread(s, me, exec_from_thread, arg);
	return sleeper(s, me, NULL);
}

/* The thread takes over the leader's pid; the leader's end is no exit of the process. */
static void exec_nonleader(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", thread_execs, arg);
	struct death d;

	cue(victim);
	d = bury(s, victim);
	expect_exit(&d, 3);
	report(s, &d);
}

struct vfork_plan {
	int code;	/* the child's, if it is not killed */
	bool execs;
};

/* The parent is suspended until the child execs or dies. */
static int vforking(struct scene *s, struct actor *me, const void *arg)
{
	const struct vfork_plan *plan = arg;
	struct actor *child = cast(s, "victim");
	uint64_t after = boottime_ns();
	pid_t pid;

	child->parent = me;
	pid = vfork();
	if (pid < 0)
		return 1;
	if (!pid) {
		child->ns_pid = getpid();
		set_comm(child);
		if (plan->execs)
			exec_act(child, "exit:3");
		if (plan->code >= 0)
			_exit(plan->code);
		child->tgid = getpid();
		ready(me);
		for (;;)
			pause();
	}
	born(child, pid, after);
	if (plan->code >= 0 || plan->execs)
		ready(me);
	await_death(s, child);
	return 0;
}

static void vfork_exit(struct scene *s, const void *arg)
{
	const struct vfork_plan *plan = arg;
	struct actor *parent = spawn(s, "parent", vforking, plan), *victim = &s->actors[1];
	struct death d;

	bury_clean(s, parent);
	d = bury(s, victim);
	expect_exit(&d, plan->execs ? 3 : plan->code);
	report(s, &d);
}

static void vfork_killed(struct scene *s, const void *arg)
{
	struct actor *parent = spawn(s, "parent", vforking, arg), *victim = &s->actors[1];
	struct actor *killer = spawn(s, "killer", send_kill, victim);
	struct death d;

	bury_clean(s, parent);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
}

/* Two processes, one pid: the second one must not inherit the first one's killer. */
static void pid_reuse(struct scene *s, const void *arg)
{
	struct actor *first = spawn(s, "first", sleeper, arg);
	struct actor *killer = spawn(s, "killer", send_kill, first), *second;
	struct death d = bury(s, first);
	static const int code = 9;

	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
	if (!kernel_at_least(5, 5))
		skip(s, "clone3 with set_tid needs Linux 5.5");
	second = spawn_with(s, "second", exit_with, &code, &(struct spawn_options){ .set_tid = first->tgid });
	if (second->tgid != first->tgid)
		fail(s, "the pid was not given again");
	d = bury(s, second);
	expect_exit(&d, code);
	report(s, &d);
}

#define CODE(n) exit_code, &(const int){ n }, 0

const struct kind exit_kinds[] = {
	{ "exit-0", "exit code 0", CODE(0) },
	{ "exit-1", "exit code 1", CODE(1) },
	{ "exit-2", "exit code 2", CODE(2) },
	{ "exit-126", "exit code 126", CODE(126) },
	{ "exit-127", "exit code 127", CODE(127) },
	{ "exit-137", "exit code 137, which is no signal", CODE(137) },
	{ "exit-139", "exit code 139, which is no signal", CODE(139) },
	{ "exit-255", "exit code 255", CODE(255) },
	{ "threads-living", "exit 0 with living threads", threads_living, NULL, 0 },
	{ "leader-first", "the leader ends first, a thread exits 4", leader_first, NULL, 0 },
	{ "leader-code", "the leader ends with 5, the last thread with 0", leader_code, NULL, 0 },
	{ "leader-killed", "killed after the leader ended", kill_leaderless, NULL, 0 },
	{ "exec", "exec, then exit 3", exec_exit, "exit:3", 0 },
	{ "exec-thread", "exec from a thread, then exit 3", exec_nonleader, "exit:3", 0 },
	{ "vfork-exit", "vfork child exits 3", vfork_exit, &(const struct vfork_plan){ .code = 3 }, 0 },
	{ "vfork-exec", "vfork child execs and exits 3", vfork_exit, &(const struct vfork_plan){ .code = -1, .execs = true }, 0 },
	{ "vfork-killed", "vfork child killed, its parent suspended", vfork_killed, &(const struct vfork_plan){ .code = -1 }, 0 },
	{ "pid-reuse", "killed; its pid again, exit 9", pid_reuse, NULL, 0 },
	{ 0 },
};
