// SPDX-License-Identifier: GPL-2.0-or-later
/* Control groups of a scene, on cgroup v1, v2 and both at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deathlab.h"
#include "options.h"

struct hierarchy {
	char mount[128];
	int version; /* 0: not found */
};

static struct hierarchy find_unified(void)
{
	struct hierarchy found = { .version = 0 };
	struct mntent *entry;
	FILE *mounts = setmntent("/proc/self/mounts", "r");

	while (mounts && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup2") == 0) {
			snprintf(found.mount, sizeof(found.mount), "%s", entry->mnt_dir);
			found.version = 2;
			break;
		}
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

static struct hierarchy find_memory(void)
{
	struct hierarchy found = { .version = 0 };
	struct mntent *entry;
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	char path[256], controllers[256];

	while (mounts && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup") == 0 && hasmntopt(entry, "memory")) {
			snprintf(found.mount, sizeof(found.mount), "%s", entry->mnt_dir);
			found.version = 1;
			break;
		}
	}
	if (mounts)
		endmntent(mounts);
	if (found.version)
		return found;

	found = find_unified();
	snprintf(path, sizeof(path), "%s/cgroup.controllers", found.mount);
	if (!found.version || !read_file(path, controllers, sizeof(controllers)) || !strstr(controllers, "memory"))
		return (struct hierarchy){ .version = 0 };
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", found.mount);
	write_file(path, "+memory");
	return found;
}

static struct cgroup *make(struct scene *s, const struct hierarchy *h, const struct cgroup *parent)
{
	char path[sizeof(s->cgroups[0].path)];
	struct cgroup *g;

	if (s->n_cgroups == MAX_CGROUPS)
		fail(s, "too many cgroups");
	g = &s->cgroups[s->n_cgroups];
	g->version = h->version;
	snprintf(path, sizeof(path), "%.60s/deathlab-%u-%u-%u", parent ? parent->path : "", s->options->id,
		 s->number, s->n_cgroups);
	memcpy(g->path, path, sizeof(path));
	snprintf(g->dir, sizeof(g->dir), "%.90s%s", h->mount, path);
	if (mkdir(g->dir, 0755))
		skip(s, "cannot make cgroup %s: %s", g->dir, strerror(errno));
	s->n_cgroups++;
	return g;
}

struct cgroup *memory_cgroup(struct scene *s, const struct cgroup *parent)
{
	struct hierarchy h = find_memory();

	if (!h.version)
		skip(s, "no memory controller is mounted");
	if (parent && h.version == 2)
		cgroup_set(s, parent, "cgroup.subtree_control", "+memory");
	return make(s, &h, parent);
}

struct cgroup *unified_cgroup(struct scene *s)
{
	struct hierarchy h = find_unified();

	if (!h.version)
		skip(s, "no cgroup v2 hierarchy is mounted");
	return make(s, &h, NULL);
}

static void file_of(const struct cgroup *g, const char *file, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", g->dir, file);
}

bool cgroup_has(const struct cgroup *g, const char *file)
{
	char path[256];

	file_of(g, file, path, sizeof(path));
	return access(path, F_OK) == 0;
}

void cgroup_set(struct scene *s, const struct cgroup *g, const char *file, const char *value)
{
	char path[256];

	file_of(g, file, path, sizeof(path));
	if (!write_file(path, value))
		fail(s, "cannot write %s to %s: %s", value, path, strerror(errno));
}

void cgroup_join(struct scene *s, const struct cgroup *g, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	cgroup_set(s, g, "cgroup.procs", text);
}

void limit_memory(struct scene *s, const struct cgroup *g, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	cgroup_set(s, g, g->version == 1 ? "memory.limit_in_bytes" : "memory.max", text);
	if (g->version == 2 && cgroup_has(g, "memory.swap.max"))
		cgroup_set(s, g, "memory.swap.max", "0");
	if (g->version == 1 && cgroup_has(g, "memory.memsw.limit_in_bytes"))
		cgroup_set(s, g, "memory.memsw.limit_in_bytes", text);
}

/* Children first. A cgroup stays busy for a moment after its last process was waited for. */
void remove_cgroups(struct scene *s)
{
	while (s->n_cgroups) {
		const struct cgroup *g = &s->cgroups[--s->n_cgroups];

		for (int tries = 0; rmdir(g->dir) && errno == EBUSY && tries < 200; tries++)
			nap_ms(5);
	}
}
