// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "process_signals_capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pins.h"
#include "programs.h"
#include "ring.h"

struct ps_capture {
	struct programs programs;
	struct ring ring;
	struct pins pins;
	bool pinned;
	bool adopted;
	bool replaced;

	/* The set that this capture replaced, until its ring is empty. */
	struct ring previous_ring;
	bool previous;
	bool from_previous; /* the last batch came from it */

	bool woken; /* by any thread: the silence is over */

	int cpus;
	__u64 wake_limit;
	__u64 suppressed_seen; /* suppressed_total at the last read of the buckets */
	int running_fd;	       /* open task iterator, or -1 */
};

void ps_prepare(void)
{
	programs_prepare();
}

void ps_clocks(__u64 *boot_ns, __u64 *real_ns)
{
	__u64 best = ~0ULL;

	for (int i = 0; i < 3; i++) {
		struct timespec before, real, after;
		__u64 start, gap;

		clock_gettime(CLOCK_BOOTTIME, &before);
		clock_gettime(CLOCK_REALTIME, &real);
		clock_gettime(CLOCK_BOOTTIME, &after);
		start = before.tv_sec * 1000000000ULL + before.tv_nsec;
		gap = after.tv_sec * 1000000000ULL + after.tv_nsec - start;
		if (gap >= best)
			continue;
		best = gap;
		*boot_ns = start + gap / 2;
		*real_ns = real.tv_sec * 1000000000ULL + real.tv_nsec;
	}
}

static int check_options(const struct ps_options *options, char *error, size_t size)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (options->ring_bytes < page || options->ring_bytes & (options->ring_bytes - 1)) {
		say(error, size,
		    "ring size %llu: must be a power of two and at least one page (%llu bytes)",
		    (unsigned long long)options->ring_bytes, (unsigned long long)page);
		return -EINVAL;
	}
	if (options->exec_args_max > PS_ARGS_MAX) {
		say(error, size, "argument bytes %u: must be 0 to %u", options->exec_args_max,
		    PS_ARGS_MAX);
		return -EINVAL;
	}
	if (options->bulk_percent < 1 || options->bulk_percent > 100) {
		say(error, size, "bulk share %u: must be 1 to 100 percent", options->bulk_percent);
		return -EINVAL;
	}
	return 0;
}

static int open_pins(struct ps_capture *capture, const struct ps_options *options, char *error,
		     size_t size)
{
	int err;

	if (!options->pin_folder)
		return 0;
	err = pins_open(&capture->pins, options->pin_folder);
	if (err == -EBUSY)
		say(error, size, "another agent uses the pinned programs in %s: stop it first",
		    options->pin_folder);
	else if (err)
		say(error, size,
		    "cannot use %s: %s (it must lie in a bpf file system: mount -t bpf bpf /sys/fs/bpf)",
		    options->pin_folder, strerror(-err));
	capture->pinned = !err;
	return err;
}

/* Keeps the ring of the set that will be replaced: what it holds is read first. */
static void keep_previous_ring(struct ps_capture *capture)
{
	struct ps_pin_identity old;
	int fd;

	if (!pins_identity(&capture->pins, capture->pins.active, &old))
		return;
	fd = pins_get(&capture->pins, capture->pins.active, "events");
	if (fd < 0)
		return;
	/* The mappings keep the ring alive without the descriptor. */
	capture->previous = ring_open(&capture->previous_ring, fd, old.ring_bytes) == 0;
	close(fd);
}

int ps_capture_open(const struct ps_options *options, struct ps_capture **out, char *error,
		    size_t size)
{
	struct ps_capture *capture;
	__u64 boot_ns = 0, real_ns;
	int err;

	err = check_options(options, error, size);
	if (err)
		return err;
	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		say(error, size, "no memory");
		return -ENOMEM;
	}
	programs_init(&capture->programs);
	capture->pins.lock_fd = capture->pins.generation_fd = -1;
	capture->running_fd = -1;
	capture->suppressed_seen = ~0ULL; /* an agent before may have left counts */
	capture->ring.epoll_fd = capture->previous_ring.epoll_fd = -1;
	capture->cpus = libbpf_num_possible_cpus();
	capture->wake_limit = options->ring_bytes / PS_WAKE_DIVISOR;
	err = open_pins(capture, options, error, size);
	if (err)
		goto fail;
	if (capture->pinned) {
		capture->adopted = programs_adopt(&capture->programs, &capture->pins, options);
		if (!capture->adopted) {
			capture->replaced = capture->pins.active != 0;
			programs_close(&capture->programs);
			programs_init(&capture->programs);
			keep_previous_ring(capture);
		}
	}
	if (!capture->adopted) {
		ps_clocks(&boot_ns, &real_ns);
		err = programs_load(&capture->programs, options, boot_ns / 1000,
				    capture->pinned ? &capture->pins : NULL, error, size);
		if (err)
			goto fail;
	}
	err = ring_open(&capture->ring, capture->programs.events_fd, options->ring_bytes);
	if (err) {
		say(error, size, "cannot map the ring buffer: %s", strerror(-err));
		goto fail;
	}
	*out = capture;
	return 0;
