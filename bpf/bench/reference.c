// SPDX-License-Identifier: GPL-2.0-only
/*
 *   reference FILE PROGRAM...
 *
 * Attaches programs of FILE, reference.bpf.o, in this order, which is the order
 * they run in, and empties their ring buffer every 2 ms until SIGTERM. Prints
 * "attached" when they are. Exits with 0, 1 if it cannot, 2 for wrong usage.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static int take(void *context, void *record, size_t size)
{
	(void)context;
	(void)record;
	(void)size;
	return 0;
}

static int fail(const char *what)
{
	fprintf(stderr, "reference: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	struct ring_buffer *ring;
	struct bpf_object *object;

	if (argc < 3) {
		fprintf(stderr, "Usage: reference FILE PROGRAM...\n");
		return 2;
	}
	signal(SIGTERM, end);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return fail("cannot load");
	for (int i = 2; i < argc; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(object, argv[i]);

		if (!program || !bpf_program__attach(program))
			return fail(argv[i]);
	}
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), take, NULL,
				NULL);
	if (!ring)
		return fail("cannot read the ring buffer");
	puts("attached");
	fflush(stdout);
	while (!ended) {
		ring_buffer__consume(ring);
		nanosleep(&pause, NULL);
	}
	return 0;
}
