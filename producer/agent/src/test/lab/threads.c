// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads of an actor, ended by the bare system call so that libc does not interfere. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deathlab.h"

struct thread_start {
	struct scene *scene;
	struct actor *me;
	thread_fn run;
	const void *arg;
	pid_t tid;
};

static void *enter(void *pointer)
{
	struct thread_start start = *(struct thread_start *)pointer;

	__atomic_store_n(&((struct thread_start *)pointer)->tid, gettid(), __ATOMIC_SEQ_CST);
	start.run(start.scene, start.me, start.arg);
	end_thread(0);
}

pid_t start_thread(struct scene *s, struct actor *me, thread_fn run, const void *arg)
{
	struct thread_start start = { .scene = s, .me = me, .run = run, .arg = arg };
	pthread_t thread;
	pid_t tid;

	if (pthread_create(&thread, NULL, enter, &start))
		_exit(95);
	while (!(tid = __atomic_load_n(&start.tid, __ATOMIC_SEQ_CST)))
		usleep(100);
	return tid;
}

void end_thread(int code)
{
	for (;;)
		syscall(SYS_exit, code);
}
