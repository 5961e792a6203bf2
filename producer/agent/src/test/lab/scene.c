// SPDX-License-Identifier: GPL-2.0-or-later
/* Staging: actors, their cues, their burial. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/sched.h>

#include "deathlab.h"
#include "options.h"

#define CUE_TIMEOUT_MS 110000 /* less than a scene may take; a slow agent is waited for */

uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void nap_ms(unsigned int ms)
{
	struct timespec nap = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&nap, &nap) && errno == EINTR)
		;
}

bool kernel_at_least(int major, int minor)
{
	struct utsname name;
	int is_major = 0, is_minor = 0;

	if (uname(&name) || sscanf(name.release, "%d.%d", &is_major, &is_minor) != 2)
		return false;
	return is_major > major || (is_major == major && is_minor >= minor);
}

bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);
	bool ok;
	int error;

	if (fd < 0)
		return false;
	ok = write(fd, text, length) == (ssize_t)length;
	error = errno;
	close(fd);
	errno = error;
	return ok;
}

bool read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buffer, size - 1);
	close(fd);
	if (n < 0)
		return false;
	buffer[n] = '\0';
	return true;
}

struct actor *cast(struct scene *s, const char *part)
{
	unsigned int index = __atomic_fetch_add(&s->n_actors, 1, __ATOMIC_SEQ_CST);
	struct actor *a;

	if (index >= MAX_ACTORS)
		fail(s, "too many actors");
	a = &s->actors[index];
	a->part = part;
	a->uid = getuid();
	snprintf(a->comm, sizeof(a->comm), "lab%02x-%04x-%02x", s->options->id & 0xff, s->number & 0xffff, index & 0xff);
	if (getpid() != s->director) {
		for (unsigned int i = 0; i < index; i++)
			if (s->actors[i].ns_pid == getpid())
				a->parent = &s->actors[i];
	}
	return a;
}

void born(struct actor *a, pid_t tgid, uint64_t after)
{
	a->tgid = tgid;
	a->born_after = after;
	a->born_before = boottime_ns();
}

void set_comm(const struct actor *a)
{
	prctl(PR_SET_NAME, a->comm);
}

static pid_t fork_as(pid_t set_tid)
{
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&set_tid, .set_tid_size = 1 };

	return set_tid ? (pid_t)syscall(SYS_clone3, &args, sizeof(args)) : fork();
}

struct actor *spawn_with(struct scene *s, const char *part, body_fn body, const void *arg,
			 const struct spawn_options *options)
{
	struct actor *a = cast(s, part);
	uint64_t after = boottime_ns();
	pid_t pid;

	if (options->comm) {
		memset(a->comm, 0, sizeof(a->comm));
		strncpy(a->comm, options->comm, sizeof(a->comm) - 1);
	}
	if (options->uid)
		a->uid = options->uid;
	pid = fork_as(options->set_tid);
	if (pid < 0)
		fail(s, "cannot fork: %s", strerror(errno));
	if (!pid) {
		a->ns_pid = getpid();
		set_comm(a);
		if (options->uid && (setresgid(options->uid, options->uid, options->uid) ||
				     setresuid(options->uid, options->uid, options->uid)))
			_exit(99);
		_exit(body(s, a, arg));
	}
	born(a, pid, after);
	await_ready(s, a);
	return a;
}

struct actor *spawn(struct scene *s, const char *part, body_fn body, const void *arg)
{
	return spawn_with(s, part, body, arg, &(struct spawn_options){ 0 });
}

static bool receive(int fd, int timeout_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char byte;

	while (poll(&poller, 1, timeout_ms) < 0)
		if (errno != EINTR)
			return false;
	return poller.revents && read(fd, &byte, 1) == 1;
}

static bool is_zombie(const struct actor *a)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)a->tgid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == a->tgid;
}

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(98);
}

void ready(struct actor *me)
{
	tell(me->chan[1]);
}

void await_ready(struct scene *s, struct actor *a)
{
	for (int waited = 0; waited < CUE_TIMEOUT_MS; waited += 100) {
		/* What it said before it died still counts. */
		bool dead = is_zombie(a);

		if (receive(a->chan[0], dead ? 0 : 100))
			return;
		if (dead)
			break;
	}
	fail(s, "the %s did not become ready", a->part);
}

void cue(struct actor *a)
{
	tell(a->chan[0]);
}

void await_cue(struct actor *me)
{
	if (!receive(me->chan[1], CUE_TIMEOUT_MS))
		_exit(97);
}

void hold(struct scene *s)
{
	char byte;

	tell(s->hold[1]);
	if (read(s->release[0], &byte, 1) != 1)
		fail(s, "the lab ended while the scene was held");
}

int sleeper(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	for (;;)
		pause();
}

struct death bury(struct scene *s, struct actor *a)
{
	struct death d = { .victim = a, .ppid = a->parent ? a->parent->tgid : s->director, .exit_code = -1,
			   .or_exit_code = -1 };

	while (wait4(a->tgid, &d.status, __WALL, &d.usage) != a->tgid)
		if (errno != EINTR)
			fail(s, "cannot wait for the %s: %s", a->part, strerror(errno));
	d.died_before = boottime_ns();
	a->buried = true;
	return d;
}

void bury_clean(struct scene *s, struct actor *a)
{
	struct death d = bury(s, a);

	expect_exit(&d, 0);
	report(s, &d);
}

void await_death(struct scene *s, const struct actor *a)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)a->tgid, &info, WEXITED | WNOWAIT))
		if (errno != EINTR)
			fail(s, "cannot wait for the %s: %s", a->part, strerror(errno));
}

/*
 * Only actors that were not waited for are killed: their pids cannot have been
 * reused, since they are ours or became ours when their parent died.
 */
void end_scene(struct scene *s)
{
	unsigned int n = s->n_actors < MAX_ACTORS ? s->n_actors : MAX_ACTORS;

	for (unsigned int i = 0; i < n; i++)
		if (s->actors[i].tgid > 0 && !s->actors[i].buried)
			kill(s->actors[i].tgid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	remove_cgroups(s);
}

static _Noreturn void leave(struct scene *s, const char *outcome, const char *format, va_list args)
{
	char reason[256];

	vsnprintf(reason, sizeof(reason), format, args);
	if (getpid() != s->director) {
		fprintf(stderr, "deathlab: %s: %s\n", s->kind->name, reason);
		_exit(96);
	}
	report_outcome(s, outcome, reason);
	end_scene(s);
	_exit(strcmp(outcome, "skipped") == 0 ? 0 : 1);
}

void skip(struct scene *s, const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	leave(s, "skipped", reason, args);
}

void fail(struct scene *s, const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	leave(s, "failed", reason, args);
}
