#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Real rasters: all that lie in the folder named by ROWBAND_CORPUS."""

import os
from pathlib import Path

import pytest
from cog_compare import assert_same_levels, cogs, complaints
from cog_sources import SMALL_TILES
from gtiff_compare import collected_errors, compare_with_gtiff, tool_complaints
from osgeo import gdal

OPTION_SETS = {
    "default": [],
    "plain strips": ["TILED=NO", "COMPRESS=NONE"],
    "one-row strips": ["TILED=NO", "BLOCKYSIZE=1", "NUM_THREADS=2"],
    "planar": ["INTERLEAVE=BAND", "PREDICTOR=2", "BLOCKXSIZE=256", "BLOCKYSIZE=128"],
    "zstd": ["COMPRESS=ZSTD", "PREDICTOR=2", "BIGTIFF=YES"],
    "small budget": ["BUDGET=3M", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "ZLEVEL=1"],
    "sparse": ["SPARSE_OK=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"],
}
WINDOW = {"srcWin": [13, 29, 100, 77]}


def is_raster(path):
    """Some files only look like one, or have nothing but subdatasets."""
    with collected_errors():
        dataset = gdal.Open(str(path)) if path.is_file() else None
        return dataset is not None and dataset.RasterCount > 0


def rasters():
    folder = os.environ.get("ROWBAND_CORPUS")
    if not folder:
        return []
    found = [path for path in sorted(Path(folder).rglob("*")) if is_raster(path)]
    assert found, f"no raster in ROWBAND_CORPUS={folder}"
    return found


RASTERS = rasters() or [
    pytest.param(None, marks=pytest.mark.skip(reason="ROWBAND_CORPUS names no folder"))
]


pytestmark = [pytest.mark.corpus, pytest.mark.slow]


@pytest.mark.parametrize("name", OPTION_SETS)
@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_corpus_equals_gtiff(tmp_path, raster, name):
    target = compare_with_gtiff(gdal.Open(str(raster)), tmp_path, OPTION_SETS[name])
    assert tool_complaints(target, sparse=name == "sparse") == []


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_corpus_window_equals_gtiff(tmp_path, raster, interleave):
    options = [f"INTERLEAVE={interleave}"]
    target = compare_with_gtiff(gdal.Open(str(raster)), tmp_path, options, **WINDOW)
    assert tool_complaints(target) == []


@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_cog_of_corpus(tmp_path, raster):
    source = gdal.Open(str(raster))
    is_complex = gdal.DataTypeIsComplex(source.GetRasterBand(1).DataType)
    resampling = "NEAREST" if is_complex else "AVERAGE"
    options = (*SMALL_TILES, f"RESAMPLING={resampling}")
    dataset, expected = cogs(source, tmp_path, options)
    assert_same_levels(dataset, expected)
    assert complaints(f"{tmp_path}/rowband.tif") == []
