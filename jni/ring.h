/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading a BPF ring buffer in two steps. libbpf's ring_buffer__consume()
 * releases every record as its callback returns; here a batch is copied, and
 * released only when the caller has made it safe.
 *
 * Protocol: Documentation/bpf/ringbuf.rst and kernel/bpf/ringbuf.c.
 */
#ifndef PROCESS_SIGNALS_RING_H
#define PROCESS_SIGNALS_RING_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

struct ring {
	int map_fd;
	int epoll_fd;
	size_t page;
	__u64 size; /* bytes of data, a power of two */
	void *consumer_page;
	void *producer_pages; /* position, then the data */
	__u64 batch_end;      /* consumer position after the last copied batch */
};

/* Maps the ring of map_fd, which stays the caller's. Returns 0 or -errno. */
int ring_open(struct ring *ring, int map_fd, __u64 size);

/* Waits for a wakeup by the kernel; 0 also if there was none in time. */
int ring_wait(struct ring *ring, int timeout_ms);

/* Bytes between consumer and producer, headers included. */
__u64 ring_unread(const struct ring *ring);

/*
 * Copies records without their ring headers, from the consumer position on, as
 * many as fit. Stops at a record that is still being written.
 */
ssize_t ring_copy(struct ring *ring, void *buffer, size_t capacity);

/* Moves the consumer position past what ring_copy() saw. */
void ring_release(struct ring *ring);

void ring_close(struct ring *ring);

#endif /* PROCESS_SIGNALS_RING_H */
