# SPDX-License-Identifier: MIT
"""python3 -m rowband COMMAND: a module for each command, with add_command()."""

import argparse
import importlib
import sys

from .driver import Failure

COMMANDS = ("copy_command", "plan_report")


def make_parser():
    parser = argparse.ArgumentParser(
        prog="rowband", description="GeoTIFF and COG, written in row bands"
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"{__package__}.{name}").add_command(subparsers)
    return parser


def main(arguments=None):
    """Runs the command, which add_command() has set as `run`: a function of the
    arguments.
    @return 0; 1: failed, and said why; 2: wrong arguments; 130: interrupted"""
    parsed = make_parser().parse_args(arguments)
    try:
        return parsed.run(parsed) or 0
    except Failure as failure:
        print(f"rowband: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("rowband: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
