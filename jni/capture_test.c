// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The capture library without a JVM: real deaths on the running kernel, with
 * typed and with raw programs. Needs root. Prints one line a test.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_signals_capture.h"
#include "process_signals_settings.h"

static int passed, failed;
static const char *test_name;
static bool test_ok;

#define EXPECT(condition)                                                         \
	do {                                                                      \
		if (!(condition)) {                                               \
			printf("  %s:%d: %s\n", test_name, __LINE__, #condition); \
			test_ok = false;                                          \
		}                                                                 \
	} while (0)

/* Everything captured since the last drain, whole records one after another. */
static char batch[4 << 20];
static size_t batch_size;
static struct ps_capture *capture;

static void drain(void)
{
	ssize_t bytes;

	batch_size = 0;
	while ((bytes = ps_capture_poll(capture, batch + batch_size, sizeof(batch) - batch_size, 20,
					20)) > 0) {
		batch_size += bytes;
		ps_capture_release(capture);
	}
	EXPECT(bytes == 0);
}

static const struct ps_record_header *next(const struct ps_record_header *record)
{
	const char *at = record ? (const char *)record + record->length : batch;

	return at < batch + batch_size ? (const struct ps_record_header *)at : NULL;
}

/* Every record starts with header and process, but the cgroup's. */
static const void *find(enum ps_record_type type, pid_t tgid, int *count)
{
	const struct ps_record_header *found = NULL;
	int n = 0;

	for (const struct ps_record_header *record = NULL; (record = next(record));) {
		const struct ps_process *process = (const struct ps_process *)(record + 1);

		if (record->type != type || process->tgid != (__u32)tgid)
			continue;
		n++;
		if (!found)
			found = record;
	}
	if (count)
		*count = n;
	return found;
}

static pid_t spawn(void (*body)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		if (body)
			body();
		_exit(0);
	}
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return status;
}

static int ready_pipe[2];

static void sleep_long(void)
{
	if (write(ready_pipe[1], "", 1) == 1)
		pause();
}

/* A child that has run: one that is killed at birth has used no CPU and no memory. */
static pid_t spawn_sleeper(void)
{
	pid_t pid = spawn(sleep_long);
	char byte;

	EXPECT(read(ready_pipe[0], &byte, 1) == 1);
	return pid;
}

static void exit_7(void)
{
	_exit(7);
}

static void exit_137(void)
{
	_exit(137);
}

static void segfault(void)
{
	volatile int *volatile nowhere = (int *)8;

	*nowhere = 1;
}

static void *idle(void *argument)
{
	pause();
	return argument;
}

static void threads_then_exit_group(void)
{
	pthread_t thread;

	for (int i = 0; i < 5; i++)
		pthread_create(&thread, NULL, idle, NULL);
	exit(3);
}

static void *last_thread(void *argument)
{
	usleep(20000);
	return argument;
}

static void leader_exits_first(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, last_thread, NULL);
	pthread_exit(NULL);
}

static void kill_is_attributed(void)
{
	pid_t pid = spawn_sleeper();
	const struct ps_signal_record *sent;
	const struct ps_exit_record *exit;
	int count;

	kill(pid, SIGKILL);
	int status = wait_for(pid);

	drain();
	sent = find(PS_RECORD_SIGNAL_SENT, pid, &count);
	EXPECT(count == 1);
	EXPECT(sent && sent->signal == SIGKILL && sent->origin == PS_ORIGIN_USER &&
	       sent->result == 0);
	EXPECT(sent && sent->header.flags & PS_FLAG_SENDER && sent->header.flags & PS_FLAG_FATAL);
	EXPECT(sent && sent->sender.tgid == (__u32)getpid());
	EXPECT(sent && !strncmp(sent->sender.comm, "capture_test", 12));
	exit = find(PS_RECORD_EXIT, pid, &count);
	EXPECT(count == 1);
	EXPECT(exit && exit->wait_status == (__u32)status && WTERMSIG(status) == SIGKILL);
	EXPECT(exit && exit->header.flags & PS_FLAG_CAUSE &&
	       exit->cause.sender.tgid == (__u32)getpid());
	EXPECT(exit && exit->process.start_ns && exit->process.start_ns < exit->header.boot_ns);
	EXPECT(exit && exit->process.ppid == (__u32)getpid());
	EXPECT(exit && sent && exit->process.start_ns == sent->process.start_ns);
	EXPECT(exit && exit->process.cgroup_id != 0);
	EXPECT(exit && exit->max_rss_pages > 0 && exit->runtime_ns > 0);
}

