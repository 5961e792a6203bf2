# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench publish: recorded events through capture loop, spool and publish loop to Kafka; and how its cost grows."""
import json
import subprocess

import bench
import plot

RATIO = 0.85
EVENTS = 400_000
ROUNDS = 5
WARM_UP_SECONDS = 15  # the broker's and the agent's code is compiled then
SECONDS = 2
RATES = [1_000, 5_000, 20_000, 100_000, 500_000]
CHART = bench.ROOT / "producer" / "benchmarks" / "rates.svg"
MAIN = "io.processsignals.agent.bench.PublishBenchmark"
HEAP = ["-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"]


def measure():
    """Runs as fast as it goes, and those at a rate, the highest first."""
    words = [*bench.java(*HEAP), MAIN, bench.recording(), EVENTS, ROUNDS, WARM_UP_SECONDS, SECONDS, *reversed(RATES)]
    answer = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True).stdout
    runs = [json.loads(line) for line in answer.splitlines() if line.startswith("{")]
    return [one for one in runs if "run" in one], [one for one in runs if "rate" in one]


def compare(all_runs):
    runs = {}
    for one in all_runs:
        runs.setdefault(one["run"], []).append(one)
        size = one["bytes"]
    medians = {name: bench.median([one["seconds"] for one in many]) for name, many in runs.items()}
    agent = medians["agent"]
    bench.table(
        f"{EVENTS} events of {size} bytes each to 12 partitions of one broker in the same JVM, medians of {ROUNDS} turns.\n"
        "agent: decode, enrich, encode, spool on disk, Kafka. bare: send() in a loop of keys and values made before.\n"
        "The agent's settings: zstd, 128 KiB batches, linger 5 ms, acks=all, idempotent, one request in flight.\n"
        "Kafka's defaults: no compression, 16 KiB batches, linger 5 ms, acks=all, idempotent, five requests in flight.",
        ["run", "seconds", "events/s", "MB/s", "agent/this"],
        [[name, s, EVENTS / s, EVENTS * size / s / 1e6, s / agent] for name, s in medians.items()],
    )
    threads = list(dict.fromkeys(thread for many in runs.values() for thread in many[0]["cpu"]))
    threads.sort(key=("others", "unused").__contains__)
    bench.table(
        "Processor time, ns an event, of threads by how their names begin, of all others (the collector, the compilers),\n"
        "and what they left unused: with two cores, half of a row is what an event took.",
        ["run", *threads],
        [
            [name, *[spent.get(thread, "") for thread in threads]]
            for name, many in runs.items()
            for spent in [{thread: bench.median([one["cpu"][thread] for one in many]) for thread in many[0]["cpu"]}]
        ],
    )
    musts = bench.Musts()
    for name, value in medians.items():
        if name != "agent":
            musts.at_least(f"agent against: {name}", value / agent, RATIO)
    return musts


def grow(runs):
    rows, capture, publish = [], [], []
    for one in reversed(runs):
        elapsed = one["seconds"]
        capture.append((one["rate"], 100 * one["capture"] / elapsed))
        publish.append((one["rate"], 100 * one["publish"] / elapsed))
        rows.append(
            [
                one["rate"],
                100 * one["capture"] / elapsed,
                100 * one["publish"] / elapsed,
                1e9 * (one["capture"] + one["publish"]) / max(1, one["rate"] * elapsed),
                one["acknowledged"] / elapsed,
            ]
        )
    bench.table(
        f"Processor time of the agent's threads at a steady rate, {SECONDS} s each; the rest of the time they sleep.\n"
        "What Kafka does not take at once waits in the spool.",
        ["events/s", "capture, % of a core", "publish, % of a core", "ns an event", "acknowledged/s"],
        rows,
    )
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_text(
        plot.chart(
            "Processor time of the agent at a steady rate of events",
            "events a second",
            "% of a core",
            {"capture: decode, encode, spool": capture, "publish: spool to Kafka": publish},
        )
    )
    print(f"\n  plot: {CHART.relative_to(bench.ROOT)}")


def main():
    runs, at_rates = measure()
    musts = compare(runs)
    grow(at_rates)
    musts.end()


if __name__ == "__main__":
    main()
