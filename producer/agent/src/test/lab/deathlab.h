/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The death lab: causes every kind of process death that Linux knows and says,
 * as one line of JSON per death, what truly happened. README.md has the format.
 *
 * Words: a *kind* is one way to die. Every run of a kind is a *scene* with a
 * process of its own, the director, which is the subreaper of all *actors*:
 * victims, killers, parents, bystanders. The director calls wait4(2) for each
 * of them, so that status and usage are the kernel's word, not ours; who sent
 * what is known because the director cast them. The scene lies in shared
 * memory, so that an actor can spawn another one that the director then knows.
 */
#ifndef DEATHLAB_H
#define DEATHLAB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define COMM_LEN 16 /* TASK_COMM_LEN, the NUL included */
#define MAX_ACTORS 24
#define MAX_SIGNALS 8
#define MAX_CGROUPS 4
#define MAX_ARGUMENTS 4

/* A process that plays a part. Lives in the scene's shared memory. */
struct actor {
	const char *part;
	pid_t tgid;		/* in the initial pid namespace */
	pid_t ns_pid;		/* in its own */
	pid_t tid;		/* of a thread it made for others to aim at, its own namespace */
	const struct actor *parent; /* NULL: the director */
	uid_t uid;
	char comm[COMM_LEN];	/* bytes, NUL padded */
	uint64_t born_after;	/* CLOCK_BOOTTIME, ns: it was created between these two */
	uint64_t born_before;
	bool buried;		/* the director has its wait status */
	int chan[2];		/* [0] the others' end, [1] its own */
};

struct cgroup {
	char dir[192];		/* where it is */
	char path[96];		/* below its hierarchy's mount point, as the agent names it */
	int version;		/* 1 or 2 */
};

struct kind;
struct options;

struct scene {
	const struct kind *kind;
	const struct options *options;
	unsigned int number;	/* of the run, unique in this lab */
	pid_t director;
	unsigned int n_actors;
	struct actor actors[MAX_ACTORS];
	unsigned int n_cgroups;
	struct cgroup cgroups[MAX_CGROUPS];
	bool start;		/* the starting gun of races */
	char scratch[64];	/* directory: cwd of all actors, removed at the end */
	char terminal[64];	/* name of the slave side of its pseudo terminal */
	int hold[2];		/* pipe: told of readiness, by kinds that begin before the agent */
	int release[2];
	unsigned int deaths;	/* reported */
	bool mismatch;		/* a death was not as the kind says */
};

/* Runs in the director. */
typedef void (*kind_fn)(struct scene *s, const void *arg);

struct kind {
	const char *name;
	const char *what;	/* one line for --list and the tables */
	kind_fn run;
	const void *arg;
	bool older;		/* begins before the agent: needs --hold */
};

/* Each file of kinds has a table, ended by an entry without a name. */
extern const struct kind signal_kinds[];
extern const struct kind exit_kinds[];
extern const struct kind fault_kinds[];
extern const struct kind limit_kinds[];
extern const struct kind oom_kinds[];
extern const struct kind namespace_kinds[];
extern const struct kind trace_kinds[];
extern const struct kind name_kinds[];

/* ---- what truly happened, and what may be said of it ---- */

/*
 * The signal that ended a process. `open` lists, separated by blanks, what the
 * kernel's evidence may leave open: "cause" (no cause at all), "origin"
 * (UNKNOWN), "sender" (absent), "context", "oom".
 */
struct cause {
	int signal;
	int code;		/* si_code */
	const char *origin;	/* symbol of the schema's SignalOrigin */
	bool thread;		/* aimed at a thread, not at the process */
	bool oom;
	const struct actor *sender; /* NULL: no user sender */
	const struct actor *rival;  /* if two raced, either may be it */
	const struct actor *context;
	const char *open;
};

/* One SIGNAL_SENT event about the victim, or several alike. */
struct expected_signal {
	struct cause by;
	const char *result;	/* symbols of SignalResult, "|" between alternatives */
	const char *disposition; /* symbol of SignalDisposition, same */
	bool fatal;
	bool fatal_open;	/* either is right */
	int at_least, at_most;
};

struct expected_oom {
	const char *constraint;
	const struct actor *trigger; /* NULL: any member of the group may be it */
	const struct cgroup *limiting;
	const struct cgroup *victims;
	uint64_t limit_bytes;
};

