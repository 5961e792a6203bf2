/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What this kernel can do, asked before the programs are loaded. */
#ifndef PROCESS_SIGNALS_KERNEL_FACTS_H
#define PROCESS_SIGNALS_KERNEL_FACTS_H

#include <stdbool.h>

#include <linux/types.h>

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
};

void kernel_facts_read(struct kernel_facts *facts);

/*
 * Finds functions in /proc/kallsyms. Returns 0, or -EPERM if the addresses are
 * hidden (kernel.kptr_restrict) or -errno.
 */
int kernel_text_symbols(struct text_symbol *symbols, int count);

#endif /* PROCESS_SIGNALS_KERNEL_FACTS_H */
