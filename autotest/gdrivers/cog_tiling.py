#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: TILING_SCHEME, and where a raster comes to lie in it."""

import json

import pytest
from cog_compare import assert_same_levels, cog_translate, level_sizes
from lossless import copy
from osgeo import gdal
from rowband_driver import assert_refused
from sources import make_source
from stored import creation_option_values
from warp_compare import (
    MERCATOR,
    WEB,
    assert_reprojected,
    geographic,
    gray,
    option_name,
    refused_by_cog,
    rgb,
)

SCHEMES = {
    "GoogleMapsCompatible": (-117.6, 33.9),
    "InspireCRS84Quad": (-117.6, 33.9),
    "LINZAntarticaMapTileGrid": (166.0, -77.5),
    "MapML_APSTILE": (-150.0, 65.0),
    "MapML_CBMTILE": (-75.0, 46.0),
    "NZTM2000": (174.0, -40.0),
}
# Those that later GDALs have, besides.
SAME_BY_OTHER_NAMES = {
    "WorldCRS84Quad": "InspireCRS84Quad",
    "WebMercatorQuad": "GoogleMapsCompatible",
    "PseudoTMS_GlobalGeodetic": "InspireCRS84Quad",
}
OTHERS = ["WorldMercatorWGS84Quad", "GoogleCRS84Quad", "PseudoTMS_GlobalMercator"]
OTHERS += ["GlobalGeodeticOriginLat270", *SAME_BY_OTHER_NAMES]
IS_311 = int(gdal.VersionInfo()) >= 3110000
if IS_311:
    SCHEMES.update({name: (-117.6, 33.9) for name in OTHERS})


def test_cog_tiling_scheme_names_are_gdals():
    names = creation_option_values("ROWBAND")["TILING_SCHEME"]
    assert names == creation_option_values("COG")["TILING_SCHEME"]
    hidden = {"WebMercatorQuad", "PseudoTMS_GlobalGeodetic"}
    hidden |= {"GlobalGeodeticOriginLat270", "InspireCRS84Quad"}
    assert set(SCHEMES) - (hidden if IS_311 else set()) <= set(names)


@pytest.mark.parametrize("name", OTHERS)
def test_cog_tiling_scheme_names_of_later_gdals(tmp_vsimem, name):
    """They are refused where GDAL does not know them."""
    options = (f"TILING_SCHEME={name}",)
    refused = refused_by_cog(geographic(-117.6, 33.9, 0.001), tmp_vsimem, options)
    assert refused != IS_311
    if refused:
        target = f"{tmp_vsimem}/out.tif"
        assert_refused(target, gray(), ("LAYOUT=COG", *options), "TILING_SCHEME")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_cog_tiling_scheme(tmp_vsimem, scheme):
    source = geographic(*SCHEMES[scheme], 0.001)
    options = (f"TILING_SCHEME={scheme}",)
    made, _ = assert_reprojected(source, tmp_vsimem, options)
    assert made.GetRasterBand(1).GetBlockSize() == [256, 256]
    assert set(made.GetMetadata("TILING_SCHEME")) == {"NAME", "ZOOM_LEVEL"}


ZOOMS = [
    ("ZOOM_LEVEL=11",),
    ("ZOOM_LEVEL=12",),
    ("ZOOM_LEVEL=5",),
    ("ZOOM_LEVEL_STRATEGY=LOWER",),
    ("ZOOM_LEVEL_STRATEGY=UPPER",),
    ("ZOOM_LEVEL_STRATEGY=AUTO",),
    ("BLOCKSIZE=512",),
    ("BLOCKSIZE=128",),
    ("ALIGNED_LEVELS=1",),
    ("ALIGNED_LEVELS=2",),
    ("ALIGNED_LEVELS=3", "ZOOM_LEVEL=9"),
    ("ALIGNED_LEVELS=20", "ZOOM_LEVEL=3"),
    ("ZOOM_LEVEL=12", "OVERVIEW_COUNT=1"),
    ("ZOOM_LEVEL=10", "OVERVIEW_COUNT=12"),
    ("ZOOM_LEVEL=12", "OVERVIEWS=NONE"),
    ("ZOOM_LEVEL=12", "OVERVIEWS=IGNORE_EXISTING"),
]


@pytest.mark.parametrize("options", ZOOMS, ids=option_name)
@pytest.mark.parametrize(
    "scheme",
    [
        "GoogleMapsCompatible",  # each level has half the pixels of the one below
        pytest.param("MapML_CBMTILE", marks=pytest.mark.long),  # other ratios
    ],
)
def test_cog_tiling_scheme_zoom(tmp_vsimem, scheme, options):
    source = geographic(*SCHEMES[scheme], 0.001, 60, 40)
    options = (f"TILING_SCHEME={scheme}", *options)
    if refused_by_cog(source, tmp_vsimem, options):
        target = f"{tmp_vsimem}/out.tif"
        assert_refused(target, source, ("LAYOUT=COG", *options), "ALIGNED_LEVELS")
    else:
        assert_reprojected(source, tmp_vsimem, options)


