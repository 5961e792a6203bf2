/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes for the tests: see usage(). */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int usage(void)
{
	fputs("segv          read address 16\n"
	      "threads N     start N threads and exit with 0 while they run\n"
	      "eat MIB       touch so much memory, say so, wait for a signal\n"
	      "signals N     send SIGUSR1, which is handled, N times to itself\n"
	      "paced N       the same, with pauses in which a reader keeps up\n"
	      "children N    start N processes, one after the other, that exit with 0\n"
	      "sleepers N    start N processes that do nothing, say so; all end with standard input\n",
	      stderr);
	return 2;
}

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int threads(long count)
{
	for (long i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, wait_forever, NULL))
			return 1;
	}
	return 0;
}

static int eat(long mib)
{
	size_t bytes = (size_t)mib << 20;
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	memset(memory, 1, bytes);
	puts("full");
	fflush(stdout);
	pause();
	return 0;
}

static void ignore(int signal)
{
	(void)signal;
}

static int signals(long count, long burst)
{
	signal(SIGUSR1, ignore);
	for (long i = 1; i <= count; i++) {
		kill(getpid(), SIGUSR1);
		if (i % burst == 0)
			usleep(10000);
	}
	return 0;
}

static int children(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			return 1;
	}
	return 0;
}

static int sleepers(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			wait_forever(NULL);
		}
	}
	puts("asleep");
	fflush(stdout);
	return getchar() == EOF ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "segv"))
		return *(volatile char *)16;
	if (argc != 3)
		return usage();

	long n = strtol(argv[2], NULL, 10);

	if (!strcmp(argv[1], "threads"))
		return threads(n);
	if (!strcmp(argv[1], "eat"))
		return eat(n);
	if (!strcmp(argv[1], "signals"))
		return signals(n, n + 1);
	if (!strcmp(argv[1], "paced"))
		return signals(n, 100);
	if (!strcmp(argv[1], "children"))
		return children(n);
	if (!strcmp(argv[1], "sleepers"))
		return sleepers(n);
	return usage();
}
