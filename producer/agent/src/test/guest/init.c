// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process 1 of the guest: mounts what the agent and the death lab need, runs
 * both, and copies their lines to the console, each whole and behind "@lab ",
 * "@agent " or "@log ", so that the host can tell them from what the kernel
 * says. "@end STATUS STATUS", the wait statuses of both, is the last line.
 * Arguments are the lab's; or, if the first one is a path, a program with its
 * arguments to run alone, as if it were the lab.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES (256 * 1024)

struct stream {
	const char *prefix;
	int fd;			/* -1: ended */
	bool ready;		/* said its first line */
	size_t length;
	char line[LINE_MAX_BYTES];
};

struct program {
	pid_t pid;
	int input;
	int output;
	int errors;
};

static struct stream lab = { .prefix = "@lab " }, agent = { .prefix = "@agent " };
static struct stream lab_log = { .prefix = "@log lab: " }, agent_log = { .prefix = "@log agent: " };

static void say_bytes(const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(STDOUT_FILENO, bytes, length);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
}

static void say(const char *text)
{
	say_bytes(text, strlen(text));
}

static _Noreturn void power_off(void)
{
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_at(const char *type, const char *path, const char *options)
{
	char text[128];

	mkdir(path, 0755);
	if (mount(type, path, type, 0, options)) {
		snprintf(text, sizeof(text), "@log init: cannot mount %s: %s\n", type, strerror(errno));
		say(text);
	}
}

static void mount_all(void)
{
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("devpts", "/dev/pts", "ptmxmode=666");
	mount_at("tmpfs", "/tmp", NULL);
	mount_at("tmpfs", "/run", NULL);
	mount_at("cgroup2", "/sys/fs/cgroup", NULL);
	mount_at("bpf", "/sys/fs/bpf", NULL);
	mount_at("tracefs", "/sys/kernel/tracing", NULL);
}

/* No echo, no line ends of the terminal's own. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);
	struct termios raw;

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (tcgetattr(fd, &raw) == 0) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
}

static struct program start(char **command)
{
	int in[2], out[2], err[2];
	struct program started;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		power_off();
	started.pid = fork();
	if (!started.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		setsid();
		execv(command[0], command);
		fprintf(stderr, "cannot run %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	started.input = in[1];
	started.output = out[0];
	started.errors = err[0];
	return started;
}

/* Copies what is there up to its last line end. */
static void copy_lines(struct stream *s)
{
	ssize_t n = read(s->fd, s->line + s->length, sizeof(s->line) - s->length);
	char *end;

	if (n <= 0) {
		s->fd = -1;
		return;
	}
	s->length += (size_t)n;
	while ((end = memchr(s->line, '\n', s->length))) {
		size_t used = (size_t)(end - s->line) + 1;

		say(s->prefix);
		say_bytes(s->line, used);
		memmove(s->line, end + 1, s->length - used);
		s->length -= used;
		s->ready = true;
	}
	if (s->length == sizeof(s->line))
		s->length = 0;
}

static void copy_until(const bool *done, const int *fd)
{
	struct stream *const all[] = { &lab, &agent, &lab_log, &agent_log };

	while (!*done && *fd >= 0) {
		struct pollfd poller[4];

		for (int i = 0; i < 4; i++)
			poller[i] = (struct pollfd){ .fd = all[i]->fd, .events = POLLIN };
		if (poll(poller, 4, -1) < 0)
			continue;
		for (int i = 0; i < 4; i++)
			if (poller[i].fd >= 0 && poller[i].revents)
				copy_lines(all[i]);
	}
}

static _Noreturn void run_alone(char **command)
{
	static const bool never = false;
	struct program alone = start(command);
	int status = 0;
	char text[64];

	agent.fd = agent_log.fd = -1;
	lab.fd = alone.output;
	lab_log.fd = alone.errors;
	copy_until(&never, &lab.fd);
	waitpid(alone.pid, &status, 0);
	snprintf(text, sizeof(text), "@end %d 0\n", status);
	say(text);
	power_off();
}

int main(int argc, char **argv)
{
	static const bool never = false;
	/*
	 * -Xint: emulated processors run stale code now and then where one
	 * patches what another runs, as compiled Java is. The guest is no slower.
	 */
	static char *agent_command[] = {
		"/java/bin/java", "-XX:+UseSerialGC", "-Xint", "-Xms64m", "-Xmx256m",
		"-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events", "-Djava.io.tmpdir=/tmp",
		"-cp", "/app/classes:/app/lib/*", "io.processsignals.agent.lab.GuestMain", NULL,
	};
	char *lab_command[64] = { "/deathlab", "--id", "1", "--hold" };
	struct program labs, agents;
	int lab_status = 0, agent_status = 0;
	char text[64];

	for (int i = 1; i < argc && i < 59; i++)
		lab_command[3 + i] = argv[i];
	mount_at("devtmpfs", "/dev", NULL);
	open_console();
	mount_all();
	signal(SIGPIPE, SIG_IGN);
	setenv("PATH", "/bin", 1);
	setenv("LD_LIBRARY_PATH", "/lib", 1);
	if (argc > 1 && argv[1][0] == '/')
		run_alone(argv + 1);

	agent.fd = agent_log.fd = -1;
	labs = start(lab_command);
	lab.fd = labs.output;
	lab_log.fd = labs.errors;
	copy_until(&lab.ready, &lab.fd);

	agents = start(agent_command);
	agent.fd = agents.output;
	agent_log.fd = agents.errors;
	copy_until(&agent.ready, &agent.fd);

	if (!agent.ready) {
		say("@log init: the agent did not become ready\n");
		power_off();
	}
	/* Now the lab begins; when it has ended, the agent is told to. */
	if (write(labs.input, "\n", 1) != 1)
		say("@log init: the lab is gone\n");
	copy_until(&never, &lab.fd);
	waitpid(labs.pid, &lab_status, 0);
	close(agents.input);
	copy_until(&never, &agent.fd);
	waitpid(agents.pid, &agent_status, 0);
	snprintf(text, sizeof(text), "@end %d %d\n", lab_status, agent_status);
	say(text);
	power_off();
}
