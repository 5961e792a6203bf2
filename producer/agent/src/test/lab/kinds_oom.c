// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory cgroup OOM killer. The global one is left alone: it might choose anybody. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deathlab.h"

#define MIB (1024 * 1024)
#define LIMIT (32 * MIB)
#define PAGE 4096

/* Touches anonymous memory, page by page, so that every one is charged. */
static void eat(size_t bytes)
{
	volatile char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(91);
	for (size_t i = 0; i < bytes; i += PAGE)
		memory[i] = 1;
}

struct appetite {
	size_t bytes;
	const char *oom_score_adj; /* NULL: as it is */
	bool in_thread;
};

static void eat_in_thread(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)me;
	eat(((const struct appetite *)arg)->bytes);
}

/* Waits to be put into its cgroup, eats, says so. */
static int eater(struct scene *s, struct actor *me, const void *arg)
{
	const struct appetite *appetite = arg;

	if (appetite->oom_score_adj && !write_file("/proc/self/oom_score_adj", appetite->oom_score_adj))
		return 90;
	ready(me);
	await_cue(me);
	if (appetite->in_thread) {
		start_thread(s, me, eat_in_thread, appetite);
		for (;;)
			pause();
	}
	eat(appetite->bytes);
	ready(me);
	await_cue(me);
	return 0;
}

static struct actor *seat(struct scene *s, const char *part, const struct appetite *appetite, const struct cgroup *g)
{
	struct actor *a = spawn(s, part, eater, appetite);

	cgroup_join(s, g, a->tgid);
	return a;
}

static struct cause oom(const struct actor *trigger)
{
	return (struct cause){ .signal = SIGKILL, .code = SI_KERNEL, .origin = "KERNEL", .oom = true,
			       .context = trigger };
}

static void expect_oom_kill(struct death *d, const struct actor *trigger, const struct cgroup *limiting,
			    const struct cgroup *victims)
{
	expect_killed(d, oom(trigger));
	expect_oom(d, (struct expected_oom){ .constraint = "MEMCG", .trigger = trigger, .limiting = limiting,
					     .victims = victims, .limit_bytes = LIMIT });
	d->cgroup = victims;
}

static void report_oom(struct scene *s, struct actor *victim, const struct actor *trigger,
		       const struct cgroup *limiting, const struct cgroup *victims)
{
	struct death d = bury(s, victim);

	expect_oom_kill(&d, trigger, limiting, victims);
	report(s, &d);
}

static const struct appetite too_much = { .bytes = 2 * LIMIT };

static void victim_triggers(struct scene *s, const void *arg)
{
	const struct cgroup *g = memory_cgroup(s, NULL);
	struct actor *victim;

	limit_memory(s, g, LIMIT);
	victim = seat(s, "victim", arg, g);
	cue(victim);
	report_oom(s, victim, victim, g, g);
}

/* The big one sleeps; the small one asks for what is no longer there. */
static void bystander_triggers(struct scene *s, const void *arg)
{
	static const struct appetite big = { .bytes = LIMIT / 4 * 3, .oom_score_adj = "1000" };
	static const struct appetite small = { .bytes = LIMIT / 2 };
	const struct cgroup *g = memory_cgroup(s, NULL);
	struct actor *victim, *trigger;

	(void)arg;
	limit_memory(s, g, LIMIT);
	victim = seat(s, "victim", &big, g);
	trigger = seat(s, "trigger", &small, g);
	cue(victim);
	await_ready(s, victim);
	cue(trigger);
	report_oom(s, victim, trigger, g, g);
	await_ready(s, trigger);
	cue(trigger);
	bury_clean(s, trigger);
}

static void ancestor_limits(struct scene *s, const void *arg)
{
	const struct cgroup *limiting = memory_cgroup(s, NULL), *own;
	struct actor *victim;

	limit_memory(s, limiting, LIMIT);
	own = memory_cgroup(s, limiting);
	victim = seat(s, "victim", arg, own);
	cue(victim);
	report_oom(s, victim, victim, limiting, own);
}

/* Both have a limit, near each other: only the lower one can be hit. */
static void two_limits(struct scene *s, const void *arg)
{
	const bool *own_is_lower = arg;
	const struct cgroup *parent = memory_cgroup(s, NULL), *own;
	struct actor *victim;

	limit_memory(s, parent, *own_is_lower ? LIMIT + MIB : LIMIT);
	own = memory_cgroup(s, parent);
	limit_memory(s, own, *own_is_lower ? LIMIT : LIMIT + MIB);
	victim = seat(s, "victim", &too_much, own);
	cue(victim);
	report_oom(s, victim, victim, *own_is_lower ? own : parent, own);
}