static void term_is_no_kill(void)
{
	pid_t pid = spawn_sleeper();
	const struct ps_exit_record *exit;

	kill(pid, SIGTERM);
	int status = wait_for(pid);

	drain();
	exit = find(PS_RECORD_EXIT, pid, NULL);
	EXPECT(exit && exit->wait_status == (__u32)status && WTERMSIG(status) == SIGTERM);
	EXPECT(exit && exit->header.flags & PS_FLAG_CAUSE && exit->cause.signal == SIGTERM);
}

static void exit_code_is_no_signal(void)
{
	pid_t seven = spawn(exit_7);
	pid_t shell_like = spawn(exit_137);
	const struct ps_exit_record *exit;

	wait_for(seven);
	wait_for(shell_like);
	drain();
	exit = find(PS_RECORD_EXIT, seven, NULL);
	EXPECT(exit && exit->wait_status == 7 << 8 && !(exit->header.flags & PS_FLAG_CAUSE));
	EXPECT(exit && exit->header.length == offsetof(struct ps_exit_record, cause));
	exit = find(PS_RECORD_EXIT, shell_like, NULL);
	EXPECT(exit && exit->wait_status == 137 << 8 && !(exit->header.flags & PS_FLAG_CAUSE));
	EXPECT(!find(PS_RECORD_SIGNAL_SENT, shell_like, NULL));
}

static void fault_has_no_sender(void)
{
	pid_t pid = spawn(segfault);
	const struct ps_signal_record *sent;
	const struct ps_exit_record *exit;

	wait_for(pid);
	drain();
	sent = find(PS_RECORD_SIGNAL_SENT, pid, NULL);
	EXPECT(sent && sent->signal == SIGSEGV && sent->origin == PS_ORIGIN_FAULT);
	EXPECT(sent && !(sent->header.flags & (PS_FLAG_SENDER | PS_FLAG_CONTEXT)));
	EXPECT(sent && sent->header.length == offsetof(struct ps_signal_record, sender));
	exit = find(PS_RECORD_EXIT, pid, NULL);
	EXPECT(exit && (exit->wait_status & 0x7f) == SIGSEGV &&
	       exit->cause.origin == PS_ORIGIN_FAULT);
}

static void threads_make_one_exit(void)
{
	pid_t pid = spawn(threads_then_exit_group);
	pid_t other = spawn(leader_exits_first);
	const struct ps_exit_record *exit;
	int count;

	wait_for(pid);
	wait_for(other);
	drain();
	exit = find(PS_RECORD_EXIT, pid, &count);
	EXPECT(count == 1 && exit->wait_status == 3 << 8);
	EXPECT(!find(PS_RECORD_SIGNAL_DELIVERED, pid, NULL));
	exit = find(PS_RECORD_EXIT, other, &count);
	EXPECT(count == 1 && exit->wait_status == 0);
}

static void exec_true(void)
{
	execl("/bin/sh", "sh", "-c", "exit 5", "one argument", (char *)NULL);
}

static void exec_carries_arguments(void)
{
	static const char arguments[] = "sh\0-c\0exit 5\0one argument";
	pid_t pid = spawn(exec_true);
	const struct ps_exec_record *exec;
	const char *text;

	wait_for(pid);
	drain();
	exec = find(PS_RECORD_EXEC, pid, NULL);
	EXPECT(exec);
	if (!exec)
		return;
	text = (const char *)(exec + 1);
	EXPECT(exec->filename_len == 7 && !memcmp(text, "/bin/sh", 7));
	EXPECT(exec->args_len == sizeof(arguments) && exec->args_total == sizeof(arguments));
	EXPECT(!memcmp(text + exec->filename_len, arguments, sizeof(arguments)));
}

static void two_steps_lose_nothing(void)
{
	static char again[1 << 20];
	ssize_t first, second;

	drain();
	wait_for(spawn(exit_7));
	first = ps_capture_poll(capture, batch, sizeof(batch), 0, 0);
	second = ps_capture_poll(capture, again, sizeof(again), 0, 0);
	EXPECT(first > 0 && second >= first && !memcmp(batch, again, first));
	ps_capture_release(capture);
	EXPECT(ps_capture_poll(capture, batch, 16, 0, 0) == -EINVAL);
}

