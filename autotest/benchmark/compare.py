#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ROWBAND and its peers in turn on the same sources: one Markdown table.

usage: compare.py [--measure NAME,... | --all] [--sources NAME,...] [--size N]
                  [--rounds N] [--cache DIR] [--verbose] [--list]

Each round runs every tool of a measure once. The table has the medians of the
rounds; a ratio is the median of the ratios within a round, whose two runs share
the machine's mood. The plugins are those in GDAL_DRIVER_PATH.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
from pathlib import Path

import measure
from measures import MEASURES
from sources import MIB, SOURCES, Unavailable, input_of, warm

COLUMNS = ("measure", "source", "tool", "wall s", "CPU s", "ns/pixel", "peak MiB")
COLUMNS += ("file MiB", "amplification", "ratio", "of", "aim")
LEFT = {"measure", "source", "tool", "of", "aim"}


def say(*words):
    print(*words, file=sys.stderr)


def available(rows, source, target):
    """The rows whose tools are there; says which are not."""
    found = []
    for row in rows:
        try:
            row.tool.command(source, target)
            found.append(row)
        except Unavailable as reason:
            say(f"left out, {row.tool.title}: {reason}")
    return found


def run_once(tool, source, target, verbose):
    command = tool.command(source, target)
    result = measure.run(command, tool.environment(), target, verbose)
    tool.check(target)
    target.unlink(missing_ok=True)
    return result


def run_rounds(rows, source, arguments):
    """The runs by title, in rounds' order."""
    runs = {row.tool.title: [] for row in rows}
    with tempfile.TemporaryDirectory(dir=arguments.cache) as folder:
        target = Path(folder) / "out.tif"
        for number in range(1, arguments.rounds + 1):
            for row in rows:
                result = run_once(row.tool, source, target, arguments.verbose)
                runs[row.tool.title].append(result)
                say(
                    f"{number}/{arguments.rounds} {row.tool.title}: {result.wall:.3f} s"
                )
    return runs


def median_of(runs, member):
    return statistics.median(getattr(run, member) for run in runs)


def number(value):
    """Two decimals, or as many as small values need."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"


def ratio_cells(runs, row, quantity, aim):
    """The ratio with its range over the rounds, what it is of, and the aim."""
    reference = runs.get(row.against)
    if not reference:
        return ["", "", ""]
    ours = [getattr(run, quantity) for run in runs[row.tool.title]]
    ratios = [a / getattr(b, quantity) for a, b in zip(ours, reference)]
    middle = statistics.median(ratios)
    cell = f"{middle:.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
    return [cell, f"{quantity}, {row.against} = 1", f"<= {aim}" if aim else ""]


def cells(runs, row, source):
    own = runs[row.tool.title]
    wall = median_of(own, "wall")
    nbytes = median_of(own, "nbytes")
    decodes = "" if own[0].decodes is None else f"{median_of(own, 'decodes'):.2f}"
    return [
        row.tool.title,
        number(wall),
        number(median_of(own, "cpu")),
        number(wall / source.pixels * 1e9) if nbytes else "",
        f"{median_of(own, 'peak') / MIB:.0f}",
        number(nbytes / MIB) if nbytes else "",
        decodes,
    ]


def print_line(words):
    print("|", " | ".join(words), "|", flush=True)


def print_header():
    print_line(COLUMNS)
    print_line(["---" if column in LEFT else "---:" for column in COLUMNS])


def sizes_of(chosen, source, asked):
    """Pixels a side; --size is the last of several."""
    sizes = chosen.sizes or (source.size,)
    if asked and source.resizable:
        sizes = (*(size for size in sizes[:-1] if size < asked), asked)
    return sizes


def run_measure(name, arguments):
    """Prints the lines of each source as soon as they are known."""
    chosen = MEASURES[name]
    for source_name in arguments.sources or chosen.sources:
        for size in sizes_of(chosen, SOURCES[source_name], arguments.size):
            say(f"== {name}: {chosen.about}: {source_name} {size}")
            try:
                source = input_of(source_name, size, arguments.cache)
            except Unavailable as reason:
                say(f"left out, {source_name}: {reason}")
                continue
            warm(source.files)
            rows = available(chosen.rows, source, arguments.cache / "out.tif")
            runs = run_rounds(rows, source, arguments)
            for row, quantity in itertools.product(rows, chosen.quantities()):
                ratio = ratio_cells(runs, row, quantity, chosen.aim(name, row))
                place = [name, f"{source_name} {size}"]
                print_line([*place, *cells(runs, row, source), *ratio])


def names_of(table):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in table:
                raise argparse.ArgumentTypeError(f"{name} is none of {list(table)}")
        return names

    return parse


def print_list():
    for name, chosen in MEASURES.items():
        print(f"{name}: {chosen.about} ({', '.join(chosen.sources)})")
    for name, source in SOURCES.items():
        print(f"source {name}: {source.about}, {source.size}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--measure", type=names_of(MEASURES), default=["gtiff"])
    which.add_argument("--all", action="store_true", help="every measure")
    parser.add_argument("--sources", type=names_of(SOURCES), help="in place of its own")
    parser.add_argument("--size", type=int, help="pixels a side, of every source")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/rowband-bench"))
    parser.add_argument("--verbose", action="store_true", help="print the commands")
    parser.add_argument("--list", action="store_true", help="print what there is")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.list:
        print_list()
        return
    arguments.cache.mkdir(parents=True, exist_ok=True)
    print_header()
    for name in MEASURES if arguments.all else arguments.measure:
        run_measure(name, arguments)


if __name__ == "__main__":
    main()
