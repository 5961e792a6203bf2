// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals that the kernel makes for reasons of its own: limits, timers, input and output, terminals. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "deathlab.h"

#define MESSAGE_CODE (-3) /* SI_MESGQ */

/* Something that a process does to itself, and the signal that it gets for it. */
struct provocation {
	void (*act)(void);
	int signal;
	int code;
	const char *origin;
	bool thread;
	const char *open;
};

static void burn(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void cpu_soft(void)
{
	const struct rlimit limit = { .rlim_cur = 1, .rlim_max = 60 };

	setrlimit(RLIMIT_CPU, &limit);
	burn();
}

static void cpu_hard(void)
{
	const struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };

	setrlimit(RLIMIT_CPU, &limit);
	burn();
}

static void file_size(void)
{
	const struct rlimit limit = { .rlim_cur = 100, .rlim_max = 100 };
	static const char much[200];
	int fd = open("big", O_WRONLY | O_CREAT | O_APPEND, 0600);

	setrlimit(RLIMIT_FSIZE, &limit);
	while (write(fd, much, sizeof(much)) > 0)
		;
}

static void sleep_forever(void)
{
	for (;;)
		pause();
}

static void by_alarm(void)
{
	alarm(1);
	sleep_forever();
}

static void interval(int which)
{
	const struct itimerval timer = { .it_value.tv_usec = 20000 };

	setitimer(which, &timer, NULL);
}

static void real_timer(void)
{
	interval(ITIMER_REAL);
	sleep_forever();
}

static void virtual_timer(void)
{
	interval(ITIMER_VIRTUAL);
	burn();
}

static void profiling_timer(void)
{
	interval(ITIMER_PROF);
	burn();
}

static void posix_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM };
	const struct itimerspec soon = { .it_value.tv_nsec = 20000000 };
	timer_t timer;

	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	sleep_forever();
}

static void broken_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		return;
	close(ends[0]);
	(void)!write(ends[1], "x", 1);
}

static int provoking(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	signal(SIGPIPE, SIG_DFL);
	ready(me);
	((const struct provocation *)arg)->act();
	return 1;
}

static void provoke(struct scene *s, const void *arg)
{
	const struct provocation *p = arg;
	struct actor *victim = spawn(s, "victim", provoking, p);
	struct death d = bury(s, victim);

	expect_killed(&d, (struct cause){ .signal = p->signal, .code = p->code, .origin = p->origin,
					  .thread = p->thread, .open = p->open });
	report(s, &d);
}

/* Asks for SIGTERM when its socket gets data; another process writes. */
struct wire {
	int ends[2];
	int signal; /* 0: plain SIGIO */
};

static int listening(struct scene *s, struct actor *me, const void *arg)
{
	const struct wire *wire = arg;

	fcntl(wire->ends[0], F_SETOWN, getpid());
	if (wire->signal)
		fcntl(wire->ends[0], F_SETSIG, wire->signal);
	fcntl(wire->ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
	return sleeper(s, me, NULL);
}

static int writing(struct scene *s, struct actor *me, const void *arg)
{
	const struct wire *wire = arg;

	(void)s;
	ready(me);
	return write(wire->ends[1], "x", 1) == 1 ? 0 : 1;
}

static void asynchronous_io(struct scene *s, const void *arg)
{
	struct wire wire = { .signal = *(const int *)arg };
	struct actor *victim, *writer;
	struct death d;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, wire.ends))
		fail(s, "socketpair: %s", strerror(errno));
	victim = spawn(s, "victim", listening, &wire);
	writer = spawn(s, "writer", writing, &wire);
	d = bury(s, victim);
	/* Plain SIGIO carries SI_KERNEL; with a signal of its own choice the reason, data to read. */
	expect_killed(&d, (struct cause){ .signal = wire.signal ? wire.signal : SIGIO,
					  .code = wire.signal ? POLL_IN : SI_KERNEL, .origin = "IO",
					  .open = "origin" });
	report(s, &d);
	bury_clean(s, writer);
}

#if defined(SYS_mq_open)
static void queue_name(const struct scene *s, char *name, size_t size)
{
	/* The system call wants no leading slash. */
	snprintf(name, size, "deathlab-%d", s->director);
}

static int notified(struct scene *s, struct actor *me, const void *arg)
{
	const struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM };
	char name[32];
	int queue;

	queue_name(s, name, sizeof(name));
	queue = (int)syscall(SYS_mq_open, name, O_RDONLY | O_CREAT, 0600, NULL);
	if (queue < 0 || syscall(SYS_mq_notify, queue, &event))
		return 1;
	return sleeper(s, me, arg);
}

