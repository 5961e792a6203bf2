/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The capture library: owns libbpf, the programs and the ring. No policy.
 *
 * Conventions: a function that can fail returns 0 or a count, or -errno. Those
 * that set things up also write one line into "error" (NUL terminated, cut to
 * fit) that says what to do. One thread polls and releases; the counters and
 * the hooks may be read from any thread until ps_capture_close().
 *
 * Lifecycle: open -> attach -> { poll -> release }* -> close
 */
#ifndef PROCESS_SIGNALS_CAPTURE_H
#define PROCESS_SIGNALS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "process_signals_events.h"

/* No record in the ring is larger; the least that a poll buffer must hold. */
#define PS_RECORD_MAX (sizeof(struct ps_exec_record) + PS_FILENAME_MAX + PS_ARGS_MAX + 8)

#define PS_HOOK_NAME_MAX 32
#define PS_REASON_MAX 192
#define PS_ERROR_MAX 512

struct ps_capture;

struct ps_options {
	__u64 ring_bytes;      /* power of two and a multiple of the page size */
	__u64 signal_mask;     /* bit (signal - 1) */
	__u32 exec_args_max;   /* bytes of arguments kept, 0 to PS_ARGS_MAX */
	__u32 bulk_percent;    /* 1-100: bulk events are refused when the ring is fuller */
	__u32 rate_per_second; /* bulk events a cgroup may make; 0: no limit */
	__u32 rate_burst;      /* and how many at once above that */
	/*
	 * A folder in bpffs in which programs, links and maps outlive the agent, or
	 * NULL. Its parent must exist.
	 */
	const char *pin_folder;
	__u32 pin_quiet_seconds; /* pinned programs fall silent without an agent for so long; 0: never */
	bool signals_delivered; /* make SIGNAL_DELIVERED records */
	bool raw_programs_only; /* for tests: as on a kernel without typed programs */
};

struct ps_hook_status {
	char name[PS_HOOK_NAME_MAX]; /* lower snake case */
	bool mandatory;
	bool attached;
	char reason[PS_REASON_MAX]; /* why not attached; empty if it is */
};

/* Hooks in the order of enum ps_hook, then the aids below. */
enum {
	PS_AID_OOM_CALL_CHAIN = PS_HOOK_COUNT, /* addresses from /proc/kallsyms */
	PS_AID_TASK_ITERATOR,
	PS_HOOK_STATUS_COUNT,
};

/*
 * Loads the programs, or adopts the pinned ones if they were made from the same
 * object and options. Pinned ones that were not are replaced without a gap: what
 * their ring still holds is read first, and their counters go on under their id
 * if they have the same shape. Errors: -EPERM without CAP_BPF and CAP_PERFMON, -ENOTSUP
 * without BTF, -EINVAL for a bad option, -ENOMEM, -EBUSY if another agent holds
 * the pin folder, or what the kernel said.
 * *capture is the caller's, to be closed, only if 0 is returned.
 */
int ps_capture_open(const struct ps_options *options, struct ps_capture **capture, char *error,
		    size_t error_size);

/* Attaches every hook. Fails if a mandatory one cannot be attached. */
int ps_capture_attach(struct ps_capture *capture, char *error, size_t error_size);

/* True if open found pinned programs and kept them: their counters go on. */
bool ps_capture_adopted(const struct ps_capture *capture);

/* True if open found pinned programs and did not keep them. */
bool ps_capture_replaced(const struct ps_capture *capture);

/* Tells pinned programs that an agent lives; once a second is enough. */
void ps_capture_heartbeat(struct ps_capture *capture);

/*
 * struct ps_reported[PS_HOOK_COUNT][ps_capture_cpus()]: losses that were told
 * already. Kept with pinned programs, so that a restarted agent tells only new
 * ones. Both return 0, -EINVAL or -errno.
 */
