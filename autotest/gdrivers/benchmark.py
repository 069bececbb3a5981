# SPDX-License-Identifier: MIT
"""The benchmark runs. What it measures here is worth nothing: tiny, once."""

import subprocess
import sys
from pathlib import Path

import pytest

COMPARE = Path(__file__).resolve().parents[1] / "benchmark/compare.py"


def rows_of(cache, *arguments):
    """The table's rows by tool: cells by column. Progress is left aside."""
    command = [sys.executable, COMPARE, "--cache", cache, "--rounds", "1", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in done.stdout.splitlines()
    ]
    titles, rule, *rows = lines
    assert {set(cell) <= set("-: ") for cell in rule} == {True}
    return {row["tool"]: row for row in (dict(zip(titles, cells)) for cells in rows)}


def test_benchmark_prints_a_table(tmp_path):
    rows = rows_of(tmp_path, "--measure", "blocks1024", "--size", "600")
    gtiff, rowband = rows["GTiff ZLEVEL=6"], rows["ROWBAND ZLEVEL=7"]
    assert gtiff["ratio"] == ""
    assert rowband["of"] == "wall, GTiff ZLEVEL=6 = 1"
    ratio = float(rowband["wall s"]) / float(gtiff["wall s"])
    assert abs(float(rowband["ratio"].split()[0]) - ratio) < 0.02 * ratio
    # Equal levels are what makes it a comparison.
    assert abs(float(rowband["file MiB"]) - float(gtiff["file MiB"])) < 0.002


def test_benchmark_warps(tmp_path):
    rows = rows_of(tmp_path, "--measure", "warp", "--size", "600")
    assert len(rows) == 7
    sizes = {row["file MiB"] for tool, row in rows.items() if "GTiff" in tool}
    assert rows["ROWBAND BUDGET=64M"]["file MiB"] != ""
    assert "" not in sizes


def test_benchmark_reprojects(tmp_path):
    rows = rows_of(tmp_path, "--measure", "tiling", "--size", "600")
    assert len(rows) == 4
    sizes = {float(row["file MiB"]) for row in rows.values() if row["file MiB"]}
    assert max(sizes) < 1.02 * min(sizes)


@pytest.mark.parametrize("measure", ("files", "holes"))
def test_benchmark_makes_vrts(tmp_path, measure):
    rows = rows_of(tmp_path, "--measure", measure, "--size", "640")
    assert len(rows) == 2
    assert len({round(float(row["file MiB"]), 2) for row in rows.values()}) == 1


def test_benchmark_goes_on_without_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("GDAL_DRIVER_PATH", "/nowhere")
    rows = rows_of(tmp_path, "--measure", "spy", "--size", "600")
    assert rows == {}


@pytest.mark.slow
def test_benchmark_of_levels_prints_a_table(tmp_path):
    script = COMPARE.with_name("levels.py")
    command = [sys.executable, script, "--rounds", "1", "--size", "600"]
    done = subprocess.run(
        [*command, "--cache", tmp_path], check=True, capture_output=True, text=True
    )
    titles, _, *rows = done.stdout.splitlines()
    assert titles.startswith("| raster |")
    assert len(rows) == 6
    for row in rows:
        *_, file = [cell.strip() for cell in row.split("|")[1:-1]]
        assert float(file) <= 2
