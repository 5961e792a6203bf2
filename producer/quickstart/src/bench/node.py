# SPDX-License-Identifier: GPL-2.0-or-later
"""What a crowded node costs the agent: 10 000 processes in 500 control groups, told at the start, then idle."""
import re
import subprocess
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import bench

PROCESSES = 10_000
CGROUPS = 500
SETTLE_SECONDS = 5
IDLE_SECONDS = 10
LIMIT_SECONDS = 120
MEMORY = Path("/sys/fs/cgroup/memory")
ROOT = MEMORY if MEMORY.is_dir() else Path("/sys/fs/cgroup")
SOURCE = bench.ROOT / "producer" / "quickstart" / "src" / "test" / "c" / "deaths.c"


class Crowd:
    """Idle processes, spread over control groups that look like containers'."""

    def __init__(self):
        self.folders = []
        self.programs = []

    def __enter__(self):
        parent = ROOT / f"process-signals-bench-{uuid.uuid4().hex[:8]}"
        parent.mkdir()
        self.folders.append(parent)
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "deaths"
            subprocess.run(["cc", "-O1", "-static", "-pthread", "-o", program, SOURCE], check=True)
            for _ in range(CGROUPS):
                group = parent / (uuid.uuid4().hex + uuid.uuid4().hex)
                group.mkdir()
                self.folders.append(group)
                enter = f'echo $$ >{group}/cgroup.procs; exec {program} sleepers {PROCESSES // CGROUPS - 1}'
                self.programs.append(
                    subprocess.Popen(["sh", "-c", enter], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for started in self.programs:
                started.stdout.readline()
        return self

    def __exit__(self, *_):
        for started in self.programs:
            started.stdin.close()
        for started in self.programs:
            started.wait()
            started.stdout.close()
        for folder in reversed(self.folders):
            bench.remove(folder)


def measure():
    """Seconds until capturing, until every running process was told; RSS in MB; CPU of a core when idle."""
    settings = {"metrics.enabled": "true", "metrics.port": "0", "shutdown.timeout.ms": "100"}
    with bench.Agent(settings, keep=True) as agent:
        deadline = time.monotonic() + LIMIT_SECONDS
        address = told = None
        before = -1
        while time.monotonic() < deadline:
            address = address or next(
                (found.group(1) for line in agent.lines if (found := re.search(r"(http://\S+/metrics)", line))), None)
            count = running(address) if address else 0
            if count > 0 and count == before:
                break
            if count != before:
                told = time.monotonic() - agent.started
            before = count
            time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)
        cpu = bench.cpu_seconds(agent.pid)
        time.sleep(IDLE_SECONDS)
        cpu = (bench.cpu_seconds(agent.pid) - cpu) / IDLE_SECONDS
        return [agent.ready_seconds, told, before, bench.rss_mb(agent.pid), 100 * cpu]


def running(address):
    """How many PROCESS_RUNNING events there were."""
    with urllib.request.urlopen(address, timeout=10) as answer:
        text = answer.read().decode()
    found = re.search(r'runtime_events_processed_total\{[^}]*event_type="process_running"[^}]*\}\s+([0-9.eE+]+)', text)
    return int(float(found.group(1))) if found else 0


def main():
    with Crowd():
        crowded = measure()
    bench.table(
        f"The agent on this node with {PROCESSES} processes in {CGROUPS} cgroups more; bin/bench idle has it without",
        ["s to capturing", "s to all told", "processes told", "RSS MB", "% of a core, idle"],
        [crowded],
    )
    musts = bench.Musts()
    musts.at_least("processes told at the start", crowded[2], PROCESSES)
    musts.at_most("seconds until capturing", crowded[0], 10)
    musts.at_most("RSS, MB", crowded[3], 96)
    musts.end()


if __name__ == "__main__":
    main()
