/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one ring buffer, the sequences and the loss counters. The order of
 * decisions for an event: mask, rate limit (both before this file), sequence,
 * admission, reserve.
 */
#ifndef PROCESS_SIGNALS_RING_BPF_H
#define PROCESS_SIGNALS_RING_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"

/* Written by the reader before it sleeps, cleared by whoever wakes it. */
__u32 reader_waiting;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PS_HOOK_COUNT);
	__type(key, __u32);
	__type(value, struct ps_hook_counters);
} counters SEC(".maps");

/* What admit() decided for one event. */
struct admission {
	struct ps_hook_counters *counters;
	__u64 sequence;
	__u64 unread; /* bytes in the ring when it was admitted */
	__u64 now;    /* CLOCK_BOOTTIME */
};

static __always_inline void count_lost(struct admission *admission, const bool bulk)
{
	admission->counters->lost++;
	if (!bulk)
		admission->counters->lost_priority++;
	admission->counters->last_lost_ns = admission->now;
}

/*
 * Gives the event its sequence and asks whether it may go into the ring.
 * A program does not run again on the CPU that is running it (the kernel counts
 * that as a miss), so plain increments are enough.
 */
static __always_inline bool admit(struct admission *admission, const __u32 hook, const bool bulk,
				  __u64 now)
{
	__u32 key = hook;

	admission->counters = bpf_map_lookup_elem(&counters, &key);
	if (!admission->counters)
		return false;
	admission->now = now;
	admission->sequence = ++admission->counters->sequence;
	admission->unread = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	if (bulk && admission->unread > SETTING(RING_BULK_LIMIT)) {
		count_lost(admission, bulk);
		return false;
	}
	return true;
}

static __always_inline void fill_header(struct ps_record_header *header,
					const struct admission *admission, const __u8 type,
					const __u8 hook, __u32 length, __u32 flags)
{
	header->length = length;
	header->layout_version = PS_LAYOUT_VERSION;
	header->type = type;
	header->hook = hook;
	header->cpu = bpf_get_smp_processor_id();
	header->flags = flags;
	header->sequence = admission->sequence;
	header->boot_ns = admission->now;
	header->capture_id = SETTING(CAPTURE_ID);
}

/*
 * A wakeup is an inter-processor interrupt, 15 us on a virtual machine: only
 * for a reader that sleeps while the ring fills, and once per sleep.
 */
static __always_inline __u64 wakeup_flags(const struct admission *admission)
{
	if (admission->unread > SETTING(RING_WAKE_LIMIT) && reader_waiting) {
		reader_waiting = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	return BPF_RB_NO_WAKEUP;
}

#endif /* PROCESS_SIGNALS_RING_BPF_H */
