# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench idle: what the agent takes from a quiet node, with a broker to talk to, and how soon it captures."""
import sys
import time

import bench

STARTS = 5
SECONDS = 60


def main():
    with bench.Servers() as servers:
        starts = []
        for _ in range(STARTS):
            with bench.Agent(servers.settings()) as agent:
                starts.append(agent.ready_seconds)
        with bench.Agent(servers.settings()) as agent:
            time.sleep(20)  # what it does once is over: topic, schema, first compilations
            before = bench.cpu_seconds(agent.pid)
            resident = []
            for _ in range(SECONDS // 5):
                time.sleep(5)
                resident.append(bench.rss_mb(agent.pid))
            spent = (bench.cpu_seconds(agent.pid) - before) / SECONDS * 100
            whole = bench.cpu_seconds(agent.pid)

    bench.table(
        f"A quiet node, {SECONDS} s",
        ["figure", "value"],
        [
            ["start to capture attached, s, median", bench.median(starts)],
            ["  slowest", max(starts)],
            ["CPU, % of a core", spent],
            ["CPU since its start, s", whole],
            ["RSS, MB, median", bench.median(resident)],
            ["  most", max(resident)],
        ],
    )
    musts = bench.Musts()
    musts.at_most("start to capture, s", bench.median(starts), 0.8)
    musts.at_most("idle CPU, % of a core", spent, 0.5)
    musts.at_most("RSS, MB", bench.median(resident), 96)
    musts.end()


if __name__ == "__main__":
    sys.exit(main())
