/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel differences in one place: how a field is read, and the layouts that
 * changed between 5.8 and today.
 */
#ifndef PROCESS_SIGNALS_COMPAT_BPF_H
#define PROCESS_SIGNALS_COMPAT_BPF_H

#include <vmlinux.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Every hot program exists twice: as tp_btf, where the verifier knows the type
 * of a pointer and a field is one load, and as raw_tp for kernels that refuse
 * the first (no bpf_get_current_task_btf() before 5.11). The body is the same
 * inlined function, "direct" a constant.
 */
#define GET(ptr, field) (direct ? (ptr)->field : BPF_CORE_READ(ptr, field))

void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak; /* 6.2 */

/*
 * A struct at any address, for loads where GET() would have to call a helper: where
 * the offset is a variable, or the pointer may be none, which reads as zeros.
 */
#define CAN_CAST (direct && bpf_rdonly_cast)
#define CAST(type, address) \
	((type *)bpf_rdonly_cast((const void *)(address), bpf_core_type_id_kernel(type)))

/*
 * The task as a pointer that the verifier does not take for a trusted one. From
 * 6.3 it asks for each pointer read through a trusted one whether that is to be
 * trusted too: four searches of the kernel's whole BTF, some milliseconds, on
 * every path. They were most of the time that loading took.
 */
static __always_inline struct task_struct *plain_task(struct task_struct *task, const bool direct)
{
	if (CAN_CAST)
		return CAST(struct task_struct, task);
	return task;
}

#define TASK_COMM_LEN 16

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

#define SIGNAL_GROUP_EXIT 0x00000004 /* include/linux/sched/signal.h */

#define PT_EXITKILL (1 << 20) /* include/linux/ptrace.h */

enum {
	MM_FILEPAGES_ = 0,
	MM_ANONPAGES_ = 1,
	MM_SHMEMPAGES_ = 3
};

/* mm->rss_stat before 6.2 */
struct mm_rss_stat___old {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));

struct mm_struct___old {
	struct mm_rss_stat___old rss_stat;
} __attribute__((preserve_access_index));

static __always_inline struct task_struct *current_task(const bool direct)
{
	if (!direct)
		return (struct task_struct *)bpf_get_current_task();
	return plain_task(bpf_get_current_task_btf(), direct);
}

/* Copies comm: two loads where the type is known. */
static __always_inline void read_comm(char *to, struct task_struct *task, const bool direct)
{
	if (direct) {
		const __u64 *comm = (const __u64 *)__builtin_preserve_access_index(&task->comm);

		((__u64 *)to)[0] = comm[0];
		((__u64 *)to)[1] = comm[1];
	} else {
		bpf_core_read(to, TASK_COMM_LEN, &task->comm);
	}
}

/* Pages of one kind; like get_mm_counter(), without the per-CPU remainder from 6.2. */
static __always_inline __u64 rss_pages(struct mm_struct *mm, int kind)
{
	struct mm_struct___old *old = (void *)mm;
	__s64 pages = 0;

	if (bpf_core_field_exists(old->rss_stat.count))
		bpf_core_read(&pages, sizeof(pages), &old->rss_stat.count[kind]);
	else
		bpf_core_read(&pages, sizeof(pages), &mm->rss_stat[kind].count);
	return pages > 0 ? pages : 0;
}

#endif /* PROCESS_SIGNALS_COMPAT_BPF_H */
