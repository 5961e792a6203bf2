# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench storm: a node on fire. What became of every event of a storm, how late it came, what the agent took.

Each storm runs at full speed in a control group of its own, so that what was generated there is known exactly; a
consumer reads the topic at the same time. Generated must be delivered plus suppressed plus lost, type by type.
"""
import re
import subprocess
import time
from pathlib import Path

import bench
from node import Crowd

# Storm: operations; what one makes, by type; the group's most processes
EXEC, EXIT, SENT, DELIVERED = "PROCESS_EXEC", "PROCESS_EXIT", "SIGNAL_SENT", "SIGNAL_DELIVERED"
TREE = 126  # processes of a bomb
STORMS = {
    "bomb": (30, {EXIT: TREE}),
    "exec": (1_200, {EXEC: 1, EXIT: 1}),
    "signal": (300_000, {SENT: 1, DELIVERED: 1}),
    "kill": (3_000, {SENT: 1, DELIVERED: 1, EXIT: 1}),
    "mixed": (300, {SENT: 101, DELIVERED: 101, EXEC: 1, EXIT: 3}),
}
MOST_PROCESSES = 1_000
LETHAL_OF = {"kill": {EXIT: 1, SENT: 1}, "mixed": {EXIT: 1, SENT: 1}}

CALM_EVENTS = 8_000  # at 1000 a second
CALM_WARM_UP = 7_000  # an agent runs for days: its first seconds are not what a calm node sees
HOUR_EVENTS = 3_600_000  # an hour of what the rate limit lets through of one cgroup


class Group:
    """A control group for one storm, in the hierarchy by which the agent tells cgroups apart, and in that of pids."""

    def __init__(self, name):
        root = Path("/sys/fs/cgroup")
        unified = (root / "cgroup.controllers").exists()
        parents = [root] if unified else [root / "memory", root / "pids"]
        if unified:
            (root / "cgroup.subtree_control").write_text("+pids")
        self.folders = [parent / f"process-signals-bench-{name}" for parent in parents]

    def __enter__(self):
        for folder in self.folders:
            folder.mkdir()
        (self.folders[-1] / "pids.max").write_text(str(MOST_PROCESSES))
        self.id = self.folders[0].stat().st_ino
        return self

    def __exit__(self, *_):
        for folder in self.folders:
            bench.remove(folder)

    def prefix(self):
        enter = "".join(f"echo $$ >{folder}/cgroup.procs; " for folder in self.folders)
        return ["sh", "-c", f'{enter}exec "$@"', "sh"]


class Counts(bench.Program):
    """TopicCounts: one consumer for all storms, since one that is read by people runs for days, too."""

    def __init__(self, servers):
        super().__init__(
            bench.program("quickstart.bench.TopicCounts", servers.bootstrap, servers.registry),
            keep=True, stdin=subprocess.PIPE)

    def _say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _await(self, word):
        """The lines until the one that begins so."""
        deadline = time.monotonic() + 120
        while not any(line.startswith(word) for line in self.lines):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"bench: the consumer failed: {' / '.join(self.lines[-3:])}")
            time.sleep(0.02)
        lines = list(self.lines)
        self.lines.clear()
        return lines

    def begin(self, topic):
        self._say(topic)

    def await_begin(self):
        self._await("reading")

    def result(self):
        """What the topic had, when nothing comes any more."""
        self._say("")
        found = {"delivered": {}, "suppressed": {}, "lost": {}, "latency": {}}
        for line in self._await("duplicates"):
            kind, *words = line.split()
            if kind in ("delivered", "suppressed"):
                found[kind].setdefault(int(words[0]), {})[words[1]] = int(words[2])
            elif kind == "lost":
                found["lost"][words[0]] = (int(words[1]), int(words[2]))
            elif kind == "latency":
                found["latency"][int(words[0])] = [int(word) / 1000 for word in words[1:]]
            elif kind == "duplicates":
                found["duplicates"] = int(words[0])
        return found


def run(servers, reader, topic, storm, operations, burst=0, pause_us=0, warm_up=0):
    """One storm with an agent of its own, after another one of so many operations in another group."""
    settings = servers.settings(topic) | {"shutdown.timeout.ms": 60_000}  # everything is to be in the topic
    reader.begin(topic)
    with Group(topic) as group, bench.Agent(settings) as agent:
        reader.await_begin()
        if warm_up:
            with Group(f"{topic}-before") as earlier:
                bench.storm(storm, warm_up, burst, pause_us, prefix=earlier.prefix())
        before = bench.cpu_seconds(agent.pid)
        begun = time.monotonic()
        nanos = bench.storm(storm, operations, burst, pause_us, prefix=group.prefix())
        time.sleep(1.5)  # the counts of what was held back come once a second
        taken = time.monotonic() - begun
        cpu = bench.cpu_seconds(agent.pid) - before
        rss = bench.rss_mb(agent.pid)
        agent.end(limit=90)
        found = reader.result()
    return group.id, found, {"ns": nanos, "seconds": taken, "cpu": cpu, "rss": rss}


def generated(storm, operations):
    """By type. The shell's exec comes before it is in the group; taskset and the storm are two more, and one exit."""
    made = {kind: count * operations for kind, count in STORMS[storm][1].items()}
    made[EXEC] = made.get(EXEC, 0) + 2
    made[EXIT] = made.get(EXIT, 0) + 1
    return made


