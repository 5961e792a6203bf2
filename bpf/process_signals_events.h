/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of every record in the ring buffer: the only definition, shared by
 * the BPF programs, the JNI shim and (through event-layout.json and a test) Java.
 *
 * Rules for a change: fields are naturally aligned and padding is spelled out,
 * no "packed" (clang would write members byte by byte); records are a multiple
 * of 8 bytes; any change of an offset, size or meaning raises PS_LAYOUT_VERSION.
 *
 * Units: *_ns are nanoseconds of CLOCK_BOOTTIME unless stated otherwise. Process
 * ids are those of the initial pid namespace unless the name says ns_. Text is
 * raw bytes as the kernel holds them: not necessarily UTF-8.
 */
#ifndef PROCESS_SIGNALS_EVENTS_H
#define PROCESS_SIGNALS_EVENTS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define PS_LAYOUT_VERSION 1

#define PS_COMM_LEN 16		/* TASK_COMM_LEN, include/linux/sched.h */
#define PS_FILENAME_MAX 256	/* bytes of an exec's filename kept */
#define PS_ARGS_MAX 4096	/* upper bound of ps_options.exec_args_max */
#define PS_CGROUP_PATH_MAX 1024 /* bytes of a new cgroup's path kept */

/* What a record is; the value of ps_record_header.type. */
enum ps_record_type {
	PS_RECORD_EXEC = 1,
	PS_RECORD_EXIT = 2,
	PS_RECORD_SIGNAL_SENT = 3,
	PS_RECORD_SIGNAL_DELIVERED = 4,
	PS_RECORD_OOM_KILL = 5,
	PS_RECORD_CGROUP = 6,  /* for the agent only: never becomes an event */
	PS_RECORD_RUNNING = 7, /* not in the ring: read from the task iterator at start */
};

/*
 * Which hook counted the record's sequence: (hook, cpu, sequence) identifies a
 * record within one capture. Indexes the counters of ps_hook_counters.
 */
enum ps_hook {
	PS_HOOK_PROCESS_EXEC = 0,     /* sched:sched_process_exec */
	PS_HOOK_PROCESS_EXIT = 1,     /* sched:sched_process_exit */
	PS_HOOK_SIGNAL_GENERATE = 2,  /* signal:signal_generate */
	PS_HOOK_SIGNAL_DELIVER = 3,   /* signal:signal_deliver */
	PS_HOOK_OOM_MARK_VICTIM = 4,  /* oom:mark_victim */
	PS_HOOK_CGROUP = 5,	      /* cgroup:cgroup_mkdir, cgroup:cgroup_rmdir */
	PS_HOOK_OOM_KILL_PROCESS = 6, /* kprobe, optional: makes no records of its own */
	PS_HOOK_COUNT = 7,
};

/* ps_record_header.flags: facts about the record. */
enum ps_record_flags {
	PS_FLAG_BULK = 1 << 0,		     /* was subject to admission control */
	PS_FLAG_ARGS_TRUNCATED = 1 << 1,     /* exec: more arguments than were kept */
	PS_FLAG_FILENAME_TRUNCATED = 1 << 2, /* exec: filename longer than kept */
	PS_FLAG_ARGS_UNREADABLE = 1 << 3,    /* exec: the argument pages were not resident */
	PS_FLAG_GROUP = 1 << 4,		     /* signal: directed at the process, not one thread */
	PS_FLAG_NO_SIGINFO = 1 << 5,	     /* signal: sent with SEND_SIG_NOINFO */
	PS_FLAG_FATAL = 1 << 6,		     /* signal: queued and not handled nor ignored */
	PS_FLAG_OOM = 1 << 7,		     /* signal, cause: made by the OOM killer */
	PS_FLAG_CAUSE = 1 << 8,		     /* exit: ps_exit_record.cause is filled */
	PS_FLAG_SENDER = 1 << 9,	     /* signal, cause: sender is who sent it */
	PS_FLAG_CONTEXT = 1 << 10,	     /* signal, cause: sender is only the task that ran */
	PS_FLAG_OOM_DECISION = 1 << 11,	     /* oom: what oom_kill_process was told is filled */
	PS_FLAG_CGROUP_REMOVED = 1 << 12,    /* cgroup: rmdir, else mkdir */
	PS_FLAG_PATH_TRUNCATED = 1 << 13,    /* cgroup: path longer than kept */
	PS_FLAG_OOM_EVIDENCE = 1 << 14,	     /* oom: known from call chain and stack, no kprobe */
};