static void exit_soon(void)
{
	usleep(50 * 1000);
}

/* Longer than any test takes: who waits so long was not woken. */
#define SILENCE_MS (600 * 1000)

static void a_record_ends_the_silence(void)
{
	pid_t child = spawn(exit_soon);

	batch_size = 0;
	while (!find(PS_RECORD_EXIT, child, NULL)) {
		batch_size = ps_capture_poll(capture, batch, sizeof(batch), 5, SILENCE_MS);
		ps_capture_release(capture);
	}
	wait_for(child);
}

static void a_wake_ends_the_silence(void)
{
	drain();
	ps_capture_wake(capture);
	EXPECT(ps_capture_poll(capture, batch, sizeof(batch), 5, SILENCE_MS) >= 0);
}

static void sequences_have_no_holes(void)
{
	static struct ps_hook_counters counters[PS_HOOK_COUNT * 1024 + PS_HOOK_COUNT];
	static __u64 last[PS_HOOK_COUNT][1024];
	int cpus = ps_capture_cpus(capture);

	EXPECT(cpus > 0 && cpus <= 1024);
	memset(last, 0, sizeof(last));
	drain();
	for (int i = 0; i < 300; i++)
		wait_for(spawn(exit_7));
	drain();
	for (const struct ps_record_header *record = NULL; (record = next(record));) {
		__u64 *previous = &last[record->hook][record->cpu];

		EXPECT(*previous == 0 || record->sequence == *previous + 1);
		EXPECT(record->layout_version == PS_LAYOUT_VERSION);
		EXPECT(record->capture_id == ps_capture_id(capture));
		*previous = record->sequence;
	}
	EXPECT(ps_capture_counters(capture, counters, sizeof(counters)) == 0);
	EXPECT(ps_capture_counters(capture, counters, 8) == -EINVAL);
	for (int hook = 0; hook < PS_HOOK_COUNT; hook++)
		for (int cpu = 0; cpu < cpus; cpu++) {
			const struct ps_hook_counters *c = &counters[hook * cpus + cpu];

			EXPECT(c->lost == 0 && c->sequence >= last[hook][cpu]);
		}
}

static void running_processes_are_seen(void)
{
	static struct ps_running_record records[64];
	ssize_t bytes;
	int seen = 0;

	while ((bytes = ps_capture_running(capture, records, sizeof(records))) > 0) {
		EXPECT(bytes % sizeof(records[0]) == 0);
		for (size_t i = 0; i < bytes / sizeof(records[0]); i++)
			seen += records[i].process.tgid == (__u32)getpid();
	}
	EXPECT(bytes == 0 || bytes == -ENOTSUP);
	EXPECT(seen == 1 || bytes == -ENOTSUP);
}

