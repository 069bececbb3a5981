# SPDX-License-Identifier: MIT
"""What a copy would do, without doing it: `rowband plan`."""

import json
import sys
import uuid
from pathlib import Path

from osgeo import gdal

from . import gtiff_swaths
from .driver import Failure, call, find_driver, open_raster, told_warnings
from .plan_svg import plan_svg


def read_file(name):
    """The bytes of a file that GDAL knows."""
    file = call(gdal.VSIFOpenL, name, "rb")
    try:
        return bytes(gdal.VSIFReadL(1, gdal.VSIStatL(name).size, file))
    finally:
        gdal.VSIFCloseL(file)


def option_list(options):
    """@param options NAME=VALUE, or a mapping"""
    if hasattr(options, "items"):
        options = [f"{name}={value}" for name, value in options.items()]
    return [*options, "PLAN=YES"]


def ask_driver(dataset, options):
    """What CreateCopy() tells with PLAN=YES."""
    name = f"/vsimem/rowband-plan-{uuid.uuid4().hex}.json"
    try:
        call(find_driver().CreateCopy, name, dataset, options=options)
        return json.loads(read_file(name))
    except Failure as failure:
        raise Failure(str(failure).replace(f"{name}: ", "")) from None
    finally:
        if gdal.VSIStatL(name) is not None:
            gdal.Unlink(name)


def plan(src, options=(), parts=None):
    """What the driver would do to copy a raster. No pixels are read, except where
    the source has to be looked at for holes, and nothing is written.
    @param src the name of a raster, or an open dataset, as it is
    @param options creation options: NAME=VALUE, or a mapping
    @param parts tell of so many, too; with PART=I/N among the options all else is
        told of that part
    @return driver/README.md describes it
    @raise Failure with what a copy would be refused for"""
    dataset = src if isinstance(src, gdal.Dataset) else open_raster(src)
    said = option_list(options)
    report = ask_driver(dataset, said)
    if parts:
        of_parts = ask_driver(dataset, [*said, f"PART=1/{parts}"])
        for key in ("part_count", "part_levels", "part_run", "parts"):
            report[key] = of_parts[key]
    report["gtiff"] = gtiff_swaths.predict(dataset, report)
    return report


