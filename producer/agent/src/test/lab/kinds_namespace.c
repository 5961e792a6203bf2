// SPDX-License-Identifier: GPL-2.0-or-later
/* Pid namespaces and cgroup.kill. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"

/*
 * The director enters the namespace for its children, so that it is the parent
 * of all of them, knows their pids of the initial namespace and may wait for
 * them. The first child is the namespace's init.
 */
static void new_pid_namespace(struct scene *s)
{
	if (unshare(CLONE_NEWPID))
		skip(s, "cannot make a pid namespace: %s", strerror(errno));
}

/* The children from now on are born in the namespace of this process. */
static void enter_namespace_of(struct scene *s, pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWPID))
		fail(s, "cannot enter the pid namespace: %s", strerror(errno));
	close(fd);
}

static int cued_exit(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	ready(me);
	await_cue(me);
	return *(const int *)arg;
}

static int kill_target(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGKILL) ? 1 : 0;
}

static void report_teardown(struct scene *s, struct actor *member, const struct actor *init)
{
	struct death d = bury(s, member);

	expect_killed(&d, (struct cause){ .signal = SIGKILL, .code = SI_KERNEL, .origin = "PIDNS_TEARDOWN",
					  .context = init });
	report(s, &d);
}

/* The container's main process exits: the kernel kills the rest. */
static void init_exits(struct scene *s, const void *arg)
{
	struct actor *init, *members[2];
	struct death d;

	new_pid_namespace(s);
	init = spawn(s, "init", cued_exit, arg);
	for (int i = 0; i < 2; i++)
		members[i] = spawn(s, "member", sleeper, NULL);
	cue(init);
	/* The init's own end waits until the others were waited for. */
	for (int i = 0; i < 2; i++)
		report_teardown(s, members[i], init);
	d = bury(s, init);
	expect_exit(&d, *(const int *)arg);
	report(s, &d);
}

static void init_killed(struct scene *s, const void *arg)
{
	struct actor *init, *members[2], *killer;
	struct death d;

	new_pid_namespace(s);
	init = spawn(s, "init", sleeper, arg);
	for (int i = 0; i < 2; i++)
		members[i] = spawn(s, "member", sleeper, NULL);
	enter_namespace_of(s, getpid());
	killer = spawn(s, "killer", kill_target, init);
	for (int i = 0; i < 2; i++)
		report_teardown(s, members[i], init);
	d = bury(s, init);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
}

static int kill_init(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	return kill(1, SIGKILL) ? 1 : 0;
}

/* From inside, SIGKILL to the init has no effect. */
static void init_immune(struct scene *s, const void *arg)
{
	struct actor *init, *killer;
	struct death d;

	new_pid_namespace(s);
	init = spawn(s, "init", cued_exit, arg);
	killer = spawn(s, "killer", kill_init, NULL);
	bury_clean(s, killer);
	cue(init);
	d = bury(s, init);
	expect_exit(&d, *(const int *)arg);
	expect_signal(&d, (struct expected_signal){
				  .by = { .signal = SIGKILL, .origin = "USER", .sender = killer },
				  .result = "IGNORED", .disposition = "DEFAULT|IGNORED", .at_least = 1, .at_most = 1 });
	report(s, &d);
}

static int kill_everybody(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	return kill(-1, SIGKILL) ? 1 : 0;
}

/* kill(-1) reaches all of the namespace but its init and the sender. */
static void kill_all(struct scene *s, const void *arg)
{
	struct actor *init, *members[3], *killer;
	struct death d;

	new_pid_namespace(s);
	init = spawn(s, "init", cued_exit, arg);
	for (int i = 0; i < 3; i++)
		members[i] = spawn(s, "member", sleeper, NULL);
	killer = spawn(s, "killer", kill_everybody, NULL);
	for (int i = 0; i < 3; i++) {
		d = bury(s, members[i]);
		expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
		report(s, &d);
	}
	bury_clean(s, killer);
	cue(init);
	d = bury(s, init);
	expect_exit(&d, *(const int *)arg);
	report(s, &d);
}

/* The sender is outside: si_pid is 0 inside, and still it has a name. */
static void from_outside(struct scene *s, const void *arg)
{
	struct actor *init, *victim, *killer;
	struct death d;

	new_pid_namespace(s);
	init = spawn(s, "init", cued_exit, arg);
	victim = spawn(s, "victim", sleeper, NULL);
	enter_namespace_of(s, getpid());
	killer = spawn(s, "killer", kill_target, victim);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
	cue(init);
	d = bury(s, init);
	expect_exit(&d, *(const int *)arg);
	report(s, &d);
}