static int posting(struct scene *s, struct actor *me, const void *arg)
{
	char name[32];
	int queue;

	(void)arg;
	queue_name(s, name, sizeof(name));
	queue = (int)syscall(SYS_mq_open, name, O_WRONLY, 0, NULL);
	ready(me);
	return syscall(SYS_mq_timedsend, queue, "x", 1, 0, NULL) ? 1 : 0;
}

static void message_queue(struct scene *s, const void *arg)
{
	struct actor *victim, *writer;
	struct death d;
	char name[32];

	if (syscall(SYS_mq_open, "deathlab-none", O_RDONLY, 0, NULL) < 0 && errno == ENOSYS)
		skip(s, "the kernel has no message queues");
	victim = spawn(s, "victim", notified, arg);
	writer = spawn(s, "writer", posting, arg);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGTERM, .code = MESSAGE_CODE, .origin = "IO", .open = "origin" });
	report(s, &d);
	bury_clean(s, writer);
	queue_name(s, name, sizeof(name));
	syscall(SYS_mq_unlink, name);
}
#endif

/* The other side of the victim's terminal. */
static int holding_terminal(struct scene *s, struct actor *me, const void *arg)
{
	const char *key = arg;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master))
		return 1;
	if (ptsname_r(master, s->terminal, sizeof(s->terminal)))
		return 1;
	ready(me);
	await_cue(me);
	if (*key && write(master, key, 1) != 1)
		return 1;
	if (*key)
		await_cue(me);
	return close(master);
}

static int in_session(struct scene *s, struct actor *me, const void *arg)
{
	int terminal;

	setsid();
	terminal = open(s->terminal, O_RDWR);
	if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0))
		return 1;
	return sleeper(s, me, arg);
}

static void need_terminals(struct scene *s)
{
	if (access("/dev/ptmx", R_OK | W_OK) || access("/dev/pts", X_OK))
		skip(s, "no pseudo terminals: %s", strerror(errno));
}

/* When the leader of a session dies, its foreground processes are told; it is one of them. */
static void expect_late_hangup(struct death *d)
{
	expect_signal(d, (struct expected_signal){
				 .by = { .signal = SIGHUP, .code = SI_KERNEL, .origin = "KERNEL", .open = "origin" },
				 .result = "IGNORED|ALREADY_PENDING|DELIVERED", .disposition = "DEFAULT",
				 .fatal_open = true, .at_least = 0, .at_most = 1 });
}

static void hangup(struct scene *s, const void *arg)
{
	struct actor *terminal, *victim;
	struct death d;

	need_terminals(s);
	terminal = spawn(s, "terminal", holding_terminal, arg);
	victim = spawn(s, "victim", in_session, NULL);
	cue(terminal);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGHUP, .code = SI_KERNEL, .origin = "KERNEL", .open = "origin" });
	/* Follows the hangup, so that a stopped process notices it. */
	expect_signal(&d, (struct expected_signal){
				  .by = { .signal = SIGCONT, .code = SI_KERNEL, .origin = "KERNEL", .open = "origin" },
				  .result = "DELIVERED|IGNORED", .disposition = "DEFAULT|IGNORED", .at_least = 0,
				  .at_most = 1 });
	expect_late_hangup(&d);
	report(s, &d);
	bury_clean(s, terminal);
}

static void key_press(struct scene *s, const void *arg)
{
	struct actor *terminal, *victim;
	struct death d;

	need_terminals(s);
	terminal = spawn(s, "terminal", holding_terminal, arg);
	victim = spawn(s, "victim", in_session, NULL);
	cue(terminal);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = *(const char *)arg == 3 ? SIGINT : SIGQUIT, .code = SI_KERNEL,
					  .origin = "KERNEL", .open = "origin" });
	expect_late_hangup(&d);
	report(s, &d);
	cue(terminal);
	bury_clean(s, terminal);
}

struct last_will {
	int signal;
	bool killed; /* the parent is killed rather than exits */
};

static int dependent(struct scene *s, struct actor *me, const void *arg)
{
	const struct last_will *will = arg;

	prctl(PR_SET_PDEATHSIG, will->signal);
	return sleeper(s, me, NULL);
}

static int dying_parent(struct scene *s, struct actor *me, const void *arg)
{
	const struct last_will *will = arg;

	spawn(s, "victim", dependent, will);
	ready(me);
	if (!will->killed)
		await_cue(me);
	else
		for (;;)
			pause();
	return 0;
}

static int assassin(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGKILL) ? 1 : 0;
}

static void parent_death(struct scene *s, const void *arg)
{
	const struct last_will *will = arg;
	struct actor *parent = spawn(s, "parent", dying_parent, will), *victim = &s->actors[1], *killer = NULL;
	struct death d;

	if (will->killed) {
		killer = spawn(s, "killer", assassin, parent);
		d = bury(s, parent);
		expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
		report(s, &d);
		bury_clean(s, killer);
	} else {
		cue(parent);
		bury_clean(s, parent);
	}
	d = bury(s, victim);
	d.ppid = 0; /* adopted at about the same time */
	expect_killed(&d, (struct cause){ .signal = will->signal, .origin = "PARENT_DEATH", .context = parent });
	report(s, &d);
}