fail:
	ps_capture_close(capture);
	return err;
}

int ps_capture_attach(struct ps_capture *capture, char *error, size_t size)
{
	int err;

	if (capture->adopted) {
		pins_heartbeat(&capture->pins);
		return 0;
	}
	err = programs_attach(&capture->programs, error, size);
	if (!err && capture->pinned)
		err = programs_pin(&capture->programs, &capture->pins, error, size);
	return err;
}

bool ps_capture_adopted(const struct ps_capture *capture)
{
	return capture->adopted;
}

bool ps_capture_replaced(const struct ps_capture *capture)
{
	return capture->replaced;
}

void ps_capture_heartbeat(struct ps_capture *capture)
{
	if (capture->pinned && capture->pins.generation_fd >= 0)
		pins_heartbeat(&capture->pins);
}

static int wait_for_records(struct ps_capture *capture, int timeout_ms)
{
	__u32 *waiting = &capture->programs.bss->reader_waiting;
	int err = 0;

	__atomic_store_n(waiting, 1, __ATOMIC_SEQ_CST);
	/* Filled before the flag was seen: nobody will wake us. */
	if (ring_unread(&capture->ring) <= capture->wake_limit)
		err = ring_wait(&capture->ring, timeout_ms);
	__atomic_store_n(waiting, 0, __ATOMIC_RELAXED);
	return err;
}

/* Until there is something to read; at least once, and no longer than silence_ms. */
static int wait_in_silence(struct ps_capture *capture, int timeout_ms, int silence_ms)
{
	int waited = 0, err;

	do {
		err = wait_for_records(capture, timeout_ms);
		if (err)
			return err;
		waited += timeout_ms;
	} while (waited < silence_ms && !capture->previous && !ring_unread(&capture->ring) &&
		 !__atomic_exchange_n(&capture->woken, false, __ATOMIC_RELAXED));
	return 0;
}

ssize_t ps_capture_poll(struct ps_capture *capture, void *buffer, size_t capacity, int timeout_ms,
			int silence_ms)
{
	int err;

	if (capacity < PS_RECORD_MAX)
		return -EINVAL;
	if (capture->previous) {
		ssize_t bytes = ring_copy(&capture->previous_ring, buffer, capacity);

		capture->from_previous = bytes > 0;
		if (bytes > 0)
			return bytes;
		/* Only once the new set speaks is an empty ring empty for good. */
		if (capture->programs.identity.complete) {
			ring_close(&capture->previous_ring);
			capture->previous = false;
			pins_remove_others(&capture->pins, capture->pins.active);
		}
	}
	if (timeout_ms > 0) {
		err = wait_in_silence(capture, timeout_ms, silence_ms);
		if (err)
			return err;
	}
	return ring_copy(&capture->ring, buffer, capacity);
}

void ps_capture_wake(struct ps_capture *capture)
{
	__atomic_store_n(&capture->woken, true, __ATOMIC_RELAXED);
}

void ps_capture_release(struct ps_capture *capture)
{
	ring_release(capture->from_previous ? &capture->previous_ring : &capture->ring);
	capture->from_previous = false;
}

static __u64 skipped_runs(int program_fd)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	if (program_fd < 0 || bpf_obj_get_info_by_fd(program_fd, &info, &length))
		return 0;
	return info.recursion_misses;
}

size_t ps_capture_counters_size(const struct ps_capture *capture)
{
	return PS_HOOK_COUNT * (capture->cpus * sizeof(struct ps_hook_counters) + sizeof(__u64));
}

int ps_capture_counters(struct ps_capture *capture, void *buffer, size_t capacity)
{
	struct ps_hook_counters *counters = buffer;
	__u64 *skipped = (__u64 *)(counters + (size_t)PS_HOOK_COUNT * capture->cpus);

	if (capacity < ps_capture_counters_size(capture))
		return -EINVAL;
	for (__u32 hook = 0; hook < PS_HOOK_COUNT; hook++) {
		if (bpf_map_lookup_elem(capture->programs.counters_fd, &hook,
					counters + (size_t)hook * capture->cpus))
			return -errno;
		skipped[hook] = skipped_runs(capture->programs.program_fds[hook][0]) +
				skipped_runs(capture->programs.program_fds[hook][1]);
	}
	return 0;
}

static size_t reported_size(const struct ps_capture *capture)
{
	return PS_HOOK_COUNT * capture->cpus * sizeof(struct ps_reported);
}

int ps_capture_reported(struct ps_capture *capture, void *buffer, size_t capacity)
{
	struct ps_reported *reported = buffer;

	if (capacity < reported_size(capture))
		return -EINVAL;
	for (__u32 hook = 0; hook < PS_HOOK_COUNT; hook++)
		if (bpf_map_lookup_elem(capture->programs.reported_fd, &hook,
					reported + (size_t)hook * capture->cpus))
			return -errno;
	return 0;
}