/* How a signal came to be; decided in the kernel from the evidence at hand. */
enum ps_origin {
	PS_ORIGIN_UNKNOWN = 0,
	PS_ORIGIN_USER = 1,	      /* kill(2), pidfd_send_signal(2), cgroup.kill */
	PS_ORIGIN_QUEUE = 2,	      /* sigqueue(3) */
	PS_ORIGIN_THREAD = 3,	      /* tgkill(2), tkill(2) */
	PS_ORIGIN_KERNEL = 4,	      /* the kernel, for a reason not named below */
	PS_ORIGIN_TIMER = 5,	      /* alarm(2), setitimer(2), timer_create(2) */
	PS_ORIGIN_FAULT = 6,	      /* a CPU exception or seccomp, by the target itself */
	PS_ORIGIN_IO = 7,	      /* SIGPIPE, SIGIO, message queue, asynchronous I/O */
	PS_ORIGIN_PARENT_DEATH = 8,   /* prctl(PR_SET_PDEATHSIG) */
	PS_ORIGIN_PIDNS_TEARDOWN = 9, /* the init of the target's pid namespace died */
};

/* What the target would do with the signal when it was generated. */
enum ps_disposition {
	PS_DISPOSITION_UNKNOWN = 0,
	PS_DISPOSITION_DEFAULT = 1,
	PS_DISPOSITION_HANDLED = 2,
	PS_DISPOSITION_IGNORED = 3,
};

/* enum oom_constraint of include/linux/oom.h plus one, and what we add. */
enum ps_oom_constraint {
	PS_OOM_UNKNOWN = 0,
	PS_OOM_GLOBAL = 1,
	PS_OOM_CPUSET = 2,
	PS_OOM_MEMPOLICY = 3,
	PS_OOM_MEMCG = 4,
	PS_OOM_SYSRQ = 5,
};

/* First in every record. 40 bytes. */
struct ps_record_header {
	__u32 length;	      /* bytes of the whole record, this header included */
	__u16 layout_version; /* PS_LAYOUT_VERSION */
	__u8 type;	      /* enum ps_record_type */
	__u8 hook;	      /* enum ps_hook */
	__u32 cpu;	      /* that counted the sequence */
	__u32 flags;	      /* enum ps_record_flags */
	__u64 sequence;	      /* from 1, per hook and cpu */
	__u64 boot_ns;	      /* when the hook ran */
	__u64 capture_id;     /* boot time in microseconds when the counters were created */
};

/* One process, as the kernel knew it when the hook ran. 88 bytes. */
struct ps_process {
	__u32 tgid;
	__u32 pid;	       /* the thread the hook was about; tgid for the leader */
	__u64 start_ns;	       /* group leader's start_boottime */
	__u64 cgroup_id;       /* kernfs id: v1 memory controller's, else the v2 cgroup's */
	__u64 parent_start_ns; /* of ppid, same clock */
	__u32 ppid;	       /* real parent's tgid */
	__u32 ns_pid;	       /* tgid as seen inside its own pid namespace */
	__u32 uid;	       /* real uid in the initial user namespace */
	__u32 gid;
	__u32 ns_level;		       /* depth of its pid namespace; 0 is the initial one */
	__u32 ns_inum;		       /* inode number of its pid namespace */
	char comm[PS_COMM_LEN];	       /* group leader's, NUL padded */
	char parent_comm[PS_COMM_LEN]; /* NUL padded */
};

