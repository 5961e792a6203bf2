// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

static __u64 load_acquire(const void *position)
{
	return __atomic_load_n((const __u64 *)position, __ATOMIC_ACQUIRE);
}

int ring_open(struct ring *ring, int map_fd, __u64 size)
{
	struct epoll_event event = { .events = EPOLLIN };
	int err;

	memset(ring, 0, sizeof(*ring));
	ring->map_fd = map_fd;
	ring->epoll_fd = -1;
	ring->size = size;
	ring->page = sysconf(_SC_PAGESIZE);
	ring->producer_pages = MAP_FAILED;
	ring->consumer_page = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (ring->consumer_page == MAP_FAILED)
		goto fail;
	/*
	 * The data once, though the kernel offers it twice in a row so that no
	 * record is ever split: a mapping of the ring is resident as a whole.
	 */
	ring->producer_pages =
		mmap(NULL, ring->page + size, PROT_READ, MAP_SHARED, map_fd, ring->page);
	if (ring->producer_pages == MAP_FAILED)
		goto fail;
	ring->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (ring->epoll_fd < 0)
		goto fail;
	if (epoll_ctl(ring->epoll_fd, EPOLL_CTL_ADD, map_fd, &event))
		goto fail;
	ring->batch_end = load_acquire(ring->consumer_page);
	return 0;
fail:
	err = -errno;
	ring_close(ring);
	return err;
}

int ring_wait(struct ring *ring, int timeout_ms)
{
	struct epoll_event event;

	if (epoll_wait(ring->epoll_fd, &event, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

__u64 ring_unread(const struct ring *ring)
{
	return load_acquire(ring->producer_pages) - load_acquire(ring->consumer_page);
}

/* Copies a record of the data, which may go on at the data's begin. */
static void copy_record(void *target, const char *data, __u64 size, __u64 begin, __u32 length)
{
	__u64 offset = begin & (size - 1);
	__u64 to_end = size - offset;

	if (length <= to_end) {
		memcpy(target, data + offset, length);
	} else {
		memcpy(target, data + offset, to_end);
		memcpy((char *)target + to_end, data, length - to_end);
	}
}

ssize_t ring_copy(struct ring *ring, void *buffer, size_t capacity)
{
	const char *data = (const char *)ring->producer_pages + ring->page;
	__u64 position = load_acquire(ring->consumer_page);
	__u64 end = load_acquire(ring->producer_pages);
	size_t used = 0;

	while (position < end) {
		/* Of the size that records are aligned to: never split. */
		const char *record = data + (position & (ring->size - 1));
		/* Pairs with the kernel's xchg in bpf_ringbuf_commit(). */
		__u32 header = __atomic_load_n((const __u32 *)record, __ATOMIC_ACQUIRE);
		__u32 length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		if (length > ring->size)
			return -EPROTO;
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			if (length > capacity - used) {
				if (used == 0)
					return -EPROTO;
				break;
			}
			copy_record((char *)buffer + used, data, ring->size,
				    position + BPF_RINGBUF_HDR_SZ, length);
			used += length;
		}
		position += (length + BPF_RINGBUF_HDR_SZ + 7) & ~7ULL;
	}
	ring->batch_end = position;
	return used;
}

void ring_release(struct ring *ring)
{
	__atomic_store_n((__u64 *)ring->consumer_page, ring->batch_end, __ATOMIC_RELEASE);
}

void ring_close(struct ring *ring)
{
	if (ring->epoll_fd >= 0)
		close(ring->epoll_fd);
	if (ring->producer_pages && ring->producer_pages != MAP_FAILED)
		munmap(ring->producer_pages, ring->page + ring->size);
	if (ring->consumer_page && ring->consumer_page != MAP_FAILED)
		munmap(ring->consumer_page, ring->page);
	memset(ring, 0, sizeof(*ring));
	ring->epoll_fd = -1;
}