int ps_capture_set_reported(struct ps_capture *capture, const void *buffer, size_t capacity)
{
	const struct ps_reported *reported = buffer;

	if (capacity < reported_size(capture))
		return -EINVAL;
	for (__u32 hook = 0; hook < PS_HOOK_COUNT; hook++)
		if (bpf_map_update_elem(capture->programs.reported_fd, &hook,
					reported + (size_t)hook * capture->cpus, BPF_ANY))
			return -errno;
	return 0;
}

int ps_capture_told(struct ps_capture *capture, __u64 cgroup_id, struct ps_rate_told *told)
{
	if (bpf_map_lookup_elem(capture->programs.rate_told_fd, &cgroup_id, told) == 0)
		return 0;
	memset(told, 0, sizeof(*told));
	return errno == ENOENT ? 0 : -errno;
}

int ps_capture_set_told(struct ps_capture *capture, __u64 cgroup_id,
			const struct ps_rate_told *told)
{
	return bpf_map_update_elem(capture->programs.rate_told_fd, &cgroup_id, told, BPF_ANY) ?
		       -errno :
		       0;
}

ssize_t ps_capture_running(struct ps_capture *capture, void *buffer, size_t capacity)
{
	ssize_t bytes;

	if (capture->programs.running_link_fd < 0)
		return -ENOTSUP;
	if (capture->running_fd < 0) {
		capture->running_fd = bpf_iter_create(capture->programs.running_link_fd);
		if (capture->running_fd < 0)
			return -errno;
	}
	/* A read ends between two records only if it is a multiple of their size. */
	capacity -= capacity % sizeof(struct ps_running_record);
	do {
		bytes = read(capture->running_fd, buffer, capacity);
	} while (bytes < 0 && errno == EINTR);
	if (bytes <= 0) {
		int err = bytes < 0 ? -errno : 0;

		close(capture->running_fd);
		capture->running_fd = -1;
		return err;
	}
	return bytes;
}

ssize_t ps_capture_suppressed(struct ps_capture *capture, struct ps_rate_bucket *buckets,
			      size_t count)
{
	int fd = capture->programs.rate_buckets_fd;
	__u64 total = __atomic_load_n(&capture->programs.bss->suppressed_total, __ATOMIC_RELAXED);
	__u64 key, *previous = NULL;
	size_t copied = 0;

	if (total == capture->suppressed_seen)
		return 0;
	while (copied < count && bpf_map_get_next_key(fd, previous, &key) == 0) {
		/* Gone since: its last counts went to who removed it. */
		if (bpf_map_lookup_elem(fd, &key, &buckets[copied]) == 0 &&
		    buckets[copied].last_suppressed_ns)
			copied++;
		previous = &key;
	}
	capture->suppressed_seen = total;
	return copied;
}

int ps_capture_forget_cgroup(struct ps_capture *capture, __u64 cgroup_id,
			     struct ps_rate_bucket *last)
{
	int fd = capture->programs.rate_buckets_fd;

	bpf_map_delete_elem(capture->programs.rate_told_fd, &cgroup_id);
	/* Atomic for hashes since 5.14; before, no process is left that could count in between. */
	if (bpf_map_lookup_and_delete_elem(fd, &cgroup_id, last) == 0)
		return 0;
	if (bpf_map_lookup_elem(fd, &cgroup_id, last))
		return -errno;
	return bpf_map_delete_elem(fd, &cgroup_id) ? -errno : 0;
}

const struct ps_hook_status *ps_capture_hooks(const struct ps_capture *capture)
{
	return capture->programs.hooks;
}

int ps_capture_cpus(const struct ps_capture *capture)
{
	return capture->cpus;
}

__u64 ps_capture_id(const struct ps_capture *capture)
{
	return capture->programs.identity.capture_id;
}

int ps_unpin(const char *pin_folder, char *error, size_t size)
{
	struct pins pins;
	char path[PATH_MAX];
	int err;

	if (access(pin_folder, F_OK) && errno == ENOENT)
		return 0;
	err = pins_open(&pins, pin_folder);
	if (err) {
		say(error, size, "cannot unpin %s: %s", pin_folder,
		    err == -EBUSY ? "an agent uses it, stop it first" : strerror(-err));
		return err;
	}
	pins_remove_others(&pins, 0);
	pins_path(&pins, 0, "generation", path, sizeof(path));
	unlink(path);
	if (rmdir(pin_folder)) {
		err = -errno;
		say(error, size, "cannot remove %s: %s", pin_folder, strerror(-err));
	}
	pins_close(&pins);
	return err;
}

void ps_capture_close(struct ps_capture *capture)
{
	if (!capture)
		return;
	if (capture->running_fd >= 0)
		close(capture->running_fd);
	ring_close(&capture->previous_ring);
	ring_close(&capture->ring);
	programs_close(&capture->programs);
	pins_close(&capture->pins);
	free(capture);
}
