// SPDX-License-Identifier: GPL-2.0-only
/*
 * Never loaded: one global per struct puts every record layout into BTF, where
 * structs that are reached only through bpf_ringbuf_reserve()'s void * are absent.
 */
#include "vmlinux.h"
#include "process_signals_events.h"

struct ps_record_header layout_record_header;
struct ps_process layout_process;
struct ps_cause layout_cause;
struct ps_exec_record layout_exec_record;
struct ps_exit_record layout_exit_record;
struct ps_signal_record layout_signal_record;
struct ps_oom_record layout_oom_record;
struct ps_cgroup_record layout_cgroup_record;
struct ps_running_record layout_running_record;
struct ps_hook_counters layout_hook_counters;
struct ps_rate_bucket layout_rate_bucket;
enum ps_bulk_type layout_bulk_type;
enum ps_record_type layout_record_type;
enum ps_hook layout_hook;
enum ps_record_flags layout_record_flags;
enum ps_origin layout_origin;
enum ps_disposition layout_disposition;
enum ps_oom_constraint layout_oom_constraint;