int ps_capture_reported(struct ps_capture *capture, void *buffer, size_t capacity);
int ps_capture_set_reported(struct ps_capture *capture, const void *buffer, size_t capacity);

/* Removes everything below a pin folder, and the folder. 0 also if it is not there. */
int ps_unpin(const char *pin_folder, char *error, size_t error_size);

/*
 * Copies whole records, in kernel order, into buffer[0, capacity). Waits up to
 * timeout_ms first, unless the ring fills meanwhile or has filled already; 0
 * does not wait. If nothing has come by then, waits on and looks again every
 * timeout_ms, for silence_ms in all, which costs a quiet node less than to
 * come back here. Does not release: a second poll copies the same records.
 * Returns bytes copied, 0 if there were none, -EINVAL if capacity is less than
 * PS_RECORD_MAX, -EPROTO if the ring holds what no program of ours wrote.
 */
ssize_t ps_capture_poll(struct ps_capture *capture, void *buffer, size_t capacity, int timeout_ms,
			int silence_ms);

/*
 * From any thread: a poll that waits, or else the next one that would, returns
 * after one timeout_ms.
 */
void ps_capture_wake(struct ps_capture *capture);

/* Lets the kernel reuse the room of the last poll's records. */
void ps_capture_release(struct ps_capture *capture);

/*
 * Copies struct ps_hook_counters[PS_HOOK_COUNT][ps_capture_cpus()], then
 * __u64[PS_HOOK_COUNT]: runs of each hook's programs that the kernel skipped
 * because the program was already running on that CPU. These took no sequence.
 */
int ps_capture_counters(struct ps_capture *capture, void *buffer, size_t capacity);

/* Bytes that ps_capture_counters() needs. */
size_t ps_capture_counters_size(const struct ps_capture *capture);

/*
 * Reads PS_RECORD_RUNNING records, one for each process that lives now, in as
 * many calls as it takes. Returns bytes, 0 at the end (the next call starts
 * again), -ENOTSUP without an iterator.
 */
ssize_t ps_capture_running(struct ps_capture *capture, void *buffer, size_t capacity);

/*
 * Copies the struct ps_rate_bucket of every cgroup that had events held back,
 * as many as fit. Returns how many, 0 also when nothing was held back since the
 * last call, or -errno.
 */
ssize_t ps_capture_suppressed(struct ps_capture *capture, struct ps_rate_bucket *buckets,
			      size_t count);

/*
 * How much of a cgroup's counts was told already, zeros if nothing, and to keep
 * it for as long as the buckets live. Both return 0 or -errno.
 */
int ps_capture_told(struct ps_capture *capture, __u64 cgroup_id, struct ps_rate_told *told);
int ps_capture_set_told(struct ps_capture *capture, __u64 cgroup_id,
			const struct ps_rate_told *told);

/*
 * Ends the bucket of a removed cgroup and copies its last counts. Returns 0, or
 * -ENOENT if it had none.
 */
int ps_capture_forget_cgroup(struct ps_capture *capture, __u64 cgroup_id,
			     struct ps_rate_bucket *last);

const struct ps_hook_status *ps_capture_hooks(const struct ps_capture *capture);

/* Possible CPUs, as the kernel sizes per-CPU maps. */
int ps_capture_cpus(const struct ps_capture *capture);

/* Boot time in microseconds when the counters were created. */
__u64 ps_capture_id(const struct ps_capture *capture);

void ps_capture_close(struct ps_capture *capture);

/*
 * Reads what is to be known of the kernel before programs are loaded, once in a
 * process; ps_capture_open waits for it, or does it. Any thread may call, to save
 * the one that opens a tenth of a second.
 */
void ps_prepare(void);

/*
 * Reads both clocks as one moment, nanoseconds: CLOCK_REALTIME between two
 * readings of CLOCK_BOOTTIME, the closest of a few tries.
 */
void ps_clocks(__u64 *boot_ns, __u64 *real_ns);

#endif /* PROCESS_SIGNALS_CAPTURE_H */
