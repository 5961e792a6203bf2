// SPDX-License-Identifier: GPL-2.0-or-later
/* Options, the order of kinds, one director process per scene. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deathlab.h"
#include "options.h"

#define SCENE_TIMEOUT_MS 120000

static const struct kind *const tables[] = {
	signal_kinds, exit_kinds, fault_kinds, limit_kinds, oom_kinds, namespace_kinds, trace_kinds, name_kinds,
};

static const struct kind *all_kinds[256];
static unsigned int n_kinds;

static void collect_kinds(void)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct kind *k = tables[t]; k->name; k++)
			all_kinds[n_kinds++] = k;
}

static const struct kind *find_kind(const char *name)
{
	for (unsigned int i = 0; i < n_kinds; i++)
		if (strcmp(all_kinds[i]->name, name) == 0)
			return all_kinds[i];
	return NULL;
}

/* ---- what a victim becomes by exec: --act exit:N COMM-IN-HEX ... ---- */

static int act(char **arguments)
{
	char comm[COMM_LEN] = "";
	const char *hex = arguments[1];

	for (size_t i = 0; i < COMM_LEN - 1 && hex[2 * i] && hex[2 * i + 1]; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		comm[i] = (char)strtoul(digits, NULL, 16);
	}
	prctl(PR_SET_NAME, comm);
	if (strncmp(arguments[0], "exit:", 5) == 0)
		return atoi(arguments[0] + 5);
	return 2;
}

/* ---- scenes ---- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static struct scene *new_scene(const struct kind *kind, const struct options *options, unsigned int number)
{
	const char *base = getenv("TMPDIR");
	struct scene *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	s->kind = kind;
	s->options = options;
	s->number = number;
	snprintf(s->scratch, sizeof(s->scratch), "%.40s/deathlab-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(s->scratch)) {
		perror("deathlab: cannot make a directory");
		exit(3);
	}
	if (kind->older && (pipe(s->hold) || pipe(s->release))) {
		perror("deathlab: pipe");
		exit(3);
	}
	for (unsigned int i = 0; i < MAX_ACTORS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->actors[i].chan)) {
			perror("deathlab: socketpair");
			exit(3);
		}
	}
	return s;
}

static void free_scene(struct scene *s)
{
	for (unsigned int i = 0; i < MAX_ACTORS; i++) {
		close(s->actors[i].chan[0]);
		close(s->actors[i].chan[1]);
	}
	nftw(s->scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	munmap(s, sizeof(*s));
}

/* A shell starts its background jobs with SIGINT and SIGQUIT ignored: victims must not inherit that. */
static void reset_signals(void)
{
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void direct(struct scene *s)
{
	const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };

	s->director = getpid();
	prctl(PR_SET_NAME, "lab-director");
	reset_signals();
	/* Actors whose parents die become ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setrlimit(RLIMIT_CORE, &no_core);
	if (chdir(s->scratch))
		fail(s, "cannot use %s: %s", s->scratch, strerror(errno));
	s->kind->run(s, s->kind->arg);
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD)
		fail(s, "it left a process behind");
	end_scene(s);
	_exit(s->mismatch ? 1 : 0);
}

static pid_t begin(struct scene *s)
{
	pid_t pid = fork();

	if (!pid)
		direct(s);
	return pid;
}

/* The actors of a director that hangs become ours when it dies: we are a subreaper too. */
static bool finish(struct scene *s, pid_t director)
{
	int fd = (int)syscall(SYS_pidfd_open, director, 0);
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int status = 0;

	if (fd >= 0 && poll(&poller, 1, SCENE_TIMEOUT_MS) == 0) {
		kill(director, SIGKILL);
		waitpid(director, &status, 0);
		s->director = getpid();
		report_outcome(s, "failed", "it did not end in time");
		end_scene(s);
	} else {
		waitpid(director, &status, 0);
	}
	close(fd);
	free_scene(s);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the order of scenes ---- */

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 8;
}

static void shuffle(const struct kind **kinds, unsigned int n, unsigned int *state)
{
	for (unsigned int i = n; i > 1; i--) {
		unsigned int j = next_random(state) % i;
		const struct kind *other = kinds[j];

		kinds[j] = kinds[i - 1];
		kinds[i - 1] = other;
	}
}

struct held {
	struct scene *scene;
	pid_t director;
};

/* Starts the scenes that begin before the agent, and waits for the agent. */
static unsigned int hold_scenes(const struct options *options, const struct kind **kinds, unsigned int n,
				unsigned int *number, struct held *held)
{
	unsigned int count = 0;
	char byte;

	for (unsigned int i = 0; i < n; i++) {
		if (!kinds[i]->older)
			continue;
		held[count].scene = new_scene(kinds[i], options, (*number)++);
		held[count].director = begin(held[count].scene);
		if (read(held[count].scene->hold[0], &byte, 1) != 1)
			exit(3);
		count++;
	}
	printf("{\"outcome\":\"ready\"}\n");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) < 0)
		exit(3);
	return count;
}