/* The last signal that could have ended a process. 112 bytes. */
struct ps_cause {
	__u64 boot_ns;	     /* when it was generated */
	__u32 signal;	     /* 1-64; 0: none */
	__s32 code;	     /* si_code */
	__u32 flags;	     /* PS_FLAG_GROUP, _NO_SIGINFO, _FATAL, _OOM, _SENDER, _CONTEXT */
	__u8 origin;	     /* enum ps_origin */
	__u8 disposition;    /* enum ps_disposition */
	__u8 oom_constraint; /* enum ps_oom_constraint, where _OOM */
	__u8 pad;
	struct ps_process sender; /* valid with PS_FLAG_SENDER or PS_FLAG_CONTEXT */
};

/* PS_RECORD_EXEC: 144 bytes, then filename_len + args_len bytes, padded to 8. */
struct ps_exec_record {
	struct ps_record_header header;
	struct ps_process process;
	__u32 old_pid;	    /* thread id before the exec */
	__u16 filename_len; /* bytes, no NUL */
	__u16 args_len;	    /* bytes, NUL between arguments, last NUL included if kept */
	__u32 args_total;   /* bytes that the arguments really had */
	__u32 pad;
};

/*
 * PS_RECORD_EXIT: one per process. 280 bytes with PS_FLAG_CAUSE, else 168: the
 * record ends before cause.
 */
struct ps_exit_record {
	struct ps_record_header header;
	struct ps_process process;
	__u32 wait_status; /* as wait4(2) would give it */
	__u32 pad;
	__u64 runtime_ns; /* CPU time of all its threads, scheduler's clock */
	__u64 user_ns;	  /* tick-based: only the ratio user/system is good */
	__u64 system_ns;
	__u64 max_rss_pages;   /* high-water mark, pages of the node's page size */
	struct ps_cause cause; /* valid with PS_FLAG_CAUSE; absent from the record without */
};

/*
 * PS_RECORD_SIGNAL_SENT and PS_RECORD_SIGNAL_DELIVERED. 232 bytes with
 * PS_FLAG_SENDER or PS_FLAG_CONTEXT, else 144: the record ends before sender.
 */
struct ps_signal_record {
	struct ps_record_header header;
	struct ps_process process; /* the target */
	__u32 signal;
	__s32 code;	     /* si_code */
	__u8 result;	     /* TRACE_SIGNAL_* of include/trace/events/signal.h: 0 delivered,
			     1 ignored, 2 already pending, 3 overflow, 4 siginfo lost */
	__u8 origin;	     /* enum ps_origin */
	__u8 disposition;    /* enum ps_disposition */
	__u8 oom_constraint; /* enum ps_oom_constraint, where PS_FLAG_OOM */
	__u32 pad;
	struct ps_process sender; /* with PS_FLAG_SENDER or PS_FLAG_CONTEXT; else absent */
};

/* PS_RECORD_OOM_KILL: process is the victim. */
struct ps_oom_record {
	struct ps_record_header header;
	struct ps_process process;
	struct ps_process trigger; /* the task that ran out: often a bystander */
	__u64 total_vm_pages;
	__u64 anon_rss_pages;
	__u64 file_rss_pages;
	__u64 shmem_rss_pages;
	__u64 pgtables_bytes;
	__u64 limit_pages;	  /* with PS_FLAG_OOM_DECISION: of the limiting memcg, or all */
	__u64 usage_pages;	  /* with PS_FLAG_OOM_DECISION and a memcg */
	__u64 limiting_cgroup_id; /* with PS_FLAG_OOM_DECISION and a memcg, else 0 */
	__u64 points;		  /* with PS_FLAG_OOM_DECISION: badness of the chosen */
	__s16 oom_score_adj;
	__u8 constraint; /* enum ps_oom_constraint */
	__u8 pad[5];
};

/* PS_RECORD_CGROUP: 56 bytes, then path_len bytes, padded to 8. */
struct ps_cgroup_record {
	struct ps_record_header header;
	__u64 cgroup_id;
	__u32 hierarchy; /* 0: v2, else the v1 hierarchy's number in /proc/cgroups */
	__u16 path_len;	 /* bytes, no NUL; path relative to the hierarchy's root */
	__u16 pad;
};

