/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The BPF programs and maps of one capture: loaded afresh, or found pinned. */
#ifndef PROCESS_SIGNALS_PROGRAMS_H
#define PROCESS_SIGNALS_PROGRAMS_H

#include "pins.h"
#include "process_signals_capture.h"
#include "runtime_monitor.skel.h"

#define PROGRAMS_PER_HOOK 2

/* A quarter full: time for a sleeping reader to come. */
#define PS_WAKE_DIVISOR 4

struct programs {
	struct runtime_monitor *skeleton; /* NULL if found pinned */
	bool raw;			  /* raw_tp instead of tp_btf */
	struct ps_pin_identity identity;
	struct ps_hook_status hooks[PS_HOOK_STATUS_COUNT];

	/* Descriptors owned here; -1 where there is none. */
	int events_fd;
	int counters_fd;
	int rate_buckets_fd;
	int rate_told_fd;
	int reported_fd;
	int running_link_fd;
	int program_fds[PS_HOOK_COUNT][PROGRAMS_PER_HOOK];
	struct bpf_link *links[PS_HOOK_COUNT][PROGRAMS_PER_HOOK];
	struct bpf_link *running_link;
	struct runtime_monitor__bss *bss; /* shared with the programs */
	size_t bss_mapped;		  /* bytes to unmap; 0 if the skeleton owns it */
};

/* See ps_prepare. */
void programs_prepare(void);

/* An empty one, safe to close. */
void programs_init(struct programs *programs);

/* Opens an active set that was made from the same object and options; false if there is none. */
bool programs_adopt(struct programs *programs, const struct pins *pins,
		    const struct ps_options *options);

/* Loads programs that are detached. Writes the error; 0 or -errno. */
int programs_load(struct programs *programs, const struct ps_options *options, __u64 capture_id,
		  struct pins *pins, char *error, size_t size);

/* Attaches what was loaded. Writes the error; 0 or -errno. */
int programs_attach(struct programs *programs, char *error, size_t size);

/* Pins what was attached as a new set and lets it speak. Writes the error; 0 or -errno. */
int programs_pin(struct programs *programs, struct pins *pins, char *error, size_t size);

void programs_close(struct programs *programs);

/* printf into a bounded buffer. */
__attribute__((format(printf, 3, 4))) void say(char *to, size_t size, const char *format, ...);

#endif /* PROCESS_SIGNALS_PROGRAMS_H */