/* Its own namespace's pid_max where the kernel has that (6.14): the pids inside come round soon. */
static int shrink_pids(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	if (!write_file("/proc/sys/kernel/pid_max", "320"))
		return 1;
	ready(me);
	await_cue(me);
	return *(const int *)arg;
}

static int remembered(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	return 7;
}

/* Makes a process that is gone at once; returns its pid in the namespace. */
static pid_t burn_pid(struct scene *s)
{
	volatile pid_t inside = 0;
	pid_t pid = vfork();

	if (!pid) {
		inside = (pid_t)syscall(SYS_getpid);
		_exit(0);
	}
	if (pid < 0)
		fail(s, "cannot fork: %s", strerror(errno));
	waitpid(pid, NULL, 0);
	return inside;
}

/* Until the next process gets the wanted pid in the namespace. */
static void burn_pids(struct scene *s, pid_t wanted)
{
	for (int i = 0; i < 1000; i++)
		if (burn_pid(s) == wanted - 1)
			return;
	fail(s, "pid %d did not come round", wanted);
}

/* The same pid twice inside a namespace, different ones outside. */
static void reuse_inside(struct scene *s, const void *arg)
{
	char before[16], after[16];
	struct actor *init, *first, *killer, *second;
	struct death d;

	if (!kernel_at_least(6, 14))
		skip(s, "pid_max of a pid namespace needs Linux 6.14");
	read_file("/proc/sys/kernel/pid_max", before, sizeof(before));
	new_pid_namespace(s);
	init = spawn(s, "init", shrink_pids, arg);
	read_file("/proc/sys/kernel/pid_max", after, sizeof(after));
	if (strcmp(before, after) != 0) {
		write_file("/proc/sys/kernel/pid_max", before);
		skip(s, "pid_max is not the namespace's own");
	}
	/* Below 300 pids are not given again. */
	burn_pids(s, 310);
	first = spawn(s, "first", sleeper, NULL);
	enter_namespace_of(s, getpid());
	killer = spawn(s, "killer", kill_target, first);
	d = bury(s, first);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);

	enter_namespace_of(s, init->tgid);
	burn_pids(s, first->ns_pid);
	second = spawn(s, "second", remembered, NULL);
	if (second->ns_pid != first->ns_pid)
		fail(s, "the pid was not given again");
	d = bury(s, second);
	expect_exit(&d, 7);
	report(s, &d);
	cue(init);
	d = bury(s, init);
	expect_exit(&d, *(const int *)arg);
	report(s, &d);
}

static int kill_cgroup(struct scene *s, struct actor *me, const void *arg)
{
	ready(me);
	cgroup_set(s, arg, "cgroup.kill", "1");
	return 0;
}

static void cgroup_kill(struct scene *s, const void *arg)
{
	const struct cgroup *g = unified_cgroup(s);
	struct actor *members[3], *killer;

	(void)arg;
	if (!cgroup_has(g, "cgroup.kill"))
		skip(s, "cgroup.kill needs Linux 5.14");
	for (int i = 0; i < 3; i++) {
		members[i] = spawn(s, "member", sleeper, NULL);
		cgroup_join(s, g, members[i]->tgid);
	}
	killer = spawn(s, "killer", kill_cgroup, g);
	for (int i = 0; i < 3; i++) {
		struct death d = bury(s, members[i]);

		expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .thread = true,
						  .sender = killer });
		report(s, &d);
	}
	bury_clean(s, killer);
}

static const int zero = 0, six = 6;

const struct kind namespace_kinds[] = {
	{ "pidns-init-exits", "init of a pid namespace exits: the rest is killed", init_exits, &zero, 0 },
	{ "pidns-init-fails", "init of a pid namespace exits 6: the rest is killed", init_exits, &six, 0 },
	{ "pidns-init-killed", "init of a pid namespace is killed, and with it the rest", init_killed, NULL, 0 },
	{ "pidns-init-immune", "SIGKILL to init from inside its pid namespace", init_immune, &six, 0 },
	{ "pidns-kill-all", "kill(-1) inside a pid namespace", kill_all, &zero, 0 },
	{ "pidns-from-outside", "SIGKILL from outside the pid namespace", from_outside, &zero, 0 },
	{ "pidns-reuse", "the same pid twice in a pid namespace with a small pid_max", reuse_inside, &zero, 0 },
	{ "cgroup-kill", "cgroup.kill", cgroup_kill, NULL, 0 },
	{ 0 },
};
