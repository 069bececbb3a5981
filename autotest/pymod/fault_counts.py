# SPDX-License-Identifier: MIT
"""Adds up what the tests of faults have counted, as a Markdown table.

usage: fault_counts.py COUNTS [--into tests/FAULTS.md]

COUNTS is the file that ROWBAND_FAULTS named while the tests ran: a line for each
loop of a test, of the fault, times provoked, files lost, wrong files, crashes.
With --into the table takes the place of the one in that document."""

import argparse
import sys
from pathlib import Path

BEGIN = "<!-- faults: counted by the tests -->"
END = "<!-- /faults -->"
HEADINGS = ("fault", "times provoked", "files lost", "wrong files", "crashes")
TOTAL = "all of them"


def add_up(text):
    """@return counts by fault"""
    sums = {}
    for number, line in enumerate(text.splitlines(), 1):
        fault, *counts = line.split("\t")
        if not fault or len(counts) != len(HEADINGS) - 1:
            raise ValueError(f"line {number} is not a count: {line!r}")
        before = sums.get(fault, [0] * len(counts))
        sums[fault] = [a + int(b) for a, b in zip(before, counts)]
    return sums


def table(sums):
    rows = sorted(sums.items(), key=lambda item: item[0].lower())
    rows.append((TOTAL, [sum(column) for column in zip(*sums.values())]))
    lines = [f"| {' | '.join(HEADINGS)} |"]
    lines.append("|---|" + "--:|" * (len(HEADINGS) - 1))
    for fault, counts in rows:
        lines.append(f"| {fault} | " + " | ".join(f"{n:,}" for n in counts) + " |")
    return "\n".join(lines) + "\n"


def put_into(text, new):
    """@return the text, with another table between the marks"""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"not one {BEGIN} and one {END}")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{new}\n{END}{rest.split(END)[1]}"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=Path)
    parser.add_argument("--into", type=Path)
    given = parser.parse_args(arguments)
    sums = add_up(given.counts.read_text())
    if not sums:
        sys.exit(f"{given.counts}: nothing was counted")
    made = table(sums)
    print(made, end="")
    if given.into:
        given.into.write_text(put_into(given.into.read_text(), made))


if __name__ == "__main__":
    main(sys.argv[1:])
