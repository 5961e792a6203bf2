/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pin folder: what of a capture outlives its agent.
 *
 *   <folder>/generation        map: which set speaks, and the heartbeat
 *   <folder>/set-<number>/...  one set's maps, programs and links
 *
 * At most one agent uses a folder: it holds a lock on it.
 */
#ifndef PROCESS_SIGNALS_PINS_H
#define PROCESS_SIGNALS_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "process_signals_events.h"

struct pins {
	char folder[PATH_MAX - 64];
	int lock_fd;	   /* the folder, locked; -1 without pins */
	int generation_fd; /* the shared map, or -1 while there is none */
	__u64 active;	   /* number of the set that speaks; 0: none */
};

/* Opens or makes the folder, takes the lock, reads the active generation. 0 or -errno. */
int pins_open(struct pins *pins, const char *folder);

/* Path of an object in a set; "set" 0 is the folder itself. */
void pins_path(const struct pins *pins, __u64 set, const char *name, char *path, size_t size);

/* Opens a pinned object of a set; a descriptor or -errno. */
int pins_get(const struct pins *pins, __u64 set, const char *name);

/* Reads a set's identity; false if it is missing or the set is not complete. */
bool pins_identity(const struct pins *pins, __u64 set, struct ps_pin_identity *identity);

/* Makes an empty folder for a new set, the next number. 0 or -errno. */
int pins_new_set(struct pins *pins, __u64 *set);

/* One write: from now on this set speaks and no other. 0 or -errno. */
int pins_switch(struct pins *pins, __u64 set);

void pins_heartbeat(struct pins *pins);

/* Removes every set but one. */
void pins_remove_others(const struct pins *pins, __u64 keep);

/* Releases the lock; what is pinned stays. */
void pins_close(struct pins *pins);

#endif /* PROCESS_SIGNALS_PINS_H */