def account(storm, operations, group, found):
    """Rows of the table, and the sum of what neither arrived nor was counted."""
    rows = []
    untold = 0
    for kind, made in sorted(generated(storm, operations).items()):
        delivered = found["delivered"].get(group, {}).get(kind, 0)
        suppressed = found["suppressed"].get(group, {}).get(kind, 0)
        lost, lethal = found["lost"].get(kind, (0, 0))
        rest = made - delivered - suppressed
        # A loss has no cgroup: what is lost beside the storm is no error, what is neither there nor lost is one.
        untold += 0 if 0 <= rest <= lost else abs(rest)
        rows.append([storm, kind, made, delivered, suppressed, lost, lethal, rest])
    return rows, untold


def heap_after_gc(pid):
    """Used bytes of the heap after a full collection, in MB."""
    subprocess.run(["jcmd", str(pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
    info = subprocess.run(["jcmd", str(pid), "GC.heap_info"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return sum(int(used) for used in re.findall(r"(?:generation|Gen)\s+total \d+K, used (\d+)K", info)) / 1024


def hour(servers):
    """Heap before and after an hour's worth of events, none of them held back."""
    settings = servers.settings("bench-hour") | {"rate.limit.events": 0}
    with bench.Agent(settings) as agent:
        bench.storm("ignored", 200_000, 2_000, 20_000)
        time.sleep(2)
        before = heap_after_gc(agent.pid)
        bench.storm("ignored", HOUR_EVENTS, 4_000, 6_000)
        time.sleep(3)
        return before, heap_after_gc(agent.pid)


def main():
    rows = []
    costs = []
    untold = lethal = duplicates = 0
    topics = [f"bench-{name}" for name in (*STORMS, "calm", "crowd", "hour")]
    with bench.Servers(topics) as servers, Counts(servers) as reader:
        for storm, (operations, _) in STORMS.items():
            group, found, cost = run(servers, reader, f"bench-{storm}", storm, operations)
            more, unexplained = account(storm, operations, group, found)
            rows += more
            untold += unexplained
            duplicates += found["duplicates"]
            lethal += sum(priority for _, priority in found["lost"].values())
            costs.append([storm, *costs_of(group, found, cost)])
        group, found, cost = run(servers, reader, "bench-calm", "ignored", CALM_EVENTS, 1, 850, CALM_WARM_UP)
        calm = found["latency"][group]
        costs.append(["1000 events/s", *costs_of(group, found, cost)])
        with Crowd():
            group, found, cost = run(servers, reader, "bench-crowd", "mixed", STORMS["mixed"][0])
            more, unexplained = account("mixed", STORMS["mixed"][0], group, found)
            rows += [["mixed, crowd", *row[1:]] for row in more]
            untold += unexplained
            lethal += sum(priority for _, priority in found["lost"].values())
            costs.append(["mixed, crowd", *costs_of(group, found, cost)])
        before, after = hour(servers)

    bench.table(
        "What became of the events of a storm (lost: of the whole node)",
        ["storm", "type", "generated", "delivered", "suppressed", "lost", "  lethal", "neither"],
        rows,
    )
    bench.table(
        "What it took; latency from the kernel's time to the consumer. Crowd: 10 000 idle processes more",
        ["storm", "ns/operation", "agent's CPU, % of a core", "RSS MB", "p50 ms", "p99 ms", "p99.9 ms", "most ms"],
        costs,
    )
    musts = bench.Musts()
    musts.at_most("events neither delivered nor counted", untold, 0)
    musts.at_most("deaths and lethal signals lost", lethal, 0)
    musts.at_most("latency at 1000 events/s, p50 ms", calm[0], 15)
    musts.at_most("  p99 ms", calm[1], 40)
    musts.at_most(f"heap after {HOUR_EVENTS / 1e6:.1f} million events, of before", after / before, 1.05)
    musts.end()


def costs_of(group, found, cost):
    return [cost["ns"], 100 * cost["cpu"] / cost["seconds"], cost["rss"], *found["latency"].get(group, [None] * 4)]


if __name__ == "__main__":
    main()
