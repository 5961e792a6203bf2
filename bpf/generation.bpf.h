/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of several pinned sets of programs speaks. An upgrade attaches the new
 * set silent and switches with one write, so no event is missed or made twice.
 */
#ifndef PROCESS_SIGNALS_GENERATION_BPF_H
#define PROCESS_SIGNALS_GENERATION_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"

/* One for all sets. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PS_GENERATION_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} generation SEC(".maps");

static __always_inline bool is_silent(__u64 now)
{
	__u32 key = PS_GENERATION_ACTIVE;
	__u64 *value;

	if (!SETTING(MY_GENERATION))
		return false;
	value = bpf_map_lookup_elem(&generation, &key);
	if (!value || *value != SETTING(MY_GENERATION))
		return true;
	if (!SETTING(QUIET_AFTER_NS))
		return false;
	key = PS_GENERATION_HEARTBEAT;
	value = bpf_map_lookup_elem(&generation, &key);
	return !value || (now > *value && now - *value > SETTING(QUIET_AFTER_NS));
}

/*
 * Per hook and CPU: how many lost events were already told. Not used by any
 * program; it lies here to be pinned with the counters that it belongs to.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PS_HOOK_COUNT);
	__type(key, __u32);
	__type(value, struct ps_reported);
} reported SEC(".maps");

/* What the pinned set was made from: an agent adopts it only if it would make the same. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ps_pin_identity);
} identity SEC(".maps");

#endif /* PROCESS_SIGNALS_GENERATION_BPF_H */
