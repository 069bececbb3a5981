#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Real rasters: all that lie in the folder named by ROWBAND_CORPUS."""

import os
from pathlib import Path

import pytest
from cog_compare import assert_same_levels, cogs, complaints
from cog_sources import SMALL_TILES as SMALL_COG_TILES
from gtiff_compare import (
    assert_same_description,
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
    tool_complaints,
)
from osgeo import gdal
from rowband_driver import SMALL_TILES

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
CORNERS = [gdal.GCP(x * 0.1, y * -0.1, 0, x, y) for x, y in ((0, 0), (90, 0), (0, 70))]

# What users have gdal_translate do.
COMMAND_LINES = {
    "-ot Float32": {"outputType": gdal.GDT_Float32},
    "-ot Int16": {"outputType": gdal.GDT_Int16},
    "-a_srs compound": {"outputSRS": "EPSG:4326+5773"},
    "-gcp": {"GCPs": CORNERS},
    "-gcp -a_srs compound": {"GCPs": CORNERS, "outputSRS": "EPSG:32631+5773"},
    "-b 1 -a_nodata": {"bandList": [1], "noData": 0},
    "-b 1 -a_scale -a_srs": {
        "bandList": [1],
        "options": "-a_scale 2 -a_offset 3",
        "outputSRS": "EPSG:4326+5773",
    },
    "-scale": {"scaleParams": [[0, 200, 0, 255]], "outputType": gdal.GDT_Byte},
    "-outsize -r bilinear": {
        "widthPct": 50,
        "heightPct": 50,
        "resampleAlg": "bilinear",
    },
    "-srcwin -mo": {**WINDOW, "metadataOptions": ["AREA_OR_POINT=Point"]},
    "-colorinterp": {"options": "-colorinterp_1 undefined"},
    "-mask none": {"maskBand": "none"},
}


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


@pytest.mark.parametrize("name", COMMAND_LINES)
@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_corpus_command_line_equals_gtiff(tmp_path, raster, name):
    compare_with_gtiff(gdal.Open(str(raster)), tmp_path, **COMMAND_LINES[name])


@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_corpus_with_gcps_beside_the_geotransform(tmp_path, raster):
    source = gdal.GetDriverByName("VRT").CreateCopy("", gdal.Open(str(raster)))
    text = source.GetMetadata("xml:VRT")[0]
    gcp = '<GCP Id="1" Pixel="0" Line="0" X="1" Y="2"/>'
    gcps = f'<GCPList Projection="EPSG:4326">{gcp}</GCPList>'
    source = gdal.Open(text.replace("<VRTRasterBand", gcps + "<VRTRasterBand", 1))
    assert source.GetGCPCount() == 1
    ours, _ = rowband_translate(f"{tmp_path}/ours.tif", source, SMALL_TILES)
    theirs, _ = gtiff_translate(f"{tmp_path}/theirs.tif", source, SMALL_TILES)
    del ours, theirs
    ours, theirs = (gdal.Open(f"{tmp_path}/{name}.tif") for name in ("ours", "theirs"))
    assert_same_description(ours, theirs)


@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_cog_of_corpus(tmp_path, raster):
    source = gdal.Open(str(raster))
    is_complex = gdal.DataTypeIsComplex(source.GetRasterBand(1).DataType)
    resampling = "NEAREST" if is_complex else "AVERAGE"
    options = (*SMALL_COG_TILES, f"RESAMPLING={resampling}")
    dataset, expected = cogs(source, tmp_path, options)
    assert_same_levels(dataset, expected)
    assert complaints(f"{tmp_path}/rowband.tif") == []
