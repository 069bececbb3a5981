#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""What a file says beside its pixels, and what gdal_translate's options make of it."""

import numpy as np
import pytest
from carriers import (
    CARRIERS,
    CORNERS,
    with_color_table,
    with_mask,
    with_scale_offset_unit,
    with_transparent_color_table,
)
from gtiff_compare import compare_with_gtiff, gtiff_translate, rowband_translate
from osgeo import gdal
from rowband_driver import SMALL_TILES
from sources import make_source
from stored import creation_option_values, read_bytes


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.__name__)
@pytest.mark.parametrize(
    "options", [SMALL_TILES, ("TILED=NO",)], ids=["tiled", "strips"]
)
def test_rowband_metadata(tmp_vsimem, carrier, options):
    compare_with_gtiff(carrier(make_source()), tmp_vsimem, options)


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.__name__)
def test_rowband_metadata_through_vrt(tmp_vsimem, carrier):
    source = carrier(make_source())
    options = [*SMALL_TILES, "INTERLEAVE=BAND"]
    compare_with_gtiff(source, tmp_vsimem, options, srcWin=[3, 5, 60, 40])


@pytest.mark.skipif(
    "COLOR_TABLE_MULTIPLIER" not in creation_option_values("GTiff"),
    reason="GDAL before 3.10",
)
@pytest.mark.parametrize("multiplier", ["1", "256", "257"])
def test_rowband_color_table_multiplier(tmp_vsimem, multiplier):
    options = [*SMALL_TILES, f"COLOR_TABLE_MULTIPLIER={multiplier}"]
    source = with_color_table(make_source())
    path = compare_with_gtiff(source, tmp_vsimem, options)
    rowband_translate(f"{tmp_vsimem}/default.tif", source, SMALL_TILES)
    same = read_bytes(path) == read_bytes(f"{tmp_vsimem}/default.tif")
    assert same == (multiplier == "257")


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("compress", ["NONE", "DEFLATE", "ZSTD"])
@pytest.mark.parametrize("layout", ["tiled", "strips"])
def test_rowband_mask(tmp_vsimem, layout, compress, interleave):
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    options = [*options, f"COMPRESS={compress}", f"INTERLEAVE={interleave}"]
    target = compare_with_gtiff(with_mask(None), tmp_vsimem, options)
    dataset = gdal.Open(target)
    assert dataset.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET


def test_rowband_mask_of_other_types(tmp_vsimem):
    source = make_source(300, 200, gdal_type=gdal.GDT_Float64)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.arange(300 * 200).reshape(200, 300) % 7 < 3
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask.astype(np.uint8) * 255)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "PREDICTOR=3"])


###############################################################################
# gdal_translate's options


@pytest.mark.parametrize(
    "translate",
    [
        {"srcWin": [0, 0, 30, 20]},
        {"srcWin": [13, 7, 100, 77]},
        {"srcWin": [-10, -5, 200, 150]},
        {"bandList": [3]},
        {"bandList": [3, 1]},
        {"bandList": [2, 2, 1, 3]},
        {"bandList": [1, "mask"]},
        {"maskBand": 2},
        {"outputType": gdal.GDT_Float32},
        {"outputType": gdal.GDT_UInt16, "scaleParams": [[0, 255, 0, 65535]]},
        {"scaleParams": [[]]},
        {"scaleParams": [[0, 255, 0, 255]], "exponents": [0.5]},
        {"noData": 0},
        {"noData": "none"},
        {"width": 37, "height": 91},
        {"width": 500, "height": 400, "resampleAlg": "bilinear"},
        {"widthPct": 50, "heightPct": 50, "resampleAlg": "average"},
        {"xRes": 90, "yRes": 90},
        {"projWin": [441320, 3750720, 443120, 3749520]},
        {"outputSRS": "EPSG:32612"},
        {"outputBounds": [0, 10, 10, 0]},
        {"metadataOptions": ["A=B", "C=D"]},
        {"GCPs": [gdal.GCP(x, y, 0, x, y) for x, y in CORNERS]},
        {"rgbExpand": "gray"},
        {"stats": True},
        {"options": ["-noxmp"]},
        {"options": ["-norat"]},
        {"options": ["-colorinterp", "blue,green,red"]},
        {"options": ["-a_scale", "2", "-a_offset", "-3"]},
    ],
    ids=lambda translate: "-".join(translate.get("options", translate)),
)
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_rowband_translate(tmp_vsimem, translate, interleave):
    source = make_source(140, 110, 3)
    if "rgbExpand" in translate:
        source = with_color_table(make_source(140, 110))
    options = [*SMALL_TILES, f"INTERLEAVE={interleave}"]
    compare_with_gtiff(source, tmp_vsimem, options, **translate)


@pytest.mark.parametrize("target_mode", ["rgb", "rgba"])
def test_rowband_translate_expand(tmp_vsimem, target_mode):
    source = with_transparent_color_table(make_source())
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES, rgbExpand=target_mode)


def test_rowband_translate_unscale(tmp_vsimem):
    source = with_scale_offset_unit(None)
    translate = {"unscale": True, "outputType": gdal.GDT_Float64}
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES, **translate)


def test_rowband_vrt_of_a_file(tmp_vsimem):
    layout = ["BLOCKXSIZE=48", "BLOCKYSIZE=80"]
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(300, 210, 3), layout)[
        0
    ]
    vrt = gdal.Translate(
        f"{tmp_vsimem}/in.vrt", source, bandList=[3, 1], srcWin=[50, 30, 201, 99]
    )
    compare_with_gtiff(vrt, tmp_vsimem, SMALL_TILES)


def test_rowband_mosaic(tmp_vsimem):
    parts = []
    for index, blocks in enumerate([(32, 32), (48, 80)]):
        layout = [f"BLOCKXSIZE={blocks[0]}", f"BLOCKYSIZE={blocks[1]}"]
        part = make_source(100, 90, 2)
        part.SetGeoTransform((440720 + 90 * 60 * index, 60, 0, 3751320, 0, -60))
        path = f"{tmp_vsimem}/part{index}.tif"
        gtiff_translate(path, part, layout)
        parts.append(path)
    compare_with_gtiff(
        gdal.BuildVRT(f"{tmp_vsimem}/in.vrt", parts), tmp_vsimem, SMALL_TILES
    )


def test_rowband_warped_vrt(tmp_vsimem):
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(200, 150, 2))[0]
    warped = gdal.Warp("", source, format="VRT", dstSRS="EPSG:4326")
    compare_with_gtiff(warped, tmp_vsimem, SMALL_TILES)
