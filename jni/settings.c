// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "settings.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A 64-bit immediate takes two instructions: lower half, upper half. */
static bool is_mark(const struct bpf_insn *insn)
{
	return insn[0].code == (BPF_LD | BPF_IMM | BPF_DW) && insn[0].src_reg == 0 &&
	       (__u32)insn[1].imm == PS_SETTING_MARK;
}

static int write_all(struct bpf_insn *insns, size_t count, const __u64 values[PS_SETTING_COUNT])
{
	for (size_t i = 0; i + 1 < count; i++) {
		__u32 setting = insns[i].imm;

		if (!is_mark(&insns[i]))
			continue;
		if (setting >= PS_SETTING_COUNT)
			return -EINVAL;
		insns[i].imm = (__s32)values[setting];
		insns[i + 1].imm = (__s32)(values[setting] >> 32);
	}
	return 0;
}

int settings_write(struct bpf_object *object, const __u64 values[PS_SETTING_COUNT])
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		size_t count = bpf_program__insn_cnt(program);
		struct bpf_insn *insns = calloc(count, sizeof(*insns));
		int err;

		if (!insns)
			return -ENOMEM;
		memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
		err = write_all(insns, count, values);
		/* The same number at the same places, so what libbpf has still to relocate stays right. */
		if (!err)
			err = bpf_program__set_insns(program, insns, count);
		free(insns);
		if (err)
			return err;
	}
	return 0;
}