/* Two cgroups below the limit: the trigger is in one, the victim in the other. */
static void cousin_triggers(struct scene *s, const void *arg)
{
	static const struct appetite big = { .bytes = LIMIT / 4 * 3, .oom_score_adj = "1000" };
	static const struct appetite small = { .bytes = LIMIT / 2 };
	const struct cgroup *limiting = memory_cgroup(s, NULL), *victims, *triggers;
	struct actor *victim, *trigger;

	(void)arg;
	limit_memory(s, limiting, LIMIT);
	victims = memory_cgroup(s, limiting);
	triggers = memory_cgroup(s, limiting);
	victim = seat(s, "victim", &big, victims);
	trigger = seat(s, "trigger", &small, triggers);
	cue(victim);
	await_ready(s, victim);
	cue(trigger);
	report_oom(s, victim, trigger, limiting, victims);
	await_ready(s, trigger);
	cue(trigger);
	bury_clean(s, trigger);
}

/* memory.oom.group: all that are in the cgroup die for one of them. */
static void group_oom(struct scene *s, const void *arg)
{
	static const struct appetite little = { .bytes = MIB };
	const struct cgroup *g = memory_cgroup(s, NULL);
	struct actor *members[3];

	if (!cgroup_has(g, "memory.oom.group"))
		skip(s, "memory.oom.group needs the memory controller of cgroup v2");
	cgroup_set(s, g, "memory.oom.group", "1");
	limit_memory(s, g, LIMIT);
	for (int i = 0; i < 2; i++) {
		members[i] = seat(s, "member", &little, g);
		cue(members[i]);
		await_ready(s, members[i]);
	}
	members[2] = seat(s, "trigger", arg, g);
	cue(members[2]);
	for (int i = 0; i < 3; i++) {
		struct death d = bury(s, members[i]);

		expect_oom_kill(&d, members[2], g, g);
		/* The chosen one is also a member of the group that is then killed. */
		expect_signal(&d, (struct expected_signal){ .by = oom(members[2]),
							    .result = "IGNORED|ALREADY_PENDING",
							    .disposition = "DEFAULT", .at_least = 0, .at_most = 1 });
		report(s, &d);
	}
}

static int user_kill(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGKILL) ? 1 : 0;
}

/* Killed by a user inside a cgroup that is nearly full: SIGKILL, 137, and no OOM. */
static void no_oom(struct scene *s, const void *arg)
{
	const struct cgroup *g = memory_cgroup(s, NULL);
	struct actor *victim, *killer;
	struct death d;

	limit_memory(s, g, LIMIT);
	victim = seat(s, "victim", arg, g);
	cue(victim);
	await_ready(s, victim);
	killer = spawn(s, "killer", user_kill, victim);
	d = bury(s, victim);
	expect_killed(&d, (struct cause){ .signal = SIGKILL, .origin = "USER", .sender = killer });
	d.cgroup = g;
	report(s, &d);
	bury_clean(s, killer);
}

const struct kind oom_kinds[] = {
	{ "oom", "memory cgroup OOM, the victim triggers", victim_triggers, &too_much, 0 },
	{ "oom-thread", "the same, a thread of the victim triggers", victim_triggers, &(const struct appetite){ .bytes = 2 * LIMIT, .in_thread = true }, 0 },
	{ "oom-bystander", "memory cgroup OOM, a bystander triggers", bystander_triggers, NULL, 0 },
	{ "oom-ancestor", "the limit is the parent cgroup's", ancestor_limits, &too_much, 0 },
	{ "oom-own-near", "the limit is its own, the parent cgroup's is little higher", two_limits, &(const bool){ true }, 0 },
	{ "oom-ancestor-near", "the limit is the parent cgroup's, its own is little higher", two_limits, &(const bool){ false }, 0 },
	{ "oom-cousin", "the limit is the parent cgroup's, another child cgroup triggers", cousin_triggers, NULL, 0 },
	{ "oom-group", "memory.oom.group: all of the cgroup die", group_oom, &too_much, 0 },
	{ "oom-not", "SIGKILL by a process in a nearly full cgroup: no OOM", no_oom, &(const struct appetite){ .bytes = LIMIT / 4 * 3 }, 0 },
	{ 0 },
};
