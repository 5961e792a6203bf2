// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and arguments that nobody should have to read. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deathlab.h"

static int named(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	return 0;
}

static void name(struct scene *s, const void *arg)
{
	struct actor *victim = spawn_with(s, "victim", named, NULL, &(struct spawn_options){ .comm = arg });

	bury_clean(s, victim);
}

/* All byte values but NUL, 15 at a time. */
static void every_byte(struct scene *s, const void *arg)
{
	(void)arg;
	for (int first = 1; first < 256; first += COMM_LEN - 1) {
		char comm[COMM_LEN] = "";

		for (int i = 0; i < COMM_LEN - 1 && first + i < 256; i++)
			comm[i] = (char)(first + i);
		name(s, comm);
	}
}

/* A killer with such a name must show up as sender with the same bytes. */
static int named_killer(struct scene *s, struct actor *me, const void *arg)
{
	const struct actor *target = arg;

	(void)s;
	ready(me);
	return kill(target->tgid, SIGTERM) ? 1 : 0;
}

static int sleeping(struct scene *s, struct actor *me, const void *arg)
{
	return sleeper(s, me, arg);
}

static void sender_name(struct scene *s, const void *arg)
{
	struct actor *victim = spawn(s, "victim", sleeping, NULL);
	struct actor *killer = spawn_with(s, "killer", named_killer, victim, &(struct spawn_options){ .comm = arg });
	struct death d = bury(s, victim);

	expect_killed(&d, (struct cause){ .signal = SIGTERM, .origin = "USER", .sender = killer });
	report(s, &d);
	bury_clean(s, killer);
}

/* Arguments of an exec; the new program takes the last one for its name. */
static const char *const odd_arguments[MAX_ARGUMENTS] = {
	"--act", "exit:0", "716f", "a\"b'c\\d\ne\tf\x1b[31mg\xff\xfe\xc3(\xed\xa0\x80 \xf0\x9f\x92\x80 \xee\xbf\xbf",
};

static int exec_oddly(struct scene *s, struct actor *me, const void *arg)
{
	(void)s;
	(void)arg;
	ready(me);
	execl("/proc/self/exe", odd_arguments[0], odd_arguments[1], odd_arguments[2], odd_arguments[3], (char *)NULL);
	return 1;
}

static void argument(struct scene *s, const void *arg)
{
	struct actor *victim = spawn_with(s, "victim", exec_oddly, arg, &(struct spawn_options){ .comm = "qo" });
	struct death d = bury(s, victim);

	expect_exit(&d, 0);
	d.n_arguments = MAX_ARGUMENTS;
	memcpy(d.arguments, odd_arguments, sizeof(d.arguments));
	report(s, &d);
}

const struct kind name_kinds[] = {
	{ "name-empty", "an empty name", name, "", 0 },
	{ "name-quotes", "quotes and backslashes in the name", name, "\"a'b`c\\\"\\n", 0 },
	{ "name-newline", "line ends in the name", name, "a\nb\r\nc\td", 0 },
	{ "name-escape", "terminal escape sequences in the name", name, "\x1b[2J\x1b]0;x\a", 0 },
	{ "name-invalid", "invalid UTF-8 in the name", name, "\xff\xfe\xc3(\xe2\x82", 0 },
	{ "name-surrogate", "surrogates and overlong forms in the name", name, "\xed\xa0\x80\xc0\xaf\xf5", 0 },
	{ "name-private", "the code points that stand for invalid bytes, in the name", name, "\xee\xbe\x80\xee\xbf\xbf\xee\xbc\x80", 0 },
	{ "name-emoji", "a character of four bytes, cut in the middle", name, "ab\xf0\x9f\x92\x80 \xc3\xa9 \xf0\x9f\x92", 0 },
	{ "name-braces", "text that looks like JSON or a format", name, "{\"x\":1},%s%n", 0 },
	{ "name-every-byte", "every byte value but NUL, in 17 names", every_byte, NULL, 0 },
	{ "name-sender", "a killer with invalid UTF-8 in its name", sender_name, "k\xff\"\n\x1b[7m", 0 },
	{ "name-arguments", "exec with such arguments", argument, NULL, 0 },
	{ 0 },
};
