/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader tells the programs before they are loaded: shared by them and
 * the JNI shim.
 *
 * A setting is the immediate of an instruction. The compiler leaves a mark there,
 * and the loader writes the value over it (jni/settings.c). To the verifier it is
 * a constant, as const volatile data is: dead code is removed. But that data is
 * loaded anew for every event, from a page of its own: a quarter of what a signal
 * that the mask rejects costs on a machine whose system calls flush the TLB.
 */
#ifndef PROCESS_SIGNALS_SETTINGS_H
#define PROCESS_SIGNALS_SETTINGS_H

enum ps_setting {
	PS_SETTING_CAPTURE_ID,		/* boot time in microseconds */
	PS_SETTING_RING_BULK_LIMIT,	/* bulk events are refused above this many unread bytes */
	PS_SETTING_RING_WAKE_LIMIT,	/* a waiting reader is woken above this many unread bytes */
	PS_SETTING_RATE_INTERVAL_NS,	/* for a bulk event, in the long run; 0: no limit */
	PS_SETTING_RATE_BURST_NS,	/* burst times interval */
	PS_SETTING_MY_GENERATION,	/* 0: not pinned, always speaks */
	PS_SETTING_QUIET_AFTER_NS,	/* without a heartbeat; 0: never quiet */
	PS_SETTING_SIGNAL_MASK,		/* bit sig - 1: make records of the signal */
	PS_SETTING_SIGNALS_DELIVERED,	/* make SIGNAL_DELIVERED records */
	PS_SETTING_EXEC_ARGS_MAX,	/* bytes of arguments kept; 0: none are read */
	PS_SETTING_MEMORY_CGROUP_V1,	/* the memory controller is on a v1 hierarchy of its own */
	PS_SETTING_EXIT_HAS_GROUP_DEAD, /* sched_process_exit tells it (6.16) */
	PS_SETTING_MARK_VICTIM_HAS_TASK, /* mark_victim passes the task, not a pid (6.9, and stable) */
	PS_SETTING_COUNT,
};

/* The upper half of a mark; the lower half is the setting. */
#define PS_SETTING_MARK 0x70735e77U

#ifdef __bpf__
/*
 * The value of a setting, 64 bits. Only in programs and what is inlined into
 * them: the loader does not see the instructions of other functions.
 */
#define SETTING(name)                                                         \
	({                                                                    \
		__u64 value_;                                                 \
		asm("%0 = %1 ll"                                              \
		    : "=r"(value_)                                            \
		    : "i"((__u64)PS_SETTING_MARK << 32 | PS_SETTING_##name)); \
		value_;                                                       \
	})
#endif

#endif /* PROCESS_SIGNALS_SETTINGS_H */
