# SPDX-License-Identifier: GPL-2.0-or-later
"""bin/bench replay: replay with a filter, and why, over a day of ten million events."""
import subprocess
import sys

import bench

if __name__ == "__main__":
    # Where its relative paths begin
    folder = bench.ROOT / "producer" / "postmortem"
    sys.exit(subprocess.run(bench.program("postmortem.bench.ReplayBench", module="postmortem"), cwd=folder).returncode)
