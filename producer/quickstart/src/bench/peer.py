# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench peer: the same storms with what one would write in an evening, `bpftrace script | kcat`, to the same broker.

All storms run bare, with bpftrace and kcat, with the agent, and bare again, several times each, on one CPU. The agent
has its defaults, and has seen 15 000 operations before the first storm: one that runs for days does not compile any more,
this one a little. With the rate limit off, bin/bench kernel has it.
"""
import os
import shlex
import subprocess
import time

import bench

ROUNDS = 3

# Storm: operations, and the script that tells each
STORMS = {"ignored": (100_000, "signal"), "fork": (1_000, "exit"), "exec": (300, "exec")}

# Storm, operations, burst, pause in microseconds: what the agent sees first, some 1000 events a second
WARM_UP = [("ignored", 10_000, 10, 8_000), ("fork", 3_000, 4, 2_000), ("exec", 2_000, 4, 2_000)]

# After which the rate limit lets a whole burst through again
REFILL_SECONDS = 5

PIPELINE, AGENT = "bpftrace | kcat", "process-signals"
NOTHING, BUSY = "nothing", "a busy loop on the other CPU"


class Pipeline(bench.Program):
    """bpftrace into kcat into a topic. Ended from its begin, so that kcat sends what is under way."""

    def __init__(self, script, servers, topic):
        bpftrace = f"bpftrace {shlex.quote(str(bench.SCRIPTS / script))}.bt"
        kcat = f"kcat -P -q -b {servers.bootstrap} -t {topic} -z zstd"
        header = records(servers, topic)
        super().__init__(["bash", "-c", f"{bpftrace} | {kcat}"], keep=True)
        deadline = time.monotonic() + 30
        while records(servers, topic) == header:
            if time.monotonic() > deadline:
                self.end()
                raise SystemExit(f"bench: nothing comes out of {bpftrace}: {' / '.join(self.lines[-3:])}")
            time.sleep(0.2)
        time.sleep(0.5)  # it says so just before its programs are attached
        self.pids = bench.children(self.pid)

    def cpu_seconds(self):
        return sum(bench.cpu_seconds(pid) for pid in self.pids)

    def end(self, number=None, limit=60.0):
        if self.process.poll() is None:
            for pid in bench.children(self.pid):
                try:
                    with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
                        if comm.read().strip() == "bpftrace":
                            subprocess.run(["kill", "-INT", str(pid)], check=False)
                except OSError:
                    pass
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                pass
        super().end()


def create(servers, topic):
    """The first record makes the topic."""
    subprocess.run(["kcat", "-P", "-q", "-b", servers.bootstrap, "-t", topic], input=b"first\n", check=True)


def records(servers, topic):
    """How many the topic, of one partition, has by now."""
    answer = subprocess.run(
        ["kcat", "-Q", "-b", servers.bootstrap, "-t", f"{topic}:0:-1"], check=True, stdout=subprocess.PIPE, text=True)
    return int(answer.stdout.split()[-1])


def measured(storm, cpu_seconds):
    """Nanoseconds an operation of each round, processor time of a core."""
    bench.storm(storm, STORMS[storm][0])
    before = cpu_seconds(), time.monotonic()
    took = [bench.storm(storm, STORMS[storm][0]) for _ in range(ROUNDS)]
    time.sleep(2)
    return took, (cpu_seconds() - before[0]) / (time.monotonic() - before[1])


def peer(servers, storm):
    """The same, and the share of the events that arrived."""
    operations, script = STORMS[storm]
    topic = f"peer-{storm}"
    create(servers, topic)
    with Pipeline(script, servers, topic) as running:
        before = records(servers, topic)
        took, cpu = measured(storm, running.cpu_seconds)
        running.end()
        return took, cpu, (records(servers, topic) - before) / (operations * (ROUNDS + 1))


def ours(servers):
    """The same of each storm; what became of each event is for bin/bench storm to tell."""
    measures = {}
    with bench.Agent(servers.settings("agent")) as agent:
        for storm in WARM_UP:
            bench.storm(*storm)
        time.sleep(REFILL_SECONDS)
        for storm in STORMS:
            measures[storm] = *measured(storm, lambda: bench.cpu_seconds(agent.pid)), None
    return measures


def beside_busy_loop(storm):
    """What the machine itself takes from a storm when its other CPUs have something to do: where they share a core, or
    a hypervisor has to be asked for much that a fork does, that is more than any tool."""
    others = ",".join(str(cpu) for cpu in sorted(os.sched_getaffinity(0) - {bench.LAST_CPU}))
    with bench.Program(["taskset", "-c", others, "sh", "-c", "while :; do :; done"]):
        return [bench.storm(storm, STORMS[storm][0])]


def main():
    runs = {}  # (storm, with what): rounds, processor time, what arrived
    bare = {storm: [] for storm in STORMS}

    def run_bare():
        for storm, (operations, _) in STORMS.items():
            bare[storm] += [bench.storm(storm, operations) for _ in range(ROUNDS)]

    with bench.Servers() as servers:
        run_bare()
        for storm in STORMS:
            runs[storm, PIPELINE] = peer(servers, storm)
        for storm, measures in ours(servers).items():
            runs[storm, AGENT] = measures
        run_bare()
    if len(os.sched_getaffinity(0)) > 1:
        for storm in STORMS:
            runs[storm, BUSY] = beside_busy_loop(storm), None, None
    for storm, took in bare.items():
        runs[storm, NOTHING] = took, None, None

    medians = {key: [bench.median(took), *rest] for key, (took, *rest) in runs.items()}

    def kept(storm, name):
        return bench.ratio(medians[storm, NOTHING][0], medians[storm, name][0])

    rows = []
    for storm in STORMS:
        for name in (PIPELINE, AGENT, BUSY, NOTHING):
            if (storm, name) not in medians:
                continue
            took, cpu, arrived = medians[storm, name]
            rows.append([storm, name, took, kept(storm, name), None if cpu is None else 100 * cpu, arrived])
    bench.table(
        "A storm with each of the two running; arrived: of its events, in the topic after two seconds more",
        ["storm", "with", "ns/operation", "speed", "CPU, % of a core", "arrived"],
        rows,
    )

    musts = bench.Musts()
    musts.at_least("signal storm with the agent, against bare", kept("ignored", AGENT), 0.65)
    musts.at_least("  times the pipeline's",
                   bench.ratio(kept("ignored", AGENT), kept("ignored", PIPELINE)), 1)
    musts.at_least("fork+exec storm with the agent, against bare", kept("exec", AGENT), 0.93)
    musts.end()


if __name__ == "__main__":
    main()