static void fork_and_end(struct scene *s, struct actor *me, const void *arg)
{
	(void)me;
	spawn(s, "victim", dependent, arg);
	end_thread(0);
}

static int thread_parent(struct scene *s, struct actor *me, const void *arg)
{
	start_thread(s, me, fork_and_end, arg);
	ready(me);
	await_cue(me);
	return 0;
}

/* The parent is the thread that forked: its end is enough, the process lives on. */
static void parent_thread_death(struct scene *s, const void *arg)
{
	const struct last_will *will = arg;
	struct actor *parent = spawn(s, "parent", thread_parent, will), *victim = &s->actors[1];
	struct death d;

	nap_ms(50);
	cue(parent);
	bury_clean(s, parent);
	d = bury(s, victim);
	d.ppid = 0;
	expect_killed(&d, (struct cause){ .signal = will->signal, .origin = "PARENT_DEATH", .context = parent,
					  .open = "origin context" });
	/* The rest of the parent adopted it and ends while it is a zombie. */
	expect_signal(&d, (struct expected_signal){
				  .by = { .signal = will->signal, .origin = "PARENT_DEATH", .open = "origin context" },
				  .result = "IGNORED|ALREADY_PENDING", .disposition = "DEFAULT", .at_least = 0,
				  .at_most = 1 });
	report(s, &d);
}

#define PROVOKE(...) provoke, &(const struct provocation){ __VA_ARGS__ }, 0
#define WILL(...) &(const struct last_will){ __VA_ARGS__ }, 0

const struct kind limit_kinds[] = {
	{ "rlimit-cpu-soft", "RLIMIT_CPU, soft limit", PROVOKE(cpu_soft, SIGXCPU, SI_KERNEL, "KERNEL", false, NULL) },
	{ "rlimit-cpu-hard", "RLIMIT_CPU, hard limit: no OOM", PROVOKE(cpu_hard, SIGKILL, SI_KERNEL, "KERNEL", false, NULL) },
	{ "rlimit-fsize", "RLIMIT_FSIZE", PROVOKE(file_size, SIGXFSZ, SI_USER, "KERNEL", true, NULL) },
	{ "alarm", "alarm(2)", PROVOKE(by_alarm, SIGALRM, SI_KERNEL, "TIMER", false, NULL) },
	{ "timer-real", "setitimer(ITIMER_REAL)", PROVOKE(real_timer, SIGALRM, SI_KERNEL, "TIMER", false, NULL) },
	{ "timer-virtual", "setitimer(ITIMER_VIRTUAL)", PROVOKE(virtual_timer, SIGVTALRM, SI_KERNEL, "TIMER", false, NULL) },
	{ "timer-profiling", "setitimer(ITIMER_PROF)", PROVOKE(profiling_timer, SIGPROF, SI_KERNEL, "TIMER", false, NULL) },
	{ "timer-posix", "timer_create(2) with SIGTERM", PROVOKE(posix_timer, SIGTERM, SI_TIMER, "TIMER", false, NULL) },
	{ "pipe", "write to a pipe without reader", PROVOKE(broken_pipe, SIGPIPE, SI_USER, "IO", true, NULL) },
	{ "sigio", "O_ASYNC, SIGIO", asynchronous_io, &(const int){ 0 }, 0 },
	{ "sigio-term", "O_ASYNC, F_SETSIG with SIGTERM", asynchronous_io, &(const int){ SIGTERM }, 0 },
#if defined(SYS_mq_open)
	{ "message-queue", "mq_notify(3) with SIGTERM", message_queue, NULL, 0 },
#endif
	{ "tty-hangup", "the terminal is closed", hangup, "", 0 },
	{ "tty-interrupt", "Ctrl-C at the terminal", key_press, "\x03", 0 },
	{ "tty-quit", "Ctrl-\\ at the terminal", key_press, "\x1c", 0 },
	{ "parent-death", "PR_SET_PDEATHSIG with SIGKILL, the parent exits", parent_death, WILL(SIGKILL, false) },
	{ "parent-death-term", "PR_SET_PDEATHSIG with SIGTERM, the parent exits", parent_death, WILL(SIGTERM, false) },
	{ "parent-killed", "PR_SET_PDEATHSIG with SIGKILL, the parent is killed", parent_death, WILL(SIGKILL, true) },
	{ "parent-thread-death", "PR_SET_PDEATHSIG, the thread that forked ends", parent_thread_death, WILL(SIGKILL, false) },
	{ 0 },
};
