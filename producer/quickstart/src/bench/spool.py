# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench spool: from raw records to Kafka's acknowledgement, with the spool and with memory alone between."""
import subprocess
import tempfile
from pathlib import Path

import bench

EVENTS = 600_000
ROUNDS = 5
LEAST_RATIO = 0.9


def main():
    # On the disk of the build, as a spool is on a node's: /tmp may be memory.
    target = bench.ROOT / "producer" / "agent" / "target"
    with tempfile.TemporaryDirectory(prefix="spool-bench-", dir=target) as name:
        folder = Path(name)
        recording = folder / "records"
        subprocess.run([*bench.java(), "io.processsignals.agent.bench.Recording", str(recording)], check=True)
        out = subprocess.run(
            [*bench.java("-Xmx256m"), "io.processsignals.agent.bench.SpoolBench", str(recording), str(folder)]
            + [str(EVENTS), str(ROUNDS)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    rates = {"memory": [], "spool": []}
    for line in out.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in rates:
            rates[words[0]].append(int(words[1]))
    rows = [[log, *rates[log], bench.median(rates[log])] for log in rates]
    bench.table(
        f"Events a second from capture to acknowledgement, a broker on the same machine, {EVENTS} events a round",
        ["log", *[f"round {i + 1}" for i in range(ROUNDS)], "median"],
        rows,
    )
    musts = bench.Musts()
    ratio = bench.median(rates["spool"]) / bench.median(rates["memory"])
    musts.at_least("spool / memory", ratio, LEAST_RATIO)
    musts.end()


if __name__ == "__main__":
    main()