struct death {
	const struct actor *victim;
	pid_t ppid;		/* real parent when it died */
	int status;
	struct rusage usage;
	uint64_t died_before;	/* CLOCK_BOOTTIME, ns */
	bool has_cause;
	struct cause cause;
	unsigned int n_signals;
	struct expected_signal signals[MAX_SIGNALS];
	bool has_oom;
	struct expected_oom oom;
	int exit_code;		/* expected; -1: by a signal */
	int exit_signal;	/* expected; 0: by exit */
	int or_exit_code;	/* expected as well, where kernels differ; -1: none */
	const struct cgroup *cgroup;
	unsigned int n_arguments; /* of its last exec; 0: not told */
	const char *arguments[MAX_ARGUMENTS];
};

/* ---- scene.c: staging, used by the kinds ---- */

typedef int (*body_fn)(struct scene *s, struct actor *me, const void *arg);

struct spawn_options {
	const char *comm;	/* instead of a unique one */
	uid_t uid;
	pid_t set_tid;		/* pid to ask for (clone3); 0: any */
};

/* Creates an actor and returns when it has called ready(); its exit code is what body returns. */
struct actor *spawn(struct scene *s, const char *part, body_fn body, const void *arg);
struct actor *spawn_with(struct scene *s, const char *part, body_fn body, const void *arg,
			 const struct spawn_options *options);
/* For processes that spawn() cannot make: an actor without a process, whose maker fills tgid and times. */
struct actor *cast(struct scene *s, const char *part);
void born(struct actor *a, pid_t tgid, uint64_t after);
void set_comm(const struct actor *a);

void ready(struct actor *me);		/* by the actor: whoever awaits it goes on */
void await_ready(struct scene *s, struct actor *a);
void cue(struct actor *a);		/* by the director: */
void await_cue(struct actor *me);	/* by the actor */
void hold(struct scene *s);		/* by a kind with .older: until the agent runs */

/* Waits for its death and begins the report. */
struct death bury(struct scene *s, struct actor *a);
/* Waits for a supporting actor, which is expected to exit 0 by itself, and reports that. */
void bury_clean(struct scene *s, struct actor *a);
/* Blocks until it is a zombie, without reaping it. */
void await_death(struct scene *s, const struct actor *a);

_Noreturn void skip(struct scene *s, const char *reason, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fail(struct scene *s, const char *reason, ...) __attribute__((format(printf, 2, 3)));
void end_scene(struct scene *s);

uint64_t boottime_ns(void);
void nap_ms(unsigned int ms);
bool kernel_at_least(int major, int minor);
/* Writes text to a file; false with errno if it cannot. */
bool write_file(const char *path, const char *text);
bool read_file(const char *path, char *buffer, size_t size);

/* Bodies that many kinds use. */
int sleeper(struct scene *s, struct actor *me, const void *arg);

/* ---- cgroup.c ---- */

/* Makes a cgroup where the memory controller is, below parent or at the top; skips the kind if there is none. */
struct cgroup *memory_cgroup(struct scene *s, const struct cgroup *parent);
/* Makes a v2 cgroup, with or without controllers; skips if there is no v2 hierarchy. */
struct cgroup *unified_cgroup(struct scene *s);
void cgroup_set(struct scene *s, const struct cgroup *g, const char *file, const char *value);
bool cgroup_has(const struct cgroup *g, const char *file);
void cgroup_join(struct scene *s, const struct cgroup *g, pid_t pid);
void limit_memory(struct scene *s, const struct cgroup *g, uint64_t bytes);
void remove_cgroups(struct scene *s);

/* ---- report.c ---- */

/* It died by this signal: also expects the SIGNAL_SENT event, delivered, with default disposition. */
void expect_killed(struct death *d, struct cause cause);
/* It died by this signal, and no signal event tells so: a cause would be an invention. */
void expect_killed_unseen(struct death *d, int signal);
void expect_exit(struct death *d, int code);
void expect_signal(struct death *d, struct expected_signal signal);
void expect_oom(struct death *d, struct expected_oom oom);
void report(struct scene *s, const struct death *d);
void report_outcome(struct scene *s, const char *outcome, const char *reason);

/* ---- threads.c ---- */
typedef void (*thread_fn)(struct scene *s, struct actor *me, const void *arg);
/* Starts a thread and returns its id when it runs; it never ends the process by returning. */
pid_t start_thread(struct scene *s, struct actor *me, thread_fn run, const void *arg);
_Noreturn void end_thread(int code);

#endif /* DEATHLAB_H */
