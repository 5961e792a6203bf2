// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes signals and deaths at a steady rate: load for the tests of faults.
 *
 * Usage: storm EVENTS_PER_SECOND DEATHS_PER_SECOND MILLISECONDS VICTIM
 *
 * VICTIM is the name of the processes that die.
 * Ends after that time, or early when it gets a SIGTERM.
 *
 * Events: the kernel's, two for a signal (sent, delivered), two at least for a
 * death (sent, exit). The signals are harmless, the deaths are by SIGKILL. At the
 * end, after a pause, one signal and one death on each CPU, so that every
 * sequence ends with an event that had room. Prints "deaths=N signals=N late_ms=N":
 * what was made, and how far behind its schedule it ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 2000000L
#define SECOND_NS 1000000000L

static long signals_made, deaths_made;
static const char *victim;

static volatile sig_atomic_t stopped;

static void nothing(int signal)
{
	(void)signal;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void sleep_until(long when_ns)
{
	struct timespec when = { .tv_sec = when_ns / SECOND_NS, .tv_nsec = when_ns % SECOND_NS };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

static void one_signal(void)
{
	kill(getpid(), SIGUSR1);
	signals_made++;
}

static void one_death(void)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NAME, victim);
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	if (child < 0) {
		perror("storm: fork");
		exit(1);
	}
	waitpid(child, NULL, 0);
	deaths_made++;
}

static void last_on_each_cpu(void)
{
	cpu_set_t allowed, one;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		one_signal();
		one_death();
	}
}

int main(int argc, char **argv)
{
	long events, deaths, milliseconds, start, end, late;

	if (argc != 5) {
		fprintf(stderr,
			"Usage: storm EVENTS_PER_SECOND DEATHS_PER_SECOND MILLISECONDS VICTIM\n");
		return 2;
	}
	events = atol(argv[1]);
	deaths = atol(argv[2]);
	milliseconds = atol(argv[3]);
	victim = argv[4];
	signal(SIGUSR1, nothing);
	signal(SIGTERM, stop);
	start = now_ns();
	end = start + milliseconds * 1000000L;
	for (long tick = start; !stopped && tick < end; tick += TICK_NS) {
		double passed = (double)(tick + TICK_NS - start) / SECOND_NS;

		while (deaths_made < passed * deaths)
			one_death();
		while (2 * (signals_made + deaths_made) < passed * events)
			one_signal();
		sleep_until(tick + TICK_NS);
	}
	late = stopped ? 0 : (now_ns() - end) / 1000000L;
	sleep(2);
	last_on_each_cpu();
	printf("deaths=%ld signals=%ld late_ms=%ld\n", deaths_made, signals_made, late);
	return 0;
}