/* PS_RECORD_RUNNING: hook, cpu and sequence mean nothing here. */
struct ps_running_record {
	struct ps_record_header header;
	struct ps_process process;
};

/* Counters of one hook on one CPU; they only grow. */
struct ps_hook_counters {
	__u64 sequence;	     /* the last number given out */
	__u64 lost;	     /* of these, not written: ring full or admission refused */
	__u64 lost_priority; /* of lost: deaths by signal, abnormal exits, OOM, lethal signals */
	__u64 last_lost_ns;  /* when the last one was lost */
};

/* Indexes ps_rate_bucket.suppressed: the types that the rate limit may hold back. */
enum ps_bulk_type {
	PS_BULK_EXEC = 0,
	PS_BULK_EXIT = 1,
	PS_BULK_SIGNAL_SENT = 2,
	PS_BULK_SIGNAL_DELIVERED = 3,
	PS_BULK_COUNT = 4,
};

/* One cgroup's share of bulk events. The counts only grow. */
struct ps_rate_bucket {
	__u64 cgroup_id;
	__u64 next_ns; /* theoretical arrival time of the next event, CLOCK_BOOTTIME */
	__u64 suppressed[PS_BULK_COUNT];
	__u64 last_suppressed_ns;
};

/* Keys of the map that all pinned sets share. */
enum ps_generation_key {
	PS_GENERATION_ACTIVE = 0,    /* the set that speaks */
	PS_GENERATION_HEARTBEAT = 1, /* when an agent last lived, nanoseconds of CLOCK_BOOTTIME */
	PS_GENERATION_COUNT = 2,
};

/* Not in a record: losses of one hook on one CPU that were already told. */
struct ps_reported {
	__u64 lost;
	__u64 lost_priority;
	__u64 skipped_runs; /* of all CPUs, in the first one's */
};

/* Not in a record: how much of a ps_rate_bucket's counts was already told. */
struct ps_rate_told {
	__u64 suppressed[PS_BULK_COUNT];
};

/* Not in a record: what a pinned set of programs was made from. */
struct ps_pin_identity {
	__u64 layout_version;
	__u64 build;   /* hash of the BPF object */
	__u64 options; /* hash of what the programs were told */
	__u64 capture_id;
	__u64 ring_bytes;
	__u64 complete; /* 1: everything is pinned and attached */
};

/* Not in a record: a kernel function's text, as the loader tells it to the programs. */
struct ps_text_range {
	__u64 start; /* 0 where /proc/kallsyms hides addresses */
	__u64 end;
};

#define PS_STATIC_ASSERT(expr, msg) _Static_assert(expr, msg)
PS_STATIC_ASSERT(sizeof(struct ps_record_header) == 40, "ps_record_header");
PS_STATIC_ASSERT(sizeof(struct ps_process) == 88, "ps_process");
PS_STATIC_ASSERT(sizeof(struct ps_cause) == 112, "ps_cause");
PS_STATIC_ASSERT(sizeof(struct ps_exec_record) == 144, "ps_exec_record");
PS_STATIC_ASSERT(sizeof(struct ps_exit_record) == 280, "ps_exit_record");
PS_STATIC_ASSERT(sizeof(struct ps_signal_record) == 232, "ps_signal_record");
PS_STATIC_ASSERT(sizeof(struct ps_oom_record) == 296, "ps_oom_record");
PS_STATIC_ASSERT(sizeof(struct ps_cgroup_record) == 56, "ps_cgroup_record");
PS_STATIC_ASSERT(sizeof(struct ps_running_record) == 128, "ps_running_record");
PS_STATIC_ASSERT(sizeof(struct ps_hook_counters) == 32, "ps_hook_counters");

PS_STATIC_ASSERT(sizeof(struct ps_rate_bucket) == 56, "ps_rate_bucket");

#endif /* PROCESS_SIGNALS_EVENTS_H */
