/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What this kernel can do, asked before the programs are loaded, whatever the options. */
#ifndef PROCESS_SIGNALS_KERNEL_FACTS_H
#define PROCESS_SIGNALS_KERNEL_FACTS_H

#include <stdbool.h>

#include <linux/types.h>

/* The functions of the OOM killer that tell a chain of calls from another. */
enum oom_function {
	OOM_KILL_PROCESS,
	OOM_KILL_ONE,
	OOM_MEMCG,
	OOM_SYSRQ,
	OOM_FUNCTION_COUNT
};

struct text_symbol {
	const char *name;
	__u64 start; /* 0: not found */
	__u64 end;   /* start of the next symbol */
};

struct kernel_facts {
	bool has_btf;
	bool exit_has_group_dead;  /* sched_process_exit(task, group_dead) */
	bool mark_victim_has_task; /* mark_victim(task, uid) */
	bool has_task_iterator;
	bool has_kprobes;
	bool memory_cgroup_v1;
	struct text_symbol oom_text[OOM_FUNCTION_COUNT]; /* from /proc/kallsyms */
	int oom_text_error; /* -EPERM if addresses are hidden (kernel.kptr_restrict), or -errno */
};

/*
 * Reads them at the first call, which takes a tenth of a second; they stay the
 * same for the life of the process. Any thread may call.
 */
const struct kernel_facts *kernel_facts(void);

#endif /* PROCESS_SIGNALS_KERNEL_FACTS_H */
