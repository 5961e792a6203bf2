// SPDX-License-Identifier: GPL-2.0-or-later
/* CPU exceptions and core dumps. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"

struct fault {
	void (*raise)(void);
	int signal;
	int code;
	bool core;
	const char *open;
};

/* Not a constant, so that the compiler has no opinion on what is done with it. */
static int *volatile nowhere;

static void write_null(void)
{
	*nowhere = 1;
}

static void write_read_only(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
}

static void read_past_end(void)
{
	int fd = open("empty", O_RDWR | O_CREAT, 0600);
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	(void)*page;
}

static volatile int depth;

static int recurse(volatile char *caller)
{
	volatile char frame[4096];

	frame[0] = caller[0];
	depth++;
	return recurse(frame) + frame[0];
}

static void overflow_stack(void)
{
	const struct rlimit small = { .rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY };
	volatile char frame = 0;

	setrlimit(RLIMIT_STACK, &small);
	recurse(&frame);
}

#if defined(__x86_64__)
static void divide_by_zero(void)
{
	volatile int zero = 0;

	depth = 7 / zero;
}

static void undefined_instruction(void)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

/* An address that no page table can map: the CPU gives no address, the kernel no code. */
static void non_canonical(void)
{
	*(volatile int *)0x8000000000000000ULL = 1;
}
#define ILLEGAL_CODE ILL_ILLOPN
#else
static void undefined_instruction(void)
{
	__asm__ volatile("udf #0");
}

static void breakpoint(void)
{
	__asm__ volatile("brk #0");
}
#define ILLEGAL_CODE ILL_ILLOPC
#endif

static int faulting(struct scene *s, struct actor *me, const void *arg)
{
	const struct fault *fault = arg;
	const struct rlimit core = { .rlim_cur = fault->core ? RLIM_INFINITY : 0, .rlim_max = RLIM_INFINITY };

	(void)s;
	setrlimit(RLIMIT_CORE, &core);
	ready(me);
	fault->raise();
	return 1;
}

static void by_fault(struct scene *s, const void *arg)
{
	const struct fault *fault = arg;
	struct actor *victim = spawn(s, "victim", faulting, fault);
	struct death d = bury(s, victim);

	expect_killed(&d, (struct cause){ .signal = fault->signal, .code = fault->code, .origin = "FAULT",
					  .thread = true, .open = fault->open });
	report(s, &d);
}

static void fault_in_thread(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	await_cue(me);
	write_null();
}

static int faulting_thread(struct scene *s, struct actor *me, const void *arg)
{
	start_thread(s, me, fault_in_thread, arg);
	return sleeper(s, me, arg);
}

static void by_fault_of_thread(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", faulting_thread, arg);
	struct death d;

	cue(victim);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGSEGV, .code = SEGV_MAPERR, .origin = "FAULT", .thread = true });
	report(s, &d);
}

static void ignore_segv(void)
{
	signal(SIGSEGV, SIG_IGN);
	write_null();
}

static int quitting(struct scene *s, struct actor *me, const void *arg)
{
	const struct rlimit core = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &core);
	return sleeper(s, me, arg);
}

static int quit(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGQUIT) ? 1 : 0;
}

/* A core dump that another process asked for. */
static void core_by_quit(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", quitting, arg);
	struct actor *killer = spawn(s, "killer", quit, victim);
	struct death d = bury(s, victim);

	expect_killed(&d, (struct cause){ .signal = SIGQUIT, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
}

#define FAULT(...) by_fault, &(const struct fault){ __VA_ARGS__ }, 0

const struct kind fault_kinds[] = {
	{ "segv", "write to an unmapped page", FAULT(write_null, SIGSEGV, SEGV_MAPERR, false, NULL) },
	{ "segv-core", "the same, with a core dump", FAULT(write_null, SIGSEGV, SEGV_MAPERR, true, NULL) },
	{ "segv-access", "write to a read-only page", FAULT(write_read_only, SIGSEGV, SEGV_ACCERR, false, NULL) },
	{ "segv-ignored", "SIGSEGV ignored: a fault kills all the same", FAULT(ignore_segv, SIGSEGV, SEGV_MAPERR, false, NULL) },
	{ "segv-thread", "a thread writes to an unmapped page", by_fault_of_thread, NULL, 0 },
	{ "stack-overflow", "endless recursion", FAULT(overflow_stack, SIGSEGV, SEGV_MAPERR, false, NULL) },
	{ "bus", "read past the end of a mapped file", FAULT(read_past_end, SIGBUS, BUS_ADRERR, false, NULL) },
	{ "ill", "undefined instruction", FAULT(undefined_instruction, SIGILL, ILLEGAL_CODE, false, NULL) },
#if defined(__x86_64__)
	{ "fpe", "integer division by zero", FAULT(divide_by_zero, SIGFPE, FPE_INTDIV, false, NULL) },
	/* The kernel says only SI_KERNEL: which exception it was, and that it was one, is left open. */
	{ "trap", "breakpoint without a debugger", FAULT(breakpoint, SIGTRAP, SI_KERNEL, false, "origin") },
	{ "segv-general", "access to a non-canonical address", FAULT(non_canonical, SIGSEGV, SI_KERNEL, false, "origin") },
#else
	{ "trap", "breakpoint without a debugger", FAULT(breakpoint, SIGTRAP, TRAP_BRKPT, false, NULL) },
#endif
	{ "quit-core", "SIGQUIT by another process, with a core dump", core_by_quit, NULL, 0 },
	{ 0 },
};
