// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that an event can cost: 88 bytes into a ring buffer without waking
 * anybody. And what that is made of, each step in a program of its own: nothing,
 * which is what attaching and measuring cost, the clock, and room in the ring.
 */
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct reference_record {
	__u64 boot_ns;
	__u64 start_ns;
	__u32 tgid;
	__u32 ppid;
	__u32 what;
	__u32 pad;
	char comm[16];
	__u64 unused[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} events SEC(".maps");

static __always_inline int record(__u32 what)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct reference_record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return 0;
	record->boot_ns = bpf_ktime_get_boot_ns();
	record->start_ns = task->start_boottime;
	record->tgid = task->tgid;
	record->ppid = task->real_parent->tgid;
	record->what = what;
	record->pad = 0;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int exec_record(__u64 *ctx)
{
	return record(0);
}

SEC("tp_btf/sched_process_exit")
int exit_record(__u64 *ctx)
{
	return record(1);
}

SEC("tp_btf/signal_generate")
int signal_record(__u64 *ctx)
{
	return record((__u32)ctx[0]);
}

static __always_inline int clock(void)
{
	return bpf_ktime_get_boot_ns() == 0;
}

static __always_inline int room(void)
{
	struct reference_record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (record)
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#define STEPS(name, tracepoint)        \
	SEC("tp_btf/" #tracepoint)     \
	int name##_nothing(__u64 *ctx) \
	{                              \
		return 0;              \
	}                              \
	SEC("tp_btf/" #tracepoint)     \
	int name##_clock(__u64 *ctx)   \
	{                              \
		return clock();        \
	}                              \
	SEC("tp_btf/" #tracepoint)     \
	int name##_room(__u64 *ctx)    \
	{                              \
		return room();         \
	}
STEPS(exit, sched_process_exit)
STEPS(signal, signal_generate)

char LICENSE[] SEC("license") = "GPL";
