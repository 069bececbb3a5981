# SPDX-License-Identifier: MIT
"""python3 -m rowband copy"""

import logging

from .copying import copy
from .driver import told_warnings
from .progress import Bar


def add_command(subparsers):
    parser = subparsers.add_parser(
        "copy",
        help="make a raster in parts, on many processes or machines",
        description="Makes DST of SRC in parts and merges them: the same bytes as "
        "gdal_translate -of ROWBAND makes in one process. Run again, it goes on "
        "where it was stopped.",
    )
    parser.add_argument("source", metavar="SRC")
    parser.add_argument("target", metavar="DST")
    parser.add_argument(
        "-n",
        type=int,
        dest="parts",
        metavar="PARTS",
        help="how many parts; by default those of the run that was stopped, or "
        "four for each worker",
    )
    engine = parser.add_mutually_exclusive_group()
    engine.add_argument(
        "--workers", type=int, metavar="N", help="processes here; one for each core"
    )
    engine.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster, as tcp://host:8786"
    )
    parser.add_argument(
        "--parts-dir", metavar="DIR", help="folder of the parts; by default DST's"
    )
    parser.add_argument("--keep-parts", action="store_true", help="also in the end")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    parser.add_argument(
        "-co",
        action="append",
        default=[],
        dest="options",
        metavar="NAME=VALUE",
        help="creation option of the driver",
    )
    parser.set_defaults(run=run)


def run(arguments):
    named = {**vars(arguments)}
    source, target = named.pop("source"), named.pop("target")
    bar = None if named.pop("quiet") else Bar()
    del named["run"]
    for name in ("distributed", "asyncio"):  # what matters is said by who waits
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with told_warnings():
        try:
            copy(source, target, progress=bar, **named)
        finally:
            if bar is not None:
                bar.close()