def test_cog_tiling_scheme_of_odd_ratios(tmp_vsimem):
    source = geographic(*SCHEMES["MapML_CBMTILE"], 0.001, 60, 40)
    options = ("TILING_SCHEME=MapML_CBMTILE", "ZOOM_LEVEL=11", "OVERVIEW_COUNT=3")
    made, _ = assert_reprojected(source, tmp_vsimem, options)
    assert level_sizes(made) == [(256, 512), (154, 307), (90, 179), (54, 107)]


DEFINITION = {
    "type": "TileMatrixSetType",
    "identifier": "mine",
    "boundingBox": {
        "type": "BoundingBoxType",
        "crs": "EPSG:32611",
        "lowerCorner": [166000, 0],
        "upperCorner": [834000, 9330000],
    },
    "supportedCRS": "EPSG:32611",
    "tileMatrix": [
        {
            "identifier": str(i),
            "scaleDenominator": scale,
            "topLeftCorner": [400000, 3800000],
            "tileWidth": 128,
            "tileHeight": 128,
            "matrixWidth": 40,
            "matrixHeight": 40,
        }
        for i, scale in enumerate((1e6, 5e5, 2e5))
    ],
}


@pytest.mark.parametrize("is_file", [False, True], ids=["inline", "file"])
def test_cog_tiling_scheme_of_ones_own(tmp_vsimem, is_file):
    definition = json.dumps(DEFINITION)
    if is_file:
        gdal.FileFromMemBuffer(f"{tmp_vsimem}/mine.json", definition)
        definition = f"{tmp_vsimem}/mine.json"
    options = (f"TILING_SCHEME={definition}", "ALIGNED_LEVELS=2")
    made, _ = assert_reprojected(gray(), tmp_vsimem, options)
    assert made.GetRasterBand(1).GetBlockSize() == [128, 128]


def test_cog_that_is_in_the_scheme_already_is_copied(tmp_vsimem):
    """Nothing is warped, overviews are taken, tiles copied as they are."""
    first = f"{tmp_vsimem}/first.tif"
    source = cog_translate(first, rgb(), (*WEB, "ZOOM_LEVEL=13"))[0]
    made, counts = copy(f"{tmp_vsimem}/second.tif", source, "LAYOUT=COG", *WEB)
    assert counts.copied > 0 and counts.encoded == 0
    assert_same_levels(made, source)
    assert made.GetMetadata("TILING_SCHEME")["ZOOM_LEVEL"] == "13"


@pytest.mark.parametrize("options", [WEB, MERCATOR], ids=option_name)
def test_cog_web_mercator_at_the_poles(tmp_vsimem, options):
    """It has none: what the COG driver suggests without them."""
    source = geographic(-180, 90, 2, 180, 90)
    assert_reprojected(source, tmp_vsimem, options)


def test_cog_tiling_scheme_that_ends_within_the_raster(tmp_vsimem):
    matrices = [
        {**matrix, "topLeftCorner": [445000, 3800000]}
        for matrix in DEFINITION["tileMatrix"]
    ]
    definition = json.dumps({**DEFINITION, "tileMatrix": matrices})
    options = (f"TILING_SCHEME={definition}",)
    made, _ = assert_reprojected(gray(), tmp_vsimem, options)
    assert made.GetGeoTransform()[0] == 445000
    said = cog_translate(f"{tmp_vsimem}/out.tif", gray(), options)[1]
    assert len(said) == 1 and "left out" in said[0][2]


@pytest.mark.slow
@pytest.mark.parametrize("zoom,fits", [("9", True), ("4", False)])
def test_cog_tiling_scheme_far_away_takes_memory(tmp_vsimem, zoom, fits):
    """GDAL holds the source's pixels behind a block to warp it, here all of them."""
    source = make_source(3000, 2500, 3)
    options = (*WEB, f"ZOOM_LEVEL={zoom}", "BUDGET=24M", "NUM_THREADS=1")
    said = cog_translate(f"{tmp_vsimem}/out.tif", source, options)[1]
    assert ("is too small" in " ".join(text for *_, text in said)) != fits


def changed(**changes):
    matrices = [dict(matrix) for matrix in DEFINITION["tileMatrix"]]
    matrices[1].update(changes)
    return json.dumps({**DEFINITION, "tileMatrix": matrices})


@pytest.mark.parametrize(
    "definition,words",
    [
        (changed(topLeftCorner=[0, 0]), "corners"),
        (changed(tileWidth=256), "sizes"),
        (changed(scaleDenominator=2e6), "finer"),
        (changed(scaleDenominator=-1), "scale"),
        (changed(topLeftCorner=[0]), "corner"),
        (changed(variableMatrixWidth=[{"coalesce": 2}]), "fewer"),
        (json.dumps({**DEFINITION, "supportedCRS": "nothing"}), "CRS"),
        (json.dumps({**DEFINITION, "tileMatrix": []}), "zoom levels"),
        ('"TileMatrixSetType" {', "TILING_SCHEME"),
    ],
    ids=lambda value: None if "{" in value else value,
)
def test_cog_tiling_scheme_refuses(tmp_vsimem, definition, words):
    options = ("LAYOUT=COG", f"TILING_SCHEME={definition}")
    assert refused_by_cog(gray(), tmp_vsimem, options[1:])
    assert_refused(f"{tmp_vsimem}/out.tif", gray(), options, words)
