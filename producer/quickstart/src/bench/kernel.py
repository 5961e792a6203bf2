# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench kernel: what an event costs in the kernel, and how much a storm is slowed down, beside other tools.

Every tool runs alone, several rounds in turn, on the same storms on one CPU: first at full speed for the slow-down,
then in bursts with the kernel's bpf_stats for the run time of its programs. A burst is what the agent's ring takes, so
that every event is captured; the agent's programs are measured with the rate limit off, or they would do less.
"""
import json
import re
import subprocess
import time
from pathlib import Path

import bench

ROUNDS = 3
EVERY_OTHER = 0.5  # runs an operation

# Storm: operations at full speed, operations in bursts, burst, pause in microseconds, events of an operation
STORMS = {
    "fork": (700, 600, 150, 30_000, 1),
    "exec": (200, 100, 25, 30_000, 1),
    "signal": (30_000, 4_000, 500, 30_000, 1),
    "ignored": (50_000, 6_000, 1000, 30_000, 1),
    "masked": (50_000, 30_000, 0, 0, 1),
    "kill": (700, 400, 100, 30_000, 1),
    "mixed": (60, 40, 4, 30_000, 1),
}

# What a storm is about, for the cost of its one event
HOOK_OF = {"fork": "exit", "exec": "exec", "signal": "signal", "ignored": "signal", "masked": "signal", "kill": "exit"}


class Tool:
    def __init__(self, name, start, storms=tuple(STORMS), delay=0.0):
        self.name = name
        self.start = start
        self.storms = storms
        self.delay = delay  # seconds from its start to its programs attached, where it does not say


def agent(settings):
    return lambda: bench.Agent(settings | {"shutdown.timeout.ms": 100})


def script(name):
    return lambda: bench.Program(["bpftrace", bench.SCRIPTS / f"{name}.bt"], ready="Attaching")


def tool(*command):
    return lambda: bench.Program(command)


def reference(*programs):
    return lambda: bench.Program(
        [bench.PROGRAMS / "reference", bench.PROGRAMS / "reference.bpf.o", *programs], ready="attached")


TOOLS = [
    Tool("process-signals", agent({"rate.limit.events": 0})),
    Tool("process-signals, defaults", agent({}), ("exec", "ignored", "mixed")),
    Tool("reference", reference("exec_record", "exit_record", "signal_record"),
         ("fork", "exec", "signal", "ignored", "kill")),
    # One after the other on the same event, so that each finds warm what the ones before it touched
    Tool("reference, in steps", reference(
        "exit_nothing", "exit_clock", "exit_room", "signal_nothing", "signal_clock", "signal_room"),
         ("fork", "signal")),
    Tool("bpftrace exec.bt", script("exec"), ("exec",), 0.3),
    Tool("bpftrace exit.bt", script("exit"), ("fork", "kill"), 0.3),
    Tool("bpftrace signal.bt", script("signal"), ("signal", "ignored", "masked"), 0.3),
    Tool("execsnoop", tool("/usr/sbin/execsnoop"), ("exec",), 0.7),
    Tool("exitsnoop", tool("/usr/sbin/exitsnoop"), ("fork", "kill"), 0.7),
    Tool("sigsnoop", tool("/usr/sbin/sigsnoop"), ("signal", "ignored", "masked"), 0.7),
]


def names():
    """Name of every program in the kernel, by its id."""
    known = json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], check=True, stdout=subprocess.PIPE).stdout)
    return {program["id"]: program.get("name", program["type"]) for program in known}


def counters(pids):
    """Runs and nanoseconds of every program that these processes hold, by its id."""
    found = {}
    for pid in pids:
        for info in Path(f"/proc/{pid}/fdinfo").iterdir():
            try:
                text = info.read_text()
            except OSError:
                continue
            values = dict(re.findall(r"^(\w+):\s+(\d+)$", text, re.M))
            if "prog_id" in values and "run_cnt" in values:
                found[int(values["prog_id"])] = (int(values["run_cnt"]), int(values["run_time_ns"]))
    return found


class Statistics:
    """Switches the kernel's accounting of BPF run time on, and back to what it was."""

    PATH = Path("/proc/sys/kernel/bpf_stats_enabled")

    def __enter__(self):
        self.before = self.PATH.read_text()
        self.PATH.write_text("1")

    def __exit__(self, *_):
        self.PATH.write_text(self.before)


