#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Readers that are not GDAL agree on what is in the files.

The npm package geotiff is looked for where cmake/test.sh installs it.
"""

import hashlib
import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from gtiff_compare import assert_same_pixels, bands, rowband_translate
from osgeo import gdal
from sources import FLOAT_TYPES, make_source

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "autotest/pymod/read_with_geotiff.mjs"
FOLDER = ROOT / "build/geotiff-js"
LAYOUTS = {
    "tiles": ("BLOCKXSIZE=32", "BLOCKYSIZE=16"),
    "strips": ("TILED=NO", "BLOCKYSIZE=9"),
}
TYPES = [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32]
TYPES += [gdal.GDT_Int32] + FLOAT_TYPES


def predictors(codec, gdal_type):
    """Those that both readers know: geotiff has no predictor 2 for 64 bits."""
    if codec in ("NONE", "PACKBITS"):
        return ("1",)
    if gdal_type == gdal.GDT_Float64:
        return ("1", "3")
    return ("1", "2", "3") if gdal_type in FLOAT_TYPES else ("1", "2")


def files(folder, codecs, bigtiff="NO"):
    """Writes every combination into `folder`.
    @return names of the files"""
    written = []
    for gdal_type, codec, layout, interleave in itertools.product(
        TYPES, codecs, LAYOUTS, ("PIXEL", "BAND")
    ):
        source = make_source(100, 77, 3, gdal_type)
        for predictor in predictors(codec, gdal_type):
            name = gdal.GetDataTypeName(gdal_type)
            path = f"{folder}/{name}-{codec}-{layout}-{interleave}-{predictor}.tif"
            options = (f"COMPRESS={codec}", f"INTERLEAVE={interleave}")
            options += (f"BIGTIFF={bigtiff}",) + LAYOUTS[layout]
            if predictor != "1":
                options += (f"PREDICTOR={predictor}",)
            rowband_translate(path, source, options)
            written.append(path)
    return written


def hashes(path):
    dataset = gdal.Open(path)
    return [
        hashlib.sha256(band.ReadRaster(buf_type=read_as(band))).hexdigest()
        for band in bands(dataset)
    ]


def read_as(band):
    """geotiff.js gives half floats as single ones."""
    is_half = gdal.GetDataTypeName(band.DataType) == "Float16"
    return gdal.GDT_Float32 if is_half else band.DataType


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules").is_dir(),
    reason=f"no Node.js, or no package geotiff in {FOLDER}",
)
@pytest.mark.parametrize("bigtiff", ["NO", "YES"])
@pytest.mark.parametrize("codec", ["NONE", "DEFLATE", "LZW", "PACKBITS", "ZSTD"])
def test_rowband_read_by_geotiff_js(tmp_path, codec, bigtiff):
    paths = files(tmp_path, [codec], bigtiff)
    run = subprocess.run(
        ["node", SCRIPT, FOLDER, *paths], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    lines = run.stdout.splitlines()
    assert len(lines) == len(paths)
    for path, line in zip(paths, lines):
        assert json.loads(line) == hashes(path), path


def tiffcp_copes(path):
    """tiffcp 4.5 garbles tiles of one band with samples of several bytes, also
    those that GTiff writes."""
    return "tiles-BAND" not in path or "Byte" in path


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["DEFLATE", "LZW", "PACKBITS"])
def test_rowband_read_by_tiffcp(tmp_path, codec):
    for path in filter(tiffcp_copes, files(tmp_path, [codec])):
        copied = f"{path}.copy"
        subprocess.run(
            ["tiffcp", "-c", "none", path, copied], capture_output=True, check=True
        )
        ours, copy = gdal.Open(path), gdal.Open(copied)
        assert_same_pixels(copy, ours)
