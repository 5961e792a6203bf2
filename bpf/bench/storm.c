// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes events at full speed, for the benchmarks.
 *
 *   storm KIND COUNT [BURST PAUSE_US]
 *
 * Does COUNT operations of one kind, sleeps PAUSE_US microseconds after every
 * BURST of them, and prints how many it did and the nanoseconds they took
 * without the pauses. Exits with 0, 1 if the system refuses, 2 for wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *self;

static void fail(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void reap(pid_t child)
{
	if (waitpid(child, NULL, 0) != child)
		fail("waitpid");
}

/* A process that lives for a moment: one exit, no exec. */
static void op_fork(void)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (!child)
		_exit(0);
	reap(child);
}

static void branch(int depth)
{
	pid_t children[2];

	if (!depth)
		return;
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] < 0)
			fail("fork");
		if (!children[i]) {
			branch(depth - 1);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++)
		reap(children[i]);
}

/* A fork bomb that ends: 126 processes, most of them at once. */
static void op_bomb(void)
{
	branch(6);
}

/* One exec, one exit. */
static void op_exec(void)
{
	char *arguments[] = { "storm-child", "nothing", "0", NULL };
	pid_t child;

	errno = posix_spawn(&child, self, NULL, NULL, arguments, environ);
	if (errno)
		fail("posix_spawn");
	reap(child);
}

/* A signal that the default mask reports, to a handler that does nothing: sent and delivered. */
static void op_signal(void)
{
	kill(getpid(), SIGUSR1);
}

/* The same, but ignored: sent only. The fastest way to make events. */
static void op_ignored(void)
{
	kill(getpid(), SIGUSR2);
}

/* A signal that the default mask does not report. */
static void op_masked(void)
{
	kill(getpid(), SIGWINCH);
}

/* A death by signal. */
static void op_kill(void)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (!child) {
		pause();
		_exit(1);
	}
	kill(child, SIGKILL);
	reap(child);
}

/* In turn: 100 signals, an exec and an exit, an exit, a death by signal. */
static void op_mixed(void)
{
	for (int i = 0; i < 100; i++)
		op_signal();
	op_exec();
	op_fork();
	op_kill();
}

static void op_nothing(void)
{
}

static const struct kind {
	const char *name;
	void (*op)(void);
} kinds[] = {
	{ "fork", op_fork },	   { "exec", op_exec },	    { "signal", op_signal },
	{ "ignored", op_ignored }, { "masked", op_masked }, { "kill", op_kill },
	{ "mixed", op_mixed },	   { "bomb", op_bomb },	    { "nothing", op_nothing },
};

static void handler(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	const struct kind *kind = NULL;
	uint64_t count, burst = 0, pause_us = 0, start, spent = 0;

	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, argv[1]))
			kind = &kinds[i];
	if (!kind || (argc != 3 && argc != 5)) {
		fprintf(stderr,
			"Usage: storm fork|exec|signal|ignored|masked|kill|mixed|bomb COUNT [BURST PAUSE_US]\n");
		return 2;
	}
	count = strtoull(argv[2], NULL, 10);
	if (kind->op == op_nothing)
		return 0;
	if (argc == 5) {
		burst = strtoull(argv[3], NULL, 10);
		pause_us = strtoull(argv[4], NULL, 10);
	}
	self = argv[0];
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGWINCH, SIG_IGN);
	start = now_ns();
	for (uint64_t done = 1; done <= count; done++) {
		kind->op();
		if (burst && done % burst == 0 && done < count) {
			spent += now_ns() - start;
			usleep(pause_us);
			start = now_ns();
		}
	}
	spent += now_ns() - start;
	printf("%llu %llu\n", (unsigned long long)count, (unsigned long long)spent);
	return 0;
}
