/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate limit of bulk events, by cgroup: one noisy container does not drown
 * the node. What it holds back takes no sequence and is counted here, exactly.
 */
#ifndef PROCESS_SIGNALS_RATE_LIMIT_BPF_H
#define PROCESS_SIGNALS_RATE_LIMIT_BPF_H

#include "compat.bpf.h"
#include "process_signals_events.h"
#include "process_signals_settings.h"

/* Events held back since load: tells the agent whether the buckets are worth reading. */
__u64 suppressed_total;

/*
 * Full: a cgroup without a bucket has no limit. Buckets go with their cgroup, those
 * with counts when the agent has read them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct ps_rate_bucket);
} rate_buckets SEC(".maps");

/* Of each bucket, what was told. Not used by any program; here to be pinned with the buckets. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct ps_rate_told);
} rate_told SEC(".maps");

/*
 * A token bucket kept as one number, the theoretical arrival time (GCRA). Two
 * CPUs that update it at once may let an event more through, never miscount one.
 */
static __always_inline bool rate_limited(__u64 cgroup_id, __u64 now, const int type)
{
	struct ps_rate_bucket *bucket;
	__u64 next;

	if (!SETTING(RATE_INTERVAL_NS))
		return false;
	bucket = bpf_map_lookup_elem(&rate_buckets, &cgroup_id);
	if (!bucket) {
		struct ps_rate_bucket fresh = { .cgroup_id = cgroup_id,
						.next_ns = now + SETTING(RATE_INTERVAL_NS) };

		bpf_map_update_elem(&rate_buckets, &cgroup_id, &fresh, BPF_NOEXIST);
		return false;
	}
	next = bucket->next_ns;
	if (next < now)
		next = now;
	if (next - now > SETTING(RATE_BURST_NS)) {
		__sync_fetch_and_add(&bucket->suppressed[type], 1);
		bucket->last_suppressed_ns = now;
		__sync_fetch_and_add(&suppressed_total, 1);
		return true;
	}
	bucket->next_ns = next + SETTING(RATE_INTERVAL_NS);
	return false;
}

/* The cgroup is gone: so is its bucket, if it holds no count. */
static __always_inline void forget_unlimited(__u64 cgroup_id)
{
	struct ps_rate_bucket *bucket = bpf_map_lookup_elem(&rate_buckets, &cgroup_id);

	if (bucket && !bucket->last_suppressed_ns)
		bpf_map_delete_elem(&rate_buckets, &cgroup_id);
}

#endif /* PROCESS_SIGNALS_RATE_LIMIT_BPF_H */