static void new_cgroups_are_named(void)
{
	/* The hierarchy that cgroup ids come from: v1 memory, else v2. */
	static const char *const roots[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" };
	char path[128], name[64];
	struct stat info = {};
	bool made = false, removed = false;

	snprintf(name, sizeof(name), "/ps-capture-test-%d", getpid());
	for (int i = 0; i < 2 && !info.st_ino; i++) {
		snprintf(path, sizeof(path), "%s%s", roots[i], name);
		if (mkdir(path, 0700) == 0) {
			EXPECT(stat(path, &info) == 0);
			EXPECT(rmdir(path) == 0);
		}
	}
	EXPECT(info.st_ino != 0);
	drain();
	for (const struct ps_record_header *record = NULL; (record = next(record));) {
		const struct ps_cgroup_record *cgroup = (const void *)record;

		if (record->type != PS_RECORD_CGROUP || cgroup->cgroup_id != info.st_ino)
			continue;
		EXPECT(cgroup->path_len >= strlen(name));
		EXPECT(!memcmp((const char *)(cgroup + 1) + cgroup->path_len - strlen(name), name,
			       strlen(name)));
		if (record->flags & PS_FLAG_CGROUP_REMOVED)
			removed = true;
		else
			made = true;
	}
	EXPECT(made && removed);
}

static void bad_options_are_named(void)
{
	struct ps_options options = { .ring_bytes = 5000, .bulk_percent = 80 };
	struct ps_capture *none = NULL;
	char error[PS_ERROR_MAX] = "";

	EXPECT(ps_capture_open(&options, &none, error, sizeof(error)) == -EINVAL);
	EXPECT(strstr(error, "power of two"));
	options.ring_bytes = 65536;
	options.exec_args_max = PS_ARGS_MAX + 1;
	EXPECT(ps_capture_open(&options, &none, error, sizeof(error)) == -EINVAL);
	EXPECT(strstr(error, "argument bytes"));
	options.exec_args_max = 0;
	options.bulk_percent = 0;
	EXPECT(ps_capture_open(&options, &none, error, sizeof(error)) == -EINVAL);
	EXPECT(!none);
}

static void a_full_ring_is_counted(void)
{
	struct ps_options options = { .ring_bytes = 4096,
				      .bulk_percent = 50,
				      .signal_mask = 1ULL << (SIGKILL - 1) };
	static struct ps_hook_counters counters[PS_HOOK_COUNT * 1024 + PS_HOOK_COUNT];
	static char buffer[65536];
	struct ps_capture *small = NULL;
	char error[PS_ERROR_MAX] = "";
	__u64 sequences = 0, lost = 0, seen = 0;
	ssize_t bytes;

	EXPECT(ps_capture_open(&options, &small, error, sizeof(error)) == 0);
	EXPECT(small && ps_capture_attach(small, error, sizeof(error)) == 0);
	if (!small)
		return;
	for (int i = 0; i < 100; i++)
		wait_for(spawn(exit_7));
	EXPECT(ps_capture_counters(small, counters, sizeof(counters)) == 0);
	bytes = ps_capture_poll(small, buffer, sizeof(buffer), 0, 0);
	for (ssize_t at = 0; at < bytes; at += ((struct ps_record_header *)(buffer + at))->length)
		seen++;
	for (int i = 0; i < PS_HOOK_COUNT * ps_capture_cpus(small); i++) {
		sequences += counters[i].sequence;
		lost += counters[i].lost;
	}
	EXPECT(lost > 0);
	EXPECT(sequences == seen + lost);
	ps_capture_close(small);
}

/* Records that begin near the end of the ring's data go on at its begin. */
static void records_over_the_end_are_whole(void)
{
	struct ps_options options = { .ring_bytes = 4096, .bulk_percent = 100 };
	static char buffer[65536];
	struct ps_capture *small = NULL;
	char error[PS_ERROR_MAX] = "";
	int found = 0;

	EXPECT(ps_capture_open(&options, &small, error, sizeof(error)) == 0);
	EXPECT(small && ps_capture_attach(small, error, sizeof(error)) == 0);
	if (!small)
		return;
	for (int i = 0; i < 100; i++) {
		pid_t pid = spawn(exit_7);
		ssize_t bytes;

		wait_for(pid);
		bytes = ps_capture_poll(small, buffer, sizeof(buffer), 0, 0);
		for (ssize_t at = 0; at < bytes;) {
			const struct ps_exit_record *exit = (const void *)(buffer + at);

			if (exit->header.type == PS_RECORD_EXIT && exit->process.tgid == (__u32)pid)
				found += exit->wait_status == 7 << 8 &&
					 !strncmp(exit->process.parent_comm, "capture_test", 12);
			at += exit->header.length;
		}
		ps_capture_release(small);
	}
	EXPECT(found == 100);
	ps_capture_close(small);
}

static void a_limited_cgroup_is_counted(void)
{
	struct ps_options options = {
		.ring_bytes = 1 << 20, .bulk_percent = 75, .rate_per_second = 1, .rate_burst = 10
	};
	static struct ps_rate_bucket buckets[4096];
	static char buffer[1 << 20];
	struct ps_capture *limited = NULL;
	char error[PS_ERROR_MAX] = "";
	struct ps_rate_told told = {};
	__u64 suppressed = 0;
	int clean = 0, abnormal = 0;
	ssize_t bytes, count;

	EXPECT(ps_capture_open(&options, &limited, error, sizeof(error)) == 0);
	if (!limited)
		return;
	EXPECT(ps_capture_suppressed(limited, buckets, 4096) == 0);
	EXPECT(ps_capture_attach(limited, error, sizeof(error)) == 0);
	for (int i = 0; i < 50; i++) {
		wait_for(spawn(NULL));
		wait_for(spawn(exit_7));
	}
	bytes = ps_capture_poll(limited, buffer, sizeof(buffer), 0, 0);
	for (ssize_t at = 0; at < bytes; at += ((struct ps_record_header *)(buffer + at))->length) {
		const struct ps_exit_record *exit = (const void *)(buffer + at);

		if (exit->header.type != PS_RECORD_EXIT || exit->process.ppid != (__u32)getpid())
			continue;
		clean += exit->wait_status == 0;
		abnormal += exit->wait_status == 7 << 8;
	}
	count = ps_capture_suppressed(limited, buckets, 4096);
	EXPECT(count >= 1);
	for (ssize_t i = 0; i < count; i++)
		suppressed += buckets[i].suppressed[PS_BULK_EXIT];
	EXPECT(abnormal == 50);
	EXPECT(clean > 0 && clean < 50);
	EXPECT(clean + suppressed >= 50);
	EXPECT(count < 1 || ps_capture_told(limited, buckets[0].cgroup_id, &told) == 0);
	EXPECT(told.suppressed[PS_BULK_EXIT] == 0);
	told.suppressed[PS_BULK_EXIT] = 5;
	EXPECT(count < 1 || ps_capture_set_told(limited, buckets[0].cgroup_id, &told) == 0);
	memset(&told, 0, sizeof(told));
	EXPECT(count < 1 || ps_capture_told(limited, buckets[0].cgroup_id, &told) == 0);
	EXPECT(told.suppressed[PS_BULK_EXIT] == 5);
	EXPECT(count < 1 ||
	       ps_capture_forget_cgroup(limited, buckets[0].cgroup_id, &buckets[1]) == 0);
	EXPECT(count < 1 || ps_capture_told(limited, buckets[0].cgroup_id, &told) == 0);
	EXPECT(told.suppressed[PS_BULK_EXIT] == 0);
	EXPECT(count < 1 ||
	       ps_capture_forget_cgroup(limited, buckets[0].cgroup_id, &buckets[1]) == -ENOENT);
	ps_capture_close(limited);
}

#define PIN_FOLDER "/sys/fs/bpf/ps-capture-test"

static struct ps_options pinned_options(void)
{
	return (struct ps_options){
		.ring_bytes = 1 << 20,
		.signal_mask = 1ULL << (SIGKILL - 1) | 1ULL << (SIGTERM - 1),
		.bulk_percent = 75,
		.pin_folder = PIN_FOLDER,
	};
}

static struct ps_capture *open_pinned(const struct ps_options *options)
{
	struct ps_capture *pinned = NULL;
	char error[PS_ERROR_MAX] = "";

	EXPECT(ps_capture_open(options, &pinned, error, sizeof(error)) == 0);
	EXPECT(pinned && ps_capture_attach(pinned, error, sizeof(error)) == 0);
	if (error[0])
		printf("  %s\n", error);
	return pinned;
}

/* Exits of these pids in everything that can be read now; each counts once. */
static int exits_seen(struct ps_capture *of, const pid_t *pids, int count)
{
	static char buffer[1 << 20];
	ssize_t bytes;
	int seen = 0;

	while ((bytes = ps_capture_poll(of, buffer, sizeof(buffer), 0, 0)) > 0) {
		for (ssize_t at = 0; at < bytes;
		     at += ((struct ps_record_header *)(buffer + at))->length) {
			const struct ps_exit_record *exit = (const void *)(buffer + at);

			for (int i = 0; exit->header.type == PS_RECORD_EXIT && i < count; i++)
				seen += exit->process.tgid == (__u32)pids[i];
		}
		ps_capture_release(of);
	}
	return seen;
}

static void pinned_programs_outlive_their_agent(void)
{
	struct ps_options options = pinned_options();
	struct ps_capture *first = open_pinned(&options), *second;
	char error[PS_ERROR_MAX] = "";
	pid_t pids[3];
	__u64 id;

	if (!first)
		return;
	EXPECT(!ps_capture_adopted(first));
	EXPECT(ps_capture_open(&options, &second, error, sizeof(error)) == -EBUSY);
	EXPECT(strstr(error, "another agent"));
	id = ps_capture_id(first);
	wait_for(pids[0] = spawn(exit_7));
	EXPECT(exits_seen(first, pids, 1) == 1);
	ps_capture_close(first);

	/* Nobody listens now. */
	wait_for(pids[1] = spawn(exit_7));
	second = open_pinned(&options);
	wait_for(pids[2] = spawn(exit_7));
	EXPECT(second && ps_capture_adopted(second) && ps_capture_id(second) == id);
	EXPECT(second && exits_seen(second, pids, 3) == 2);
	ps_capture_close(second);
}

/* Of the set that is pinned. */
static __u64 pinned_id(const struct ps_options *options)
{
	struct ps_capture *pinned = open_pinned(options);
	__u64 id = pinned ? ps_capture_id(pinned) : 0;

	ps_capture_close(pinned);
	return id;
}

static void changed_options_replace_the_set_without_a_gap(void)
{
	struct ps_options options = pinned_options();
	struct ps_capture *next;
	pid_t pids[20], killed;
	__u64 id = pinned_id(&options);

	/* Of the set that the test before left behind. */
	wait_for(pids[0] = spawn(exit_7));
	killed = spawn_sleeper();
	options.exec_args_max = 100;
	for (int i = 1; i < 10; i++)
		wait_for(pids[i] = spawn(exit_7));
	next = open_pinned(&options);
	if (!next)
		return;
	EXPECT(!ps_capture_adopted(next));
	EXPECT(ps_capture_replaced(next));
	EXPECT(ps_capture_id(next) == id); /* the counters go on */
	for (int i = 10; i < 19; i++)
		wait_for(pids[i] = spawn(exit_7));
	kill(killed, SIGKILL);
	wait_for(pids[19] = killed);
	EXPECT(exits_seen(next, pids, 20) == 20);
	EXPECT(access(PIN_FOLDER "/set-1", F_OK) != 0 && access(PIN_FOLDER "/set-2", F_OK) == 0);
	ps_capture_close(next);
}

static void reported_losses_are_kept(void)
{
	static struct ps_reported reported[PS_HOOK_COUNT * 1024];
	struct ps_options options = pinned_options();
	struct ps_capture *pinned;

	options.exec_args_max = 100;
	pinned = open_pinned(&options);
	if (!pinned)
		return;
	EXPECT(ps_capture_adopted(pinned));
	EXPECT(!ps_capture_replaced(pinned));
	EXPECT(ps_capture_reported(pinned, reported, sizeof(reported)) == 0 &&
	       reported[1].lost == 0);
	reported[1].lost = 17;
	EXPECT(ps_capture_set_reported(pinned, reported, sizeof(reported)) == 0);
	ps_capture_close(pinned);
	memset(reported, 0, sizeof(reported));
	pinned = open_pinned(&options);
	EXPECT(pinned && ps_capture_reported(pinned, reported, sizeof(reported)) == 0 &&
	       reported[1].lost == 17);
	ps_capture_close(pinned);
}

static void pinned_programs_fall_quiet(void)
{
	struct ps_options options = pinned_options();
	struct ps_capture *pinned;
	pid_t pid;

	options.pin_quiet_seconds = 1;
	pinned = open_pinned(&options);
	if (!pinned)
		return;
	wait_for(pid = spawn(exit_7));
	EXPECT(exits_seen(pinned, &pid, 1) == 1);
	usleep(1500000);
	wait_for(pid = spawn(exit_7));
	EXPECT(exits_seen(pinned, &pid, 1) == 0);
	ps_capture_heartbeat(pinned);
	wait_for(pid = spawn(exit_7));
	EXPECT(exits_seen(pinned, &pid, 1) == 1);
	ps_capture_close(pinned);
}

static void unpin_leaves_nothing(void)
{
	char error[PS_ERROR_MAX] = "";

	EXPECT(ps_unpin(PIN_FOLDER, error, sizeof(error)) == 0);
	EXPECT(access(PIN_FOLDER, F_OK) != 0);
	EXPECT(ps_unpin(PIN_FOLDER, error, sizeof(error)) == 0);
}

static void pins_outside_bpffs_are_explained(void)
{
	struct ps_options options = pinned_options();
	struct ps_capture *none = NULL;
	char error[PS_ERROR_MAX] = "", folder[] = "/tmp/ps-pins-XXXXXX";

	EXPECT(mkdtemp(folder));
	options.pin_folder = folder;
	EXPECT(ps_capture_open(&options, &none, error, sizeof(error)) == 0);
	EXPECT(none && ps_capture_attach(none, error, sizeof(error)) < 0);
	EXPECT(strstr(error, "bpf file system"));
	ps_capture_close(none);
	EXPECT(ps_unpin(folder, error, sizeof(error)) == 0);
}

static void run(const char *name, void (*test)(void))
{
	test_name = name;
	test_ok = true;
	test();
	if (test_ok)
		passed++;
	else
		failed++;
	printf("%s %s\n", test_ok ? "ok    " : "FAILED", name);
}

#define RUN(test) run(#test, test)

/* Tests run in a mount namespace of their own: the machine's mounts stay as they are. */
static bool mount_bpffs(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		printf("FAILED cannot mount bpffs: %s\n", strerror(errno));
		failed++;
		return false;
	}
	return true;
}

