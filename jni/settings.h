/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes what the programs are told into their instructions. */
#ifndef PROCESS_SIGNALS_SETTINGS_WRITER_H
#define PROCESS_SIGNALS_SETTINGS_WRITER_H

#include <bpf/libbpf.h>
#include <linux/types.h>

#include "process_signals_settings.h"

/*
 * Replaces each mark in the programs of an opened object that is not loaded yet.
 * Returns 0, -ENOMEM, -EINVAL for a mark of no known setting (program and header
 * are of different builds), or what libbpf says, negative.
 */
int settings_write(struct bpf_object *object, const __u64 values[PS_SETTING_COUNT]);

#endif /* PROCESS_SIGNALS_SETTINGS_WRITER_H */
