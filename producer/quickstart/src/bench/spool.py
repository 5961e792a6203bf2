# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench spool: from raw records to Kafka's acknowledgement, with the spool and with memory alone between; and how
fast the backlog of an outage drains, beside a bare producer."""
import subprocess
import tempfile
from pathlib import Path

import bench

EVENTS = 400_000
BACKLOG_EVENTS = 600_000
ROUNDS = 5
LEAST_RATIO = 0.9
LEAST_DRAIN_RATIO = 0.7

# As bin/process-signals starts the agent.
AGENT = [f"@{bench.ROOT / 'producer' / 'agent' / 'src' / 'main' / 'jvm' / 'agent.options'}"]


def run(folder, options, main, events):
    """The rates of each name that the program prints."""
    command = [*bench.java(*options), f"io.processsignals.agent.bench.{main}", bench.recording(), folder, events, ROUNDS]
    out = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout
    rates = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            rates.setdefault(words[0], []).append(int(words[1]))
    return rates


def table(title, rates):
    bench.table(
        title,
        ["what", *[f"round {i + 1}" for i in range(ROUNDS)], "median"],
        [[name, *values, bench.median(values)] for name, values in rates.items()],
    )


def main():
    # On the disk of the build, as a spool is on a node's: /tmp may be memory.
    target = bench.ROOT / "producer" / "agent" / "target"
    with tempfile.TemporaryDirectory(prefix="spool-bench-", dir=target) as name:
        folder = Path(name)
        logs = run(folder, ["-Xmx256m"], "SpoolBench", EVENTS)
        drain = run(folder, AGENT, "BacklogBench", BACKLOG_EVENTS)
    table(f"Events a second from capture to acknowledgement, a broker on the same machine, {EVENTS} events a round", logs)
    table(
        f"Events a second of a backlog of {BACKLOG_EVENTS} events, and of a bare producer with the agent's settings and heap",
        drain,
    )
    musts = bench.Musts()
    musts.at_least("spool / memory", bench.median(logs["spool"]) / bench.median(logs["memory"]), LEAST_RATIO)
    musts.at_least("backlog / bare", bench.median(drain["backlog"]) / bench.median(drain["bare"]), LEAST_DRAIN_RATIO)
    musts.end()


if __name__ == "__main__":
    main()
