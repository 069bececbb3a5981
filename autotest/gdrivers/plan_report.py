#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""PLAN=YES and `rowband plan`: what is told is what a copy does; and nothing is done."""

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from planned import LARGE, TILED, make_tiled, numbers
from programs import PYTHON, run_program
from rowband.driver import Failure
from rowband.plan_report import plan
from rowband.plan_svg import RECTANGLES_MAX, plan_svg

ROOT = Path(__file__).resolve().parents[2]


def copied(source, options, target="/vsimem/plan-report.tif"):
    """Copies with debug lines.
    @return what the driver said"""
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    try:
        with collected_errors() as said:
            made = gdal.GetDriverByName("ROWBAND").CreateCopy(
                target, source, 0, list(options)
            )
    finally:
        gdal.SetConfigOption("CPL_DEBUG", None)
    assert made is not None, said
    made = None
    gdal.GetDriverByName("GTiff").Delete(target)
    return "\n".join(text for _, _, text in said)


pytestmark = pytest.mark.filterwarnings("ignore:.*BUDGET")

###############################################################################
# What is told is what a copy does

SOURCES = {
    "plain": {},
    "cut": {"srcWin": [50, 30, 600, 400]},
    "bands": {"bandList": [2, 1]},
    "scaled": {"scaleParams": [[0, 65535, 0, 255]], "outputType": gdal.GDT_Byte},
    "half": {"width": 350, "height": 250, "resampleAlg": "bilinear"},
}
OPTIONS = {
    "default": (),
    "small": ("BUDGET=300K", "NUM_THREADS=1", "READ_THREADS=1"),
    "cog": ("LAYOUT=COG", "BLOCKSIZE=128"),
    "band": ("INTERLEAVE=BAND", "BUDGET=700K", "BLOCKXSIZE=128", "BLOCKYSIZE=128"),
}


def opened(tmp_path, kind, bands=3, options=TILED):
    path = make_tiled(str(tmp_path / "source.tif"), bands=bands, options=options)
    if kind == "plain":
        return gdal.Open(path)
    return gdal.Translate("", path, format="VRT", **SOURCES[kind])


CASES = [(kind, "small") for kind in SOURCES]
CASES += [("bands", options) for options in OPTIONS if options != "small"]


@pytest.mark.parametrize("kind, options", CASES)
def test_told_as_the_debug_lines_tell_it(tmp_path, kind, options):
    options = OPTIONS[options]
    report = plan(opened(tmp_path, kind), options)
    said = copied(opened(tmp_path, kind), options)
    runs = report["passes"]
    if "groups:" in said:
        peaks = [int(peak) for peak in re.findall(r"groups:.*peak (\d+)", said)]
        told = {run["predicted_nbytes"] for run in runs}
        assert set(peaks) <= told
        assert report["memory"]["predicted_nbytes"] == max(told)
    else:
        assert numbers(r"predicted peak (\d+)", said) == [
            report["memory"]["predicted_nbytes"]
        ]
        step = numbers(r"in steps of (\d+)x(\d+)", said)
        assert step == [runs[0]["step_x"], runs[0]["step_y"]]
        assert numbers(r"carry (\d+) tiles", said) == [runs[0]["carry_tiles"]]
    reads = sum(run["windows_read"] for run in runs if run["reads"] == "source")
    assert numbers(r"result: (\d+) reads", said) == [reads]
    grid = report["source"]["blocks"][0]
    assert (grid["block_width"], grid["block_height"]) == (128, 64)
    tiles = numbers(r"(\d+) tiles, peak", said)
    assert tiles == [report["file"]["tiles"]]
    assert report["disk"]["spool"] or report["file"]["layout"] == "GTIFF"


