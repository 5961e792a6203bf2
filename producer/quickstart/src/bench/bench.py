# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parts of bin/bench share: starting and ending what is measured, tables, and what must hold."""
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

# Ended from outside, the programs that were started end as well
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))

ROOT = Path(__file__).resolve().parents[4]
ARCH = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
PROGRAMS = ROOT / "bpf" / "build" / ARCH / "bench"
SCRIPTS = ROOT / "bpf" / "bench"
LAST_CPU = max(os.sched_getaffinity(0))
TICKS = os.sysconf("SC_CLK_TCK")


def machine():
    """One line: what was measured on."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    kib = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    load = os.getloadavg()
    return (
        f"Linux {platform.release()} {platform.machine()}, {os.cpu_count()} cores ({model}), {kib / 2**20:.0f} GiB, "
        f"load {load[0]:.1f} when begun"
    )


class Program:
    """A started process, its standard output line by line, ended with the block that it is used in.

    It is waited for until it says that it is ready, unless that is left to `await_ready`.
    """

    def __init__(self, command, ready=None, limit=30.0, keep=False, wait=True, **options):
        self.lines = []
        self._limit = limit
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **options,
        )
        self.pid = self.process.pid
        self._keep = keep
        self._ready = re.compile(ready) if ready else None
        self._is_ready = threading.Event()
        self.ready_seconds = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if ready and wait:
            self.await_ready()

    def await_ready(self):
        name = self.process.args[0]
        if not self._is_ready.wait(self._limit):
            self.end()
            raise SystemExit(f"bench: {name} did not say {self._ready.pattern!r} within {self._limit:.0f} s")
        if self.ready_seconds is None:
            raise SystemExit(f"bench: {name} ended early: {' / '.join(self.lines[-3:])}")

    def _read(self):
        for raw in self.process.stdout:
            if self._keep or not self._is_ready.is_set():
                line = raw.decode(errors="replace").rstrip()
                self.lines.append(line)
                if self._ready and not self._is_ready.is_set() and self._ready.search(line):
                    self.ready_seconds = time.monotonic() - self.started
                    self._is_ready.set()
        self._is_ready.set()

    def end(self, number=signal.SIGTERM, limit=30.0):
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Agent(Program):
    """The agent as it is shipped, with a folder of its own. Without a broker it spools."""

    def __init__(self, settings=None, keep=False):
        self.folder = Path(tempfile.mkdtemp(prefix="process-signals-bench-"))
        values = {
            "kafka.bootstrap.servers": "127.0.0.1:1",
            "registry.url": "http://127.0.0.1:1",
            "metrics.enabled": "false",
            "ebpf.required": "true",
            "spool.dir": self.folder / "spool",
        }
        values.update(settings or {})
        config = self.folder / "agent.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
        try:
            super().__init__(
                [ROOT / "bin" / "process-signals", "run", "--config", config], ready="Capturing:", keep=keep
            )
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def end(self, number=signal.SIGTERM, limit=60.0):
        super().end(number, limit)
        shutil.rmtree(self.folder, ignore_errors=True)


# As bin/process-signals sets it for the agent
MALLOC = ["MALLOC_ARENA_MAX=2", "MALLOC_MMAP_THRESHOLD_=4194304", "MALLOC_TRIM_THRESHOLD_=16777216"]


def java(*options):
    """How to start a class of producer/agent/src/jmh, which bin/bench has compiled, with the classes of the tests."""
    target = ROOT / "producer" / "agent" / "target"
    classes = f"{target / 'test-classes'}:{target / 'classes'}:{target / 'bench-lib'}/*"
    avro = "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events"
    home = f"-Dprocesssignals.registry.home={ROOT / 'producer' / 'embedded' / 'target' / 'registry'}"
    return ["env", *MALLOC, "java", *options, avro, home, "-cp", classes]


def recording():
    """The file with this machine's raw records that the agent's benchmarks take, made once after a build."""
    target = ROOT / "producer" / "agent" / "target"
    file = target / "bench.recording"
    if not file.exists() or file.stat().st_mtime < (target / "bench.built").stat().st_mtime:
        made = file.with_suffix(".made")
        subprocess.run([*java(), "io.processsignals.agent.bench.Recording", str(made)], check=True)
        made.rename(file)
    return file


def program(main, *arguments, module="quickstart", heap="1g"):
    """The command of a program among the tests of a module, with the libraries of all."""
    producer = ROOT / "producer"
    return [
        "java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
        f"-Dprocesssignals.registry.home={producer / 'embedded' / 'target' / 'registry'}",
        "-cp", f"{producer / module / 'target' / 'test-classes'}:{producer / 'quickstart' / 'target' / 'lib'}/*",
        f"io.processsignals.{main}", *arguments,
    ]


class Servers(Program):
    """A broker and a registry on 127.0.0.1, in a process of their own; the topics are there from the start."""

    def __init__(self, topics=()):
        super().__init__(program("quickstart.bench.Servers", *topics), ready="^servers ", limit=60)
        said = next(line for line in self.lines if line.startswith("servers "))
        _, self.bootstrap, self.registry = said.split()

    def settings(self, topic="bench"):
        """The agent's, to write to a topic that it makes if it is not there."""
        return {
            "kafka.bootstrap.servers": self.bootstrap,
            "registry.url": self.registry,
            "topic.name": topic,
            "topic.create": "true",
            "topic.replication.factor": "1",
        }


def cpu_seconds(pid):
    """User and system time of a process and all its threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    """Resident memory in megabytes of 2^20 bytes."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def children(pid):
    """The process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            for child in (task / "children").read_text().split():
                found += children(int(child))
        except OSError:
            pass
    return found


def remove(cgroup):
    """A control group whose last process may just be ending."""
    for _ in range(100):
        try:
            cgroup.rmdir()
            break
        except OSError:
            time.sleep(0.1)


def storm(kind, count, burst=0, pause_us=0, prefix=()):
    """Runs a storm on the last CPU; returns nanoseconds an operation, pauses not counted."""
    command = [*prefix, "taskset", "-c", LAST_CPU, PROGRAMS / "storm", kind, count]
    if burst:
        command += [burst, pause_us]
    answer = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout
    done, nanos = answer.split()
    return int(nanos) / int(done)


def table(title, head, rows):
    """Prints one table; numbers to the right."""
    cells = [head] + [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}\n")
    for at, row in enumerate(cells):
        left = row[0].ljust(widths[0])
        print("  " + "  ".join([left] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
        if at == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def number(value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Musts:
    """What the figures have to be; exits with 1 when one of them is not."""

    def __init__(self):
        self.rows = []
        self.missed = 0

    def at_most(self, what, value, bound):
        self._add(what, value, f"<= {number(bound)}", value is not None and value <= bound)

    def at_least(self, what, value, bound):
        self._add(what, value, f">= {number(bound)}", value is not None and value >= bound)

    def holds(self, what, value, text, fine):
        self._add(what, value, text, fine)

    def _add(self, what, value, bound, fine):
        self.rows.append([what, value, bound, "yes" if fine else "NO"])
        self.missed += not fine

    def end(self):
        table("Must", ["figure", "measured", "must be", "holds"], self.rows)
        sys.exit(1 if self.missed else 0)


def median(values):
    """None of nothing."""
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def ratio(value, base):
    return None if value is None or not base else value / base


if __name__ == "__main__":
    print(machine())
