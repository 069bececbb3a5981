# SPDX-License-Identifier: MIT
"""What a translation costs in processor time, beside the floor and beside GTiff:
one line, for CI to print. It judges nothing, for a ratio is not the same on every
processor: the line says on which.

usage: gate.py CACHE

CACHE is a folder where the source is made, once. The driver and rowband_floor are
looked for in GDAL_DRIVER_PATH."""

import re
import statistics
import sys
from pathlib import Path

from measure import run
from measures import gtiff, rowband
from sources import input_of, warm
from tools import Floor

SIZE = 4096
ROUNDS = 5
TOOLS = {
    "floor": Floor("floor", level=7),
    "ROWBAND": rowband("ROWBAND", 7),
    "GTiff": gtiff("GTiff"),
}


def processor():
    text = Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    return found.group(1) if found else "a processor that does not say its name"


def measured(source, target):
    """One round: seconds of processor time by tool, one right after another."""
    return {
        name: run(tool.command(source, target), tool.environment(), target).cpu
        for name, tool in TOOLS.items()
    }


def median_ratio(rounds, name):
    """Of ROWBAND to the other one, round by round."""
    return statistics.median(times["ROWBAND"] / times[name] for times in rounds)


def main():
    cache = Path(sys.argv[1])
    cache.mkdir(parents=True, exist_ok=True)
    source, target = input_of("terrain", SIZE, cache), cache / "out.tif"
    warm(source.files)
    rounds = [measured(source, target) for _ in range(ROUNDS)]
    target.unlink()
    seconds = ", ".join(
        f"{name} {statistics.median(times[name] for times in rounds):.2f} s"
        for name in TOOLS
    )
    print(
        f"gate: ROWBAND takes {median_ratio(rounds, 'floor'):.2f} of the floor's"
        f" processor time and {median_ratio(rounds, 'GTiff'):.2f} of GTiff's"
        f" (UInt16 {SIZE}x{SIZE}, medians of {ROUNDS}: {seconds}), {processor()}"
    )


if __name__ == "__main__":
    main()