def spoil(path, places):
    """Has the blocks at those places not decode any more."""
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    with open(path, "r+b") as file:
        for x, y in places:
            file.seek(int(band.GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF")))
            file.write(b"\xff" * 16)


def within(place, window):
    x, y, width, height = window
    return x <= place[0] * 128 < x + width and y <= place[1] * 64 < y + height


@pytest.mark.parametrize("budget", ["300K", "20M"])
def test_windows_are_read_in_this_order(tmp_path, budget):
    """A copy fails at the first window with a block that does not decode, and says
    which window that is."""
    options = f"BUDGET={budget}", "READ_THREADS=1", "NUM_THREADS=1"
    options += "BLOCKXSIZE=64", "BLOCKYSIZE=64"
    whole = make_tiled(str(tmp_path / "whole.tif"))
    windows = plan(whole, options)["passes"][0]["windows"]
    places = [(x, y) for x in range(6) for y in range(8)]
    assert sum(width * height for _, _, width, height in windows) == 700 * 500
    assert all(sum(within(place, window) for window in windows) for place in places)
    assert budget == "20M" or len(windows) > 2
    for number, window in list(enumerate(windows))[:: len(windows) // 8 + 1]:
        path = make_tiled(str(tmp_path / f"{number}.tif"))
        rest = windows[number:]
        spoil(path, [p for p in places if any(within(p, later) for later in rest)])
        with collected_errors() as said:
            made = gdal.Translate(
                "/vsimem/x.tif", path, format="ROWBAND", creationOptions=options
            )
        assert made is None
        failure = next(text for kind, _, text in said if kind == gdal.CE_Failure)
        x, right, y, bottom = numbers(
            r"columns (\d+) to (\d+), rows (\d+) to (\d+)", failure
        )
        assert [x, y, right - x + 1, bottom - y + 1] == window


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@pytest.mark.parametrize("kind", [kind for kind in SOURCES if kind != "plain"])
def test_blocks_told_are_those_decoded(tmp_path, kind, layout):
    """Of what is read as it is, test_gtiff_decodes_as_predicted() counts them."""
    options = f"LAYOUT={layout}", "READ_THREADS=1"
    report = plan(opened(tmp_path, kind, options=LARGE), options)["source"]
    said = copied(opened(tmp_path, kind, options=LARGE), options)
    decoded = numbers(r"(\d+) blocks decoded", said)
    assert decoded[0] > 8
    assert [report["decodes_at_most"]] == decoded
    assert report["decodes_exact"] == (kind != "half")


def test_overviews_that_are_taken(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset = None
    report = plan(path, ["LAYOUT=COG", "BLOCKSIZE=64", "LOSSLESS_COPY=NO"])
    assert report["file"]["overviews"] == "taken"
    stages = [(run["stage"], run["level"]) for run in report["passes"]]
    assert stages == [("copy", 0), ("overview", 1), ("overview", 2)]
    assert [blocks["level"] for blocks in report["source"]["blocks"]] == [0, 1, 2]


def test_tiles_that_are_copied_are_not_decoded(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    report = plan(path, ["BLOCKXSIZE=128", "BLOCKYSIZE=64"])
    assert report["file"]["tiles_copied"] == report["file"]["tiles"] == 48
    assert report["passes"] == [] and report["source"]["decodes_at_most"] == 0


def test_holes_are_not_read(tmp_vsimem):
    path = f"{tmp_vsimem}/sparse.tif"
    options = ["SPARSE_OK=YES", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]
    made = gdal.GetDriverByName("GTiff").Create(path, 4096, 4096, 1, options=options)
    made.GetRasterBand(1).WriteRaster(0, 0, 256, 256, b"\1" * 65536)
    made = None
    options = "BUDGET=1M", "BLOCKXSIZE=256", "BLOCKYSIZE=256", "LOSSLESS_COPY=NO"
    report = plan(path, options)
    said = copied(gdal.Open(path), options)
    (run,) = report["passes"]
    assert run["windows_read"] < run["windows_planned"]
    assert report["source"]["holes_known"]
    assert len(run["windows"]) == run["windows_read"]
    assert run["windows"][0][:2] == [0, 0]
    assert "where the source has nothing" in said


def test_long_lists_say_so(tmp_path):
    path = str(tmp_path / "large.tif")
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "SPARSE_OK=YES"]
    gdal.GetDriverByName("GTiff").Create(path, 30000, 25000, 1, options=options)
    # No holes are looked for where the first tile is.
    report = plan(path, ["BUDGET=6M", "PREDICTOR=AUTO"])
    (run,) = report["passes"]
    assert len(run["windows"]) == report["listed_at_most"] == 1000
    assert run["windows_read"] == run["windows_planned"] > 1000
    assert not run["all_windows_listed"]
    # All of them follow from what is told.
    across = 1 if run["full_width"] else -(-(30000 - run["x0"]) // run["step_x"])
    down = -(-(25000 - run["y0"]) // run["step_y"])
    assert run["windows_planned"] == across * down
    assert "1,000 of them are shown" in plan_svg(report)


def test_parts(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"), 200, 2000)
    options = ["LAYOUT=COG", "BLOCKSIZE=64", "LOSSLESS_COPY=NO"]
    report = plan(path, options, parts=3)
    rows = [part["rows"] for part in report["parts"]]
    assert [part["part"] for part in report["parts"]] == [1, 2, 3]
    assert rows[0][0] == 0 and rows[-1][1] == 2000
    assert all(rows[i][1] == rows[i + 1][0] for i in range(2))
    for part in report["parts"]:
        one = [*options, f"PART={part['part']}/3"]
        of_one = plan(path, one)
        assert of_one["parts"] == report["parts"]
        assert of_one["part_run"] == report["part_run"]
        windows = of_one["passes"][0]["windows"]
        # Whole blocks of what is needed are read.
        first, end = part["rows_needed"]
        assert windows[0][1] == first // 64 * 64
        assert windows[-1][1] + windows[-1][3] == min(-(-end // 64) * 64, 2000)
        target = str(tmp_path / f"{part['part']}.tif")
        made = gdal.Translate(target, path, format="ROWBAND", creationOptions=one)
        said = made.GetMetadata("ROWBAND_PART")
        assert said["DIGEST"] == of_one["part_digest"]
        assert said["RUN"] == report["part_run"]
        assert said["LEVELS"] == str(report["part_levels"])
        assert said["ROWS"] == ",".join(map(str, part["rows"]))


###############################################################################
# Nothing is done


def test_nothing_is_written_or_deleted(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    older = tmp_path / "older.tif"
    gdal.Translate(str(older), path, format="GTiff")
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    inside = gdal.ReadDirRecursive("/vsimem/")
    # FSYNC is of the raster, which may be anywhere, and not of the report.
    plan(path, ["LAYOUT=COG", "BUDGET=1M", "FSYNC=YES"], parts=2)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before
    assert gdal.ReadDirRecursive("/vsimem/") == inside


def test_report_as_a_file(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    target = tmp_path / "plan.json"
    target.write_text("older")
    made = gdal.Translate(
        str(target), path, format="ROWBAND", creationOptions=["PLAN=YES"]
    )
    assert made is not None and made.RasterCount == 0
    assert json.loads(target.read_text())["file"]["layout"] == "GTIFF"
    assert sorted(os.listdir(tmp_path)) == ["plan.json", "source.tif"]


def test_report_to_a_pipe(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    said = run_program(
        tmp_path, "gdal_translate", "-of", "ROWBAND", "-co", "PLAN=YES", path,
        "/vsistdout/",
    )  # fmt: skip
    assert json.loads(said)["source"]["width"] == 700


REFUSED = {
    "a raster's name": ("out.tif", ["PLAN=YES"], "ends in .json"),
    "an option": ("plan.json", ["PLAN=YES", "BLOCKXSIZE=100"], "BLOCKXSIZE=100"),
    "a value": ("plan.json", ["PLAN=PERHAPS"], "PLAN=PERHAPS"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path, case):
    name, options, why = REFUSED[case]
    path = make_tiled(str(tmp_path / "source.tif"))
    target = tmp_path / name
    if name.endswith(".json"):
        target.write_text("older")
    with collected_errors() as said:
        made = gdal.Translate(
            str(target), path, format="ROWBAND", creationOptions=options
        )
    assert made is None
    assert any(why in text for kind, _, text in said if kind == gdal.CE_Failure), said
    assert not target.exists() or target.read_text() == "older"
    assert len(os.listdir(tmp_path)) == 1 + target.exists()


def test_refused_by_create(tmp_vsimem):
    with collected_errors() as said:
        made = gdal.GetDriverByName("ROWBAND").Create(
            f"{tmp_vsimem}/plan.json", 10, 10, options=["PLAN=YES"]
        )
    assert made is None and "PLAN=YES" in said[0][2]
    assert gdal.VSIStatL(f"{tmp_vsimem}/plan.json") is None


def test_refused_for_parts_that_are_put_together(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    for number in (1, 2):
        options = [f"PART={number}/2", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]
        target = str(tmp_path / f"part{number}.tif")
        gdal.Translate(target, path, format="ROWBAND", creationOptions=options)
    with pytest.raises(Failure, match="PLAN=YES: parts"):
        plan(f"ROWBAND_PARTS:{tmp_path}/part*.tif")


def test_refused_as_the_copy_is(tmp_path):
    """With the copy's own words, less the name of the report."""
    path = make_tiled(str(tmp_path / "source.tif"))
    options = ["COMPRESS=LZW", "PREDICTOR=3"]
    with pytest.raises(Failure) as failure:
        plan(path, options)
    with collected_errors() as said:
        gdal.Translate("/vsimem/x.tif", path, format="ROWBAND", creationOptions=options)
    words = next(text for kind, _, text in said if kind == gdal.CE_Failure)
    assert str(failure.value) == words.replace("/vsimem/x.tif: ", "")


###############################################################################
# For people


def rectangles(report):
    root = Xml.fromstring(plan_svg(report))
    shapes = [shape.get("class") for shape in root.findall(".//{*}rect")]
    return {kind: shapes.count(kind) for kind in ("block", "tile", "window", "part")}


def test_picture(tmp_path):
    path = make_tiled(str(tmp_path / "source.tif"))
    report = plan(path, ["BUDGET=300K", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], parts=2)
    windows = report["passes"][0]["windows"]
    assert rectangles(report) == {
        "block": 48,
        "tile": 11 * 8,
        "window": len(windows),
        "part": 2,
    }


def test_picture_of_very_many_blocks(tmp_path):
    path = str(tmp_path / "source.tif")
    options = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "SPARSE_OK=YES"]
    gdal.GetDriverByName("GTiff").Create(path, 1600, 1600, 1, options=options)
    report = plan(path, ["BLOCKXSIZE=16", "BLOCKYSIZE=16", "LOSSLESS_COPY=NO"])
    assert rectangles(report)["block"] == RECTANGLES_MAX
    assert f"10,000 of 16 x 16, the first {RECTANGLES_MAX:,}" in plan_svg(report)


def test_command(tmp_path):
    make_tiled(str(tmp_path / "source.tif"))
    env = {**os.environ, "PYTHONPATH": str(ROOT / "driver/python")}
    command = [PYTHON, "-m", "rowband", "plan", "source.tif", "-co", "LAYOUT=COG"]
    said = run_program(tmp_path, *command, "-n", "2", "--svg", "plan.svg", env=env)
    for word in (
        "source.tif",
        "128 x 64",
        "COG",
        "carry 2 tiles",
        "48 here",
        "GTiff's swaths",
    ):
        assert word in said, said
    Xml.parse(tmp_path / "plan.svg")
    said = run_program(tmp_path, *command, "--json", env=env)
    assert json.loads(said)["source"]["decodes_at_most"] == 48
    refused = subprocess.run(
        [*command, "-co", "COMPRESS=X"], env=env, cwd=tmp_path, capture_output=True
    )
    assert refused.returncode == 1 and b"rowband: " in refused.stderr
