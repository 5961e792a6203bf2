# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench encode: from a raw record to Avro bytes, beside Avro's own writer and Confluent's serializer."""
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import bench

NANOS = 200
KINDS = ["EXEC", "EXIT", "EXIT_KILLED", "SIGNAL_SENT", "SIGNAL_DELIVERED", "OOM_KILL", "RUNNING", "MIXED"]
TURN = ["-w", "300ms", "-r", "300ms"]


def jmh(method, forks, warmups, iterations, folder, *more):
    """Median nanoseconds and bytes allocated an operation, and the fastest turn's nanoseconds, by kind.

    With no fork all kinds share JMH's own JVM.
    """
    answer = folder / f"{method}.json"
    subprocess.run(
        [
            *bench.java("-XX:+UseSerialGC"),  # the agent's collector, whose barriers every store pays; forks inherit it
            "org.openjdk.jmh.Main",
            f"EncodeBenchmark.{method}$",
            *TURN,
            *("-f", str(forks), "-wi", str(warmups), "-i", str(iterations)),
            *("-p", f"kind={','.join(KINDS)}", "-p", f"recording={bench.recording()}", *more),
            *("-prof", "gc", "-rf", "json", "-rff", str(answer), "-v", "SILENT"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    figures = {}
    for result in json.loads(answer.read_text()):
        raw = [value for fork in result["primaryMetric"]["rawData"] for value in fork]
        allocated = result["secondaryMetrics"]["gc.alloc.rate.norm"]["score"]
        figures[result["params"]["kind"]] = (statistics.median(raw), round(allocated), min(raw))
    return figures


def main():
    with tempfile.TemporaryDirectory(prefix="process-signals-bench-") as name:
        folder = Path(name)
        ours = jmh("processSignals", 2, 4, 3, folder)
        avro = jmh("specificDatumWriter", 0, 2, 2, folder)
        jar = next((bench.ROOT / "producer/agent/target/confluent").glob("*.jar"))
        confluent = jmh("kafkaAvroSerializer", 0, 2, 2, folder, "-p", f"confluent={jar}")
    rows = []
    for kind in KINDS:
        nanos, allocated, fastest = ours[kind]
        rows.append(
            [kind, nanos, fastest, allocated, *avro[kind][:2], *confluent[kind][:2], confluent[kind][0] / nanos])
    bench.table(
        "One event, records of this machine's kernel, sender and target in a pod: decode, enrich and encode here;\n"
        "encode alone with SpecificDatumWriter (reused encoder) and KafkaAvroSerializer 7.9.5. Medians; fastest: the best\n"
        "turn of 0.3 s, far from the median where something else shares the processor.",
        ["kind", "ns", "fastest", "B", "Avro ns", "B", "Confluent ns", "B", "Confluent/ours"],
        rows,
    )
    musts = bench.Musts()
    for kind in KINDS:
        musts.at_most(f"{kind}: ns", ours[kind][0], NANOS)
        musts.at_most(f"{kind}: bytes allocated", ours[kind][1], 0)
    musts.end()


if __name__ == "__main__":
    main()