def measure_runs(pids, storm):
    """Runs the storm in bursts; returns {program: (runs, ns)} and operations."""
    _, count, burst, pause, _ = STORMS[storm]
    with Statistics():
        before = counters(pids)
        bench.storm(storm, count, burst, pause)
        after = counters(pids)
    known = names()
    found = {}
    for key, (runs, nanos) in after.items():
        runs_before, nanos_before = before.get(key, (0, 0))
        if runs - runs_before >= count * EVERY_OTHER:  # not what the machine does meanwhile
            found[known.get(key, "?")] = (runs - runs_before, nanos - nanos_before)
    return found, count


def main():
    speed = {}  # (tool, storm): ns an operation, a round each
    cost = {}  # (tool, storm, program): ns a run
    total = {}  # (tool, storm): ns of all programs an operation
    for _ in range(ROUNDS):
        for storm in STORMS:
            speed.setdefault(("nothing", storm), []).append(bench.storm(storm, STORMS[storm][0]))
        for each in TOOLS:
            with each.start() as running:
                time.sleep(each.delay + 0.2)
                pids = bench.children(running.pid)
                for storm in each.storms:
                    speed.setdefault((each.name, storm), []).append(bench.storm(storm, STORMS[storm][0]))
                    runs, operations = measure_runs(pids, storm)
                    for program, (count, nanos) in runs.items():
                        cost.setdefault((each.name, storm, program), []).append(nanos / count)
                    total.setdefault((each.name, storm), []).append(
                        sum(nanos for _, nanos in runs.values()) / operations)

    rows = []
    for storm in STORMS:
        for (name, of, program), values in sorted(cost.items()):
            if of == storm and len(values) >= ROUNDS // 2 + 1:
                rows.append([storm, name, program, bench.median(values)])
    bench.table("Kernel time of one run of a program, ns", ["storm", "tool", "program", "ns"], rows)

    rows = []
    for storm in STORMS:
        bare = bench.median(speed["nothing", storm])
        rows.append([storm, "nothing", bare, 1.0, None, None])
        ours = bench.median(total["process-signals", storm])
        for each in TOOLS:
            if storm in each.storms:
                taken = bench.median(speed[each.name, storm])
                spent = bench.median(total[each.name, storm])
                rows.append([storm, each.name, taken, bench.ratio(bare, taken), spent, bench.ratio(spent, ours)])
    bench.table(
        "A storm's operation with a tool running, and the kernel time of all its programs",
        ["storm", "tool", "ns/operation", "speed", "ns of programs", "times ours"],
        rows,
    )

    def program(name, storm, *prefixes):
        found = [bench.median(values) for (tool, of, program), values in cost.items()
                 if tool == name and of == storm and program.startswith(prefixes)]
        return found[0] if found else None

    def kept(name, storm):
        return bench.ratio(bench.median(speed["nothing", storm]), bench.median(speed[name, storm]))

    ours = "process-signals"
    exit_ns = program(ours, "fork", "exit_")
    signal_ns = program(ours, "signal", "signal_")
    musts = bench.Musts()
    musts.at_most("kernel ns per captured exit", exit_ns, 450)
    musts.at_most("  the same, of a death by signal", program(ours, "kill", "exit_"), 450)
    musts.at_most("  part of bpftrace's", bench.ratio(exit_ns, bench.median(total["bpftrace exit.bt", "fork"])), 0.05)
    musts.at_most("kernel ns per captured signal, queued", signal_ns, 350)
    musts.at_most("  the same, ignored", program(ours, "ignored", "signal_"), 350)
    musts.at_most("  part of bpftrace's",
                  bench.ratio(signal_ns, bench.median(total["bpftrace signal.bt", "signal"])), 0.05)
    musts.at_most("kernel ns per signal that the mask rejects", program(ours, "masked", "signal_"), 60)
    musts.at_least("signal storm, against bare, defaults", kept(ours + ", defaults", "ignored"), 0.65)
    musts.at_least("signal storm, against bare, every event told", kept(ours, "ignored"), 0.65)
    musts.at_least("fork+exec storm, against bare", kept(ours, "exec"), 0.93)
    musts.end()


if __name__ == "__main__":
    main()