static bool has_mark(const struct bpf_insn *insns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((__u32)insns[i].imm == PS_SETTING_MARK)
			return true;
	return false;
}

/* In all that is loaded; a program's instructions are read with those of its subprograms. */
static void every_setting_is_written(void)
{
	static struct bpf_insn insns[64 * 1024];
	__u32 id = 0;
	int signal_programs = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = { .xlated_prog_insns = (__u64)insns,
					      .xlated_prog_len = sizeof(insns) };
		__u32 length = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue; /* gone meanwhile */
		EXPECT(bpf_obj_get_info_by_fd(fd, &info, &length) == 0);
		EXPECT(info.xlated_prog_insns && info.xlated_prog_len <= sizeof(insns) &&
		       !has_mark(insns, info.xlated_prog_len / sizeof(*insns)));
		signal_programs +=
			!strcmp(info.name, "signal_btf") || !strcmp(info.name, "signal_raw");
		close(fd);
	}
	EXPECT(signal_programs > 0);
}

static bool open_capture(bool raw)
{
	struct ps_options options = {
		.ring_bytes = 1 << 20,
		.signal_mask = ~0ULL & ~(1ULL << (SIGCHLD - 1)),
		.exec_args_max = 1024,
		.bulk_percent = 75,
		.signals_delivered = true,
		.raw_programs_only = raw,
	};
	char error[PS_ERROR_MAX] = "";

	if (ps_capture_open(&options, &capture, error, sizeof(error)) ||
	    ps_capture_attach(capture, error, sizeof(error))) {
		printf("FAILED cannot capture: %s\n", error);
		failed++;
		return false;
	}
	return true;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe(ready_pipe)) {
		perror("pipe");
		return 1;
	}
	RUN(bad_options_are_named);
	for (int raw = 0; raw <= 1; raw++) {
		printf("-- %s programs\n", raw ? "raw" : "typed");
		if (!open_capture(raw))
			continue;
		for (int i = 0; i < PS_HOOK_STATUS_COUNT; i++) {
			const struct ps_hook_status *hook = &ps_capture_hooks(capture)[i];

			printf("   %-18s %s %s\n", hook->name,
			       hook->attached ? "attached" : "absent", hook->reason);
		}
		RUN(every_setting_is_written);
		RUN(kill_is_attributed);
		RUN(term_is_no_kill);
		RUN(exit_code_is_no_signal);
		RUN(fault_has_no_sender);
		RUN(threads_make_one_exit);
		RUN(exec_carries_arguments);
		RUN(two_steps_lose_nothing);
		RUN(a_record_ends_the_silence);
		RUN(a_wake_ends_the_silence);
		RUN(sequences_have_no_holes);
		RUN(running_processes_are_seen);
		RUN(new_cgroups_are_named);
		ps_capture_close(capture);
	}
	RUN(a_full_ring_is_counted);
	RUN(records_over_the_end_are_whole);
	RUN(a_limited_cgroup_is_counted);
	if (mount_bpffs()) {
		RUN(pinned_programs_outlive_their_agent);
		RUN(changed_options_replace_the_set_without_a_gap);
		RUN(reported_losses_are_kept);
		RUN(pinned_programs_fall_quiet);
		RUN(unpin_leaves_nothing);
	}
	RUN(pins_outside_bpffs_are_explained);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
