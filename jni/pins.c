// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SET_PREFIX "set-"
#define GENERATION "generation"

void pins_path(const struct pins *pins, __u64 set, const char *name, char *path, size_t size)
{
	if (set)
		snprintf(path, size, "%s/" SET_PREFIX "%llu/%s", pins->folder,
			 (unsigned long long)set, name);
	else
		snprintf(path, size, "%s/%s", pins->folder, name);
}

int pins_get(const struct pins *pins, __u64 set, const char *name)
{
	char path[PATH_MAX];
	int fd;

	pins_path(pins, set, name, path, sizeof(path));
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int pins_open(struct pins *pins, const char *folder)
{
	__u32 key = PS_GENERATION_ACTIVE;
	int err;

	memset(pins, 0, sizeof(*pins));
	pins->lock_fd = pins->generation_fd = -1;
	if (strlen(folder) >= sizeof(pins->folder))
		return -ENAMETOOLONG;
	strcpy(pins->folder, folder);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return -errno;
	pins->lock_fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (pins->lock_fd < 0)
		return -errno;
	if (flock(pins->lock_fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		pins_close(pins);
		return err;
	}
	pins->generation_fd = pins_get(pins, 0, GENERATION);
	if (pins->generation_fd >= 0)
		bpf_map_lookup_elem(pins->generation_fd, &key, &pins->active);
	return 0;
}

bool pins_identity(const struct pins *pins, __u64 set, struct ps_pin_identity *identity)
{
	__u32 zero = 0;
	int fd = set ? pins_get(pins, set, "identity") : -ENOENT;
	bool found;

	if (fd < 0)
		return false;
	found = bpf_map_lookup_elem(fd, &zero, identity) == 0 && identity->complete == 1;
	close(fd);
	return found;
}

static void remove_set(const struct pins *pins, const char *name)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	pins_path(pins, 0, name, path, sizeof(path));
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}

void pins_remove_others(const struct pins *pins, __u64 keep)
{
	DIR *dir = opendir(pins->folder);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, SET_PREFIX, strlen(SET_PREFIX)) == 0 &&
		    strtoull(entry->d_name + strlen(SET_PREFIX), NULL, 10) != keep)
			remove_set(pins, entry->d_name);
	}
	closedir(dir);
}

int pins_new_set(struct pins *pins, __u64 *set)
{
	char path[PATH_MAX];

	/* What an agent left that died while it made its set. */
	pins_remove_others(pins, pins->active);
	*set = pins->active + 1;
	pins_path(pins, *set, "", path, sizeof(path));
	return mkdir(path, 0700) ? -errno : 0;
}

int pins_switch(struct pins *pins, __u64 set)
{
	__u32 key = PS_GENERATION_ACTIVE;

	pins_heartbeat(pins);
	if (bpf_map_update_elem(pins->generation_fd, &key, &set, BPF_ANY))
		return -errno;
	pins->active = set;
	return 0;
}

void pins_heartbeat(struct pins *pins)
{
	__u32 key = PS_GENERATION_HEARTBEAT;
	struct timespec now;
	__u64 now_ns;

	clock_gettime(CLOCK_BOOTTIME, &now);
	now_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	bpf_map_update_elem(pins->generation_fd, &key, &now_ns, BPF_ANY);
}

void pins_close(struct pins *pins)
{
	if (pins->generation_fd >= 0)
		close(pins->generation_fd);
	if (pins->lock_fd >= 0)
		close(pins->lock_fd);
	pins->lock_fd = pins->generation_fd = -1;
}