def counted(number, what):
    """As 1 tile, 2 tiles."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def size(nbytes):
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= power:
            return f"{nbytes / power:.1f} {unit}"
    return f"{nbytes} bytes"


def block_lines(source):
    for blocks in source["blocks"][:5]:
        what = "" if blocks["of"] == "bands" else ", of the mask"
        if blocks["level"]:
            what += f", of level {blocks['level']}"
        places = ", ".join(f"{p['x0']},{p['y0']}" for p in blocks["places"])
        at = f" at {places}" if places else ""
        yield (
            f"{blocks['block_width']} x {blocks['block_height']}{at}: "
            f"{blocks['driver']} {blocks['name']}{what}"
        )
    left = source["blocks_entries"] - min(len(source["blocks"]), 5)
    if left:
        yield f"and {left:,} datasets more"
    if source["files_opened_when_needed"]:
        yield f"{counted(source['files_opened_when_needed'], 'file')} opened when needed"


def pass_lines(report):
    for run in report["passes"]:
        shape = f"{run['step_x']:,} x {run['step_y']:,}"
        order = "" if run["full_width"] else f", along {run['traversal']}"
        count = run["windows_read"]
        windows = "windows" if count is None else counted(count, "window")
        yield (
            f"{run['stage']} level {run['level']}, {counted(run['bands'], 'band')}"
            f"{' at a time' if run['times'] > 1 else ''}: {windows} of {shape}{order}"
            f", carry {counted(run['carry_tiles'], 'tile')}, "
            f"{counted(run['workers'], 'thread')}, "
            f"{size(run['predicted_nbytes'])}"
        )


def disk_line(disk):
    parts = []
    if disk["spool"]:
        parts.append(f"spool of tiles, at most {size(disk['spool_nbytes_at_most'])}")
    if disk["raw_tiles_nbytes"]:
        parts.append(f"raw tiles {size(disk['raw_tiles_nbytes'])}")
    return "; ".join(parts) or "nothing beside the file"


def part_lines(report):
    for part in report.get("parts", ())[:5]:
        rows, read = part["rows"], part["rows_needed"]
        yield f"{part['part']}: rows {rows[0]:,} to {rows[1]:,}, needs {read[0]:,} to {read[1]:,}"
    count = report.get("part_count", 0)
    if count > 5:
        yield f"and {count - 5:,} more; of {counted(report['part_levels'], 'level')}"


def decode_lines(report):
    source, gtiff = report["source"], report["gtiff"]
    count = source["decodes_at_most"]
    at_most = "" if source["decodes_exact"] else "at most "
    yield "not known" if count is None else f"{at_most}{count:,} here"
    if gtiff["decodes"] is None:
        yield f"with GTiff not computed: {gtiff['not_computed']}"
        return
    yield (
        f"{'about ' if gtiff['approximate'] else ''}{gtiff['decodes']:,} with GTiff's "
        f"swaths of {gtiff['swath_width']:,} x {gtiff['swath_height']:,} at "
        f"GDAL_CACHEMAX={size(gtiff['cache_nbytes'])}"
    )


def plan_text(report):
    """A table for people."""
    source, file, memory = report["source"], report["file"], report["memory"]
    level = file["levels"][0]
    over = ", which is more" if memory["over_budget"] else ""
    rows = [
        (
            "source",
            [
                f"{source['name']}: {source['driver']}, {source['width']:,} x "
                f"{source['height']:,}, {counted(source['bands'], 'band')} of "
                f"{source['type']}"
            ],
        ),
        ("blocks", list(block_lines(source))),
        (
            "file",
            [
                f"{file['layout']}, {file['compress']}, {counted(file['tiles'], 'tile')} "
                f"of {level['tile_width']} x {level['tile_height']}, "
                f"{counted(len(file['levels']) - 1, 'overview')}"
            ],
        ),
        ("passes", list(pass_lines(report)) or ["none: no pixels are read"]),
        (
            "memory",
            [
                f"{size(memory['predicted_nbytes'])} of "
                f"BUDGET={size(memory['budget_nbytes'])}{over}"
            ],
        ),
        ("disk", [disk_line(report["disk"])]),
        ("decodes", list(decode_lines(report))),
        ("parts", list(part_lines(report))),
    ]
    return "\n".join(
        f"{name if i == 0 else '':<9}{line}"
        for name, lines in rows
        for i, line in enumerate(lines)
    )


def run(arguments):
    with told_warnings():
        report = plan(arguments.source, arguments.options, arguments.parts)
    if arguments.svg:
        try:
            Path(arguments.svg).write_text(plan_svg(report), encoding="utf-8")
        except OSError as error:
            raise Failure(f"cannot write {arguments.svg}: {error.strerror}") from None
    if arguments.json:
        json.dump(report, sys.stdout, indent=2)
        print()
    else:
        print(plan_text(report))


def add_command(subparsers):
    parser = subparsers.add_parser(
        "plan",
        help="say what a copy would do, without doing it",
        description="Says what a copy would do, without doing it: blocks of the source, "
        "windows and their order, memory, disk, and how often blocks are decoded.",
    )
    parser.add_argument("source", metavar="SRC", help="raster that would be copied")
    parser.add_argument(
        "-co",
        dest="options",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="creation option of the driver",
    )
    parser.add_argument(
        "-n",
        "--parts",
        type=int,
        metavar="PARTS",
        help="tell of so many parts, too",
    )
    parser.add_argument("--json", action="store_true", help="all of it, as JSON")
    parser.add_argument("--svg", metavar="FILE", help="write a picture, too")
    parser.set_defaults(run=run)
