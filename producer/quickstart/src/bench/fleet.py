# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench fleet: publish loops of 1 000 nodes against three brokers."""
import subprocess
import sys

import bench


def main():
    answer = subprocess.run(
        bench.program("quickstart.scale.Fleet", heap="4g"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if answer.returncode != 0:
        print(answer.stdout, file=sys.stderr)
        return answer.returncode
    print(answer.stdout[answer.stdout.index("fleet: "):])  # what Kafka logs comes before
    return 0


if __name__ == "__main__":
    sys.exit(main())
