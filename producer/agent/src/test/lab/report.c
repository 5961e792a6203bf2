// SPDX-License-Identifier: GPL-2.0-or-later
/* What is expected, and the line of JSON that tells it. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"
#include "options.h"

struct text {
	char bytes[16384];
	size_t length;
};

static __attribute__((format(printf, 2, 3))) void put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->bytes + t->length, sizeof(t->bytes) - t->length, format, args);
	va_end(args);
	if (n < 0 || t->length + (size_t)n >= sizeof(t->bytes)) {
		fprintf(stderr, "deathlab: a report is too long\n");
		_exit(94);
	}
	t->length += (size_t)n;
}

/* Only for text of ours and paths: no control characters but those escaped here. */
static void put_string(struct text *t, const char *name, const char *value)
{
	put(t, ",\"%s\":\"", name);
	for (; *value; value++)
		put(t, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
	put(t, "\"");
}

static void put_hex(struct text *t, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put(t, "%02x", (unsigned char)bytes[i]);
}

static void put_bool(struct text *t, const char *name, bool value)
{
	put(t, ",\"%s\":%s", name, value ? "true" : "false");
}

static void put_actor(struct text *t, const struct actor *a)
{
	put(t, "{\"tgid\":%d,\"uid\":%u,\"commHex\":\"", a->tgid, a->uid);
	put_hex(t, a->comm, strnlen(a->comm, COMM_LEN));
	put(t, "\",\"bornAfterNs\":%llu,\"bornBeforeNs\":%llu", (unsigned long long)a->born_after,
	    (unsigned long long)a->born_before);
	if (a->parent) {
		put(t, ",\"parentCommHex\":\"");
		put_hex(t, a->parent->comm, strnlen(a->parent->comm, COMM_LEN));
		put(t, "\"");
	}
	put(t, "}");
}

/* "a b" as ["a","b"] */
static void put_words(struct text *t, const char *name, const char *words, char separator)
{
	put(t, ",\"%s\":[", name);
	if (words && *words) {
		put(t, "\"");
		for (; *words; words++)
			put(t, *words == separator ? "\",\"" : "%c", *words);
		put(t, "\"");
	}
	put(t, "]");
}

static void put_cause_members(struct text *t, const struct cause *c)
{
	put(t, "\"signal\":%d,\"siCode\":%d", c->signal, c->code);
	put_string(t, "origin", c->origin);
	put_bool(t, "group", !c->thread);
	put_bool(t, "oom", c->oom);
	put(t, ",\"senders\":[");
	if (c->sender)
		put_actor(t, c->sender);
	if (c->rival) {
		put(t, ",");
		put_actor(t, c->rival);
	}
	put(t, "]");
	if (c->context) {
		put(t, ",\"context\":");
		put_actor(t, c->context);
	}
	put_words(t, "open", c->open, ' ');
}

static void put_signal(struct text *t, const struct expected_signal *x)
{
	put(t, "{");
	put_cause_members(t, &x->by);
	put_words(t, "results", x->result, '|');
	put_words(t, "dispositions", x->disposition, '|');
	if (!x->fatal_open)
		put_bool(t, "fatal", x->fatal);
	put(t, ",\"atLeast\":%d,\"atMost\":%d}", x->at_least, x->at_most);
}

static void put_oom(struct text *t, const struct expected_oom *o)
{
	put(t, ",\"oomKill\":{\"constraint\":\"%s\",\"limitBytes\":%llu", o->constraint,
	    (unsigned long long)o->limit_bytes);
	put_string(t, "limitingCgroup", o->limiting->path);
	put_string(t, "victimCgroup", o->victims->path);
	if (o->trigger) {
		put(t, ",\"trigger\":");
		put_actor(t, o->trigger);
	}
	put(t, "}");
}

void expect_exit(struct death *d, int code)
{
	d->exit_code = code;
	d->exit_signal = 0;
}

void expect_killed_unseen(struct death *d, int signal)
{
	d->exit_code = -1;
	d->exit_signal = signal;
}

void expect_killed(struct death *d, struct cause cause)
{
	expect_killed_unseen(d, cause.signal);
	d->has_cause = true;
	d->cause = cause;
	expect_signal(d, (struct expected_signal){ .by = cause, .result = "DELIVERED", .disposition = "DEFAULT",
						   .fatal = true, .at_least = 1, .at_most = 1 });
}

void expect_signal(struct death *d, struct expected_signal signal)
{
	if (d->n_signals == MAX_SIGNALS)
		abort();
	d->signals[d->n_signals++] = signal;
}

void expect_oom(struct death *d, struct expected_oom oom)
{
	d->has_oom = true;
	d->oom = oom;
}

static bool as_expected(const struct death *d)
{
	if (WIFEXITED(d->status) && WEXITSTATUS(d->status) == d->or_exit_code)
		return true;
	if (d->exit_signal)
		return WIFSIGNALED(d->status) && WTERMSIG(d->status) == d->exit_signal;
	return WIFEXITED(d->status) && WEXITSTATUS(d->status) == d->exit_code;
}

static unsigned long long micros(struct timeval time)
{
	return (unsigned long long)time.tv_sec * 1000000 + (unsigned long long)time.tv_usec;
}

static void begin_line(struct text *t, const struct scene *s, const char *outcome)
{
	put(t, "{\"lab\":%u,\"run\":%u,\"kind\":\"%s\",\"outcome\":\"%s\"", s->options->id, s->number, s->kind->name,
	    outcome);
	put_string(t, "what", s->kind->what);
}

/* One write, so that a reader never sees half a line between two of another lab. */
static void end_line(struct text *t)
{
	put(t, "}\n");
	for (size_t done = 0; done < t->length;) {
		ssize_t n = write(STDOUT_FILENO, t->bytes + done, t->length - done);

		if (n < 0)
			_exit(93);
		done += (size_t)n;
	}
}

static void report_json(const struct scene *s, const struct death *d, bool match)
{
	struct text t = { .length = 0 };

	begin_line(&t, s, match ? "died" : "failed");
	put_string(&t, "part", d->victim->part);
	if (!match)
		put_string(&t, "reason", "it did not die the way that its kind says");
	put(&t, ",\"victim\":");
	put_actor(&t, d->victim);
	put(&t, ",\"ppid\":%d,\"nsPid\":%d,\"diedBeforeNs\":%llu", d->ppid, d->victim->ns_pid,
	    (unsigned long long)d->died_before);
	put(&t, ",\"waitStatus\":%d,\"userUs\":%llu,\"systemUs\":%llu,\"maxRssKb\":%ld", d->status,
	    micros(d->usage.ru_utime), micros(d->usage.ru_stime), d->usage.ru_maxrss);
	if (d->has_cause) {
		put(&t, ",\"cause\":{");
		put_cause_members(&t, &d->cause);
		put(&t, "}");
	}
	put(&t, ",\"signals\":[");
	for (unsigned int i = 0; i < d->n_signals; i++) {
		put(&t, i ? "," : "");
		put_signal(&t, &d->signals[i]);
	}
	put(&t, "]");
	if (d->has_oom)
		put_oom(&t, &d->oom);
	if (d->cgroup)
		put_string(&t, "cgroup", d->cgroup->path);
	if (d->n_arguments) {
		put(&t, ",\"argumentsHex\":[");
		for (unsigned int i = 0; i < d->n_arguments; i++) {
			put(&t, i ? ",\"" : "\"");
			put_hex(&t, d->arguments[i], strlen(d->arguments[i]));
			put(&t, "\"");
		}
		put(&t, "]");
	}
	end_line(&t);
}

static void describe(const struct death *d, char *buffer, size_t size)
{
	if (WIFSIGNALED(d->status))
		snprintf(buffer, size, "signal %d%s", WTERMSIG(d->status), WCOREDUMP(d->status) ? ", core" : "");
	else
		snprintf(buffer, size, "exit %d", WEXITSTATUS(d->status));
}

void report(struct scene *s, const struct death *d)
{
	bool match = as_expected(d);
	char how[32];

	s->deaths++;
	s->mismatch |= !match;
	if (!s->options->self_check) {
		report_json(s, d, match);
		return;
	}
	describe(d, how, sizeof(how));
	printf("%-22s %-10s %-16s %s\n", s->kind->name, d->victim->part, how, match ? "ok" : "NOT AS EXPECTED");
	fflush(stdout);
}

void report_outcome(struct scene *s, const char *outcome, const char *reason)
{
	struct text t = { .length = 0 };

	if (s->options->self_check) {
		printf("%-22s %-10s %s\n", s->kind->name, outcome, reason);
		fflush(stdout);
		return;
	}
	begin_line(&t, s, outcome);
	put_string(&t, "reason", reason);
	end_line(&t);
}