static bool run(const struct options *options, const struct kind **kinds, unsigned int n)
{
	struct held held[16];
	unsigned int number = 0, n_held = 0, random = options->seed;
	bool ok = true;

	if (options->hold)
		n_held = hold_scenes(options, kinds, n, &number, held);
	for (unsigned int i = 0; i < n_held; i++) {
		if (write(held[i].scene->release[1], "", 1) != 1)
			exit(3);
		ok &= finish(held[i].scene, held[i].director);
	}
	for (unsigned int round = 0; round < options->repeat; round++) {
		if (options->shuffle)
			shuffle(kinds, n, &random);
		for (unsigned int i = 0; i < n; i++) {
			struct scene *s;

			if (kinds[i]->older) {
				if (!options->hold) {
					struct scene absent = { .kind = kinds[i], .options = options };

					report_outcome(&absent, "skipped", "needs --hold");
				}
				continue;
			}
			s = new_scene(kinds[i], options, number++);
			if (!s)
				exit(3);
			ok &= finish(s, begin(s));
		}
	}
	return ok;
}

static void list(void)
{
	for (unsigned int i = 0; i < n_kinds; i++)
		printf("%-22s %s\n", all_kinds[i]->name, all_kinds[i]->what);
}

static void help(FILE *out)
{
	fprintf(out,
		"deathlab [OPTION]...: causes deaths of its own processes and prints what truly happened\n"
		"  --list          the kinds\n"
		"  --kind K        only this kind; may be given several times\n"
		"  --id N          tells apart labs that run at once (0-255)\n"
		"  --repeat N      all of it N times\n"
		"  --seed N        in an order drawn from N, another one each time\n"
		"  --hold          start the victims that are to be older than the agent, print a line,\n"
		"                  wait for a line\n"
		"  --self-check    compare with wait4 only, print a table\n");
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "list", no_argument, NULL, 'l' },	  { "kind", required_argument, NULL, 'k' },
		{ "id", required_argument, NULL, 'i' },	  { "repeat", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' }, { "hold", no_argument, NULL, 'h' },
		{ "self-check", no_argument, NULL, 'c' }, { "help", no_argument, NULL, '?' },
		{ 0 },
	};
	struct options options = { .repeat = 1 };
	const struct kind *chosen[256];
	unsigned int n_chosen = 0;
	int option;

	if (argc >= 3 && strcmp(argv[0], "--act") == 0)
		return act(argv + 1);
	if (argc >= 4 && strcmp(argv[1], "--act") == 0)
		return act(argv + 2);
	collect_kinds();
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'l':
			list();
			return 0;
		case 'k':
			if (n_chosen == 256)
				return 2;
			chosen[n_chosen] = find_kind(optarg);
			if (!chosen[n_chosen++]) {
				fprintf(stderr, "deathlab: no kind %s; see --list\n", optarg);
				return 2;
			}
			break;
		case 'i':
			options.id = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			options.repeat = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			options.seed = (unsigned int)strtoul(optarg, NULL, 10);
			options.shuffle = true;
			break;
		case 'h':
			options.hold = true;
			break;
		case 'c':
			options.self_check = true;
			break;
		default:
			help(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		help(stderr);
		return 2;
	}
	if (geteuid() != 0) {
		fprintf(stderr, "deathlab: run it as root: it makes namespaces, cgroups and processes of other users\n");
		return 3;
	}
	if (!n_chosen) {
		memcpy(chosen, all_kinds, sizeof(chosen));
		n_chosen = n_kinds;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
	return run(&options, chosen, n_chosen) ? 0 : 1;
}
