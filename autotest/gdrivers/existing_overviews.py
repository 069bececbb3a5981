#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Overviews that the source has already become the file's, as the COG driver decides,
and GTiff with COPY_SRC_OVERVIEWS: every level equals theirs, and is read once."""

import os

import numpy as np
import pytest
from cog_compare import assert_same_levels, cogs, complaints, level_sizes
from gtiff_compare import bands, collected_errors
from osgeo import gdal
from rowband_driver import driver
from sources import pixels
from stored import read_bytes

WIDTH, HEIGHT = 700, 500
TILES = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE"]


def nothing_more(dataset):
    pass


def colours(dataset):
    table = gdal.ColorTable()
    for i in range(256):
        table.SetColorEntry(i, (i, 255 - i, 3, 255))
    dataset.GetRasterBand(1).SetColorTable(table)


def nodata(dataset):
    dataset.GetRasterBand(1).SetNoDataValue(7)


def mask(dataset):
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    values = np.where(pixels(WIDTH, HEIGHT, gdal.GDT_Byte, 9) % 3 > 0, 255, 0)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(values)


KINDS = {
    "RGB": (3, nothing_more),
    "palette": (1, colours),
    "nodata": (1, nodata),
    "mask": (3, mask),
    "beside the file": (2, nothing_more),
}


@pytest.fixture(autouse=True)
def masks_inside():
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    yield
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)


def make(folder, kind, factors=(3, 7)):
    """Its overviews are of sizes that nobody would make them of, and of other
    pixels."""
    path = f"{folder}/in.tif"
    count, add = KINDS[kind]
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, count, gdal.GDT_Byte, TILES
    )
    for number, band in enumerate(bands(dataset), 1):
        band.WriteArray(pixels(WIDTH, HEIGHT, gdal.GDT_Byte, number))
    add(dataset)
    dataset = None
    inside = kind != "beside the file"
    dataset = gdal.Open(path, gdal.GA_Update if inside else gdal.GA_ReadOnly)
    dataset.BuildOverviews("NEAREST", list(factors))
    dataset = None
    return path


WAYS = {
    "as it is": {},
    "another CRS": {"outputSRS": "EPSG:3857"},
    "a band": {"bandList": [1]},
    "a part": {"srcWin": [0, 0, 600, 480]},
}
USES = ["", "AUTO", "FORCE_USE_EXISTING", "IGNORE_EXISTING", "NONE"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_cog_has_the_overviews_that_gdals_has(tmp_vsimem, kind, way):
    source = gdal.Open(make(tmp_vsimem, kind))
    for use in USES:
        options = ("BLOCKSIZE=128", *([f"OVERVIEWS={use}"] if use else []))
        ours, theirs = cogs(source, tmp_vsimem, options, **WAYS[way])
        assert_same_levels(ours, theirs)
        if use != "NONE" and not (use == "FORCE_USE_EXISTING" and way == "a part"):
            assert ours.GetRasterBand(1).GetOverviewCount() > 0
        if use != "NONE":
            assert complaints(ours.GetDescription()) == []


@pytest.mark.parametrize("count", [0, 1, 5])
def test_cog_takes_as_many_as_are_asked_for(tmp_vsimem, count):
    source = gdal.Open(make(tmp_vsimem, "RGB"))
    options = ("BLOCKSIZE=128", f"OVERVIEW_COUNT={count}")
    assert_same_levels(*cogs(source, tmp_vsimem, options))


def test_cog_forced_without_overviews_has_none(tmp_vsimem):
    source = gdal.Open(make(tmp_vsimem, "RGB", factors=()))
    options = ("BLOCKSIZE=128", "OVERVIEWS=FORCE_USE_EXISTING")
    ours, theirs = cogs(source, tmp_vsimem, options)
    assert_same_levels(ours, theirs)
    assert ours.GetRasterBand(1).GetOverviewCount() == 0


def test_overviews_that_are_no_datasets_of_their_own(tmp_path):
    """HFA's are bands of the raster's dataset."""
    path = str(tmp_path / "in.img")
    gdal.Translate(path, make(tmp_path, "RGB", factors=()), format="HFA")
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.BuildOverviews("NEAREST", [2, 4])
    dataset = None
    assert_same_levels(*cogs(gdal.Open(path), tmp_path, ("BLOCKSIZE=128",)))


CONFIGS = {
    "nothing said": {},
    "LZW": {"COMPRESS_OVERVIEW": "LZW"},
    "blocks": {"GDAL_TIFF_OVR_BLOCKSIZE": "256"},
}
LAYOUTS = {
    "strips": ["TILED=NO", "BLOCKYSIZE=32"],
    "tiles": ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "INTERLEAVE=BAND"],
    "oblong": ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=64"],
}


def compression(path):
    level = gdal.OpenEx(path, open_options=["OVERVIEW_LEVEL=0"])
    return level.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("said", CONFIGS)
@pytest.mark.parametrize("kind", KINDS)
def test_gtiff_copies_overviews(tmp_vsimem, kind, said, layout):
    source = gdal.Open(make(tmp_vsimem, kind))
    options = ["COPY_SRC_OVERVIEWS=YES", "COMPRESS=DEFLATE", *LAYOUTS[layout]]
    found = []
    for key, value in CONFIGS[said].items():
        gdal.SetConfigOption(key, value)
    for name in ("ROWBAND", "GTiff"):
        path = f"{tmp_vsimem}/{name}.tif"
        assert gdal.GetDriverByName(name).CreateCopy(path, source, options=options)
        found.append(path)
    for key in CONFIGS[said]:
        gdal.SetConfigOption(key, None)
    ours, theirs = [gdal.Open(path) for path in found]
    assert ours.GetRasterBand(1).GetOverviewCount() == 2
    assert_same_levels(ours, theirs)
    assert compression(found[0]) == compression(found[1])


@pytest.mark.parametrize("layout", ["LAYOUT=COG", "LAYOUT=GTIFF"])
def test_copying_overviews_is_forced(tmp_vsimem, layout):
    source = gdal.Open(make(tmp_vsimem, "RGB"))
    options = [layout, "COPY_SRC_OVERVIEWS=YES"]
    ours = driver().CreateCopy(f"{tmp_vsimem}/out.tif", source, options=options)
    assert level_sizes(ours) == level_sizes(source)


def without_masks(folder):
    """A mask beside the file has overviews of its own, or none."""
    path = make(folder, "RGB")
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    mask(gdal.Open(path))
    return gdal.Open(path)


def test_overviews_without_the_mask_are_made_afresh_and_said_so(tmp_path):
    source = without_masks(tmp_path)
    options = ["LAYOUT=COG", "BLOCKSIZE=128", "RESAMPLING=AVERAGE"]
    path = str(tmp_path / "out.tif")
    with collected_errors() as said:
        ours = driver().CreateCopy(path, source, options=options)
    assert [text for _, _, text in said if "made afresh" in text], said
    expected = driver().CreateCopy(
        str(tmp_path / "made.tif"),
        source,
        options=[*options, "OVERVIEWS=IGNORE_EXISTING"],
    )
    assert_same_levels(ours, expected)


def test_overviews_without_the_mask_are_refused_if_forced(tmp_path):
    source = without_masks(tmp_path)
    before = sorted(os.listdir(tmp_path))
    options = ["LAYOUT=COG", "OVERVIEWS=FORCE_USE_EXISTING"]
    with collected_errors() as said:
        path = str(tmp_path / "out.tif")
        assert driver().CreateCopy(path, source, options=options) is None
    errors = [text for severity, _, text in said if severity >= gdal.CE_Failure]
    assert len(errors) == 1 and "overview 0 of the source has no mask" in errors[0]
    assert sorted(os.listdir(tmp_path)) == before


def test_the_raster_is_decoded_once(tmp_path):
    path = make(tmp_path, "RGB")
    lines = []
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    gdal.PushErrorHandler(lambda severity, number, text: lines.append(text))
    source = gdal.Translate("", path, format="VRT", outputSRS="EPSG:3857")
    options = ["LAYOUT=COG", "BLOCKSIZE=128", "BUDGET=1M"]
    made = driver().CreateCopy(str(tmp_path / "out.tif"), source, options=options)
    gdal.PopErrorHandler()
    gdal.SetConfigOption("CPL_DEBUG", None)
    assert made is not None and "amplification 1.00" in "".join(lines), lines


def test_sources_that_only_overviews_would_need_are_not_failures(tmp_path):
    """GDAL looks for overviews in a source that does not open and does not show."""
    path = make(tmp_path, "RGB")
    vrt = tmp_path / "in.vrt"
    vrt.write_text(
        f"""<VRTDataset rasterXSize="300" rasterYSize="200">
<VRTRasterBand dataType="Byte" band="1"><ComplexSource>
<SourceFilename>{path}</SourceFilename><SourceBand>9</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="50" ySize="50"/>
<DstRect xOff="0" yOff="900" xSize="50" ySize="50"/>
</ComplexSource></VRTRasterBand></VRTDataset>"""
    )
    source = gdal.Open(str(vrt))
    options = ["LAYOUT=COG", "BLOCKSIZE=128"]
    with collected_errors() as said:
        made = driver().CreateCopy(str(tmp_path / "out.tif"), source, options=options)
    assert made is not None and said == [], said


def test_levels_that_show_one_dataset_leave_it_as_it_was(tmp_path):
    """Overviews of a VRT upon a VRT are read from the same files, each by leaves of its
    own, which are gone before the next is looked into."""
    name = make(tmp_path, "RGB", factors=(2, 4))
    gdal.Open(name, gdal.GA_Update).SetGeoTransform([0, 1, 0, 0, 0, -1])
    gdal.BuildVRT(f"{tmp_path}/in.vrt", [name]).FlushCache()
    source = gdal.Open(f"{tmp_path}/in.vrt")
    paths = [f"{tmp_path}/{number}.tif" for number in "12"]
    with collected_errors() as said:
        for path in paths:
            options = ["LAYOUT=COG", "BLOCKSIZE=128"]
            assert driver().CreateCopy(path, source, options=options) is not None
            assert said == []
    assert read_bytes(paths[0]) == read_bytes(paths[1])
    made = gdal.Open(paths[0])
    for ours, theirs in zip(bands(made), bands(source)):
        assert ours.GetOverviewCount() == theirs.GetOverviewCount() == 2
        for level in range(2):
            one, other = ours.GetOverview(level), theirs.GetOverview(level)
            assert one.ReadRaster() == other.ReadRaster()


@pytest.mark.parametrize("use", ["AUTO", "FORCE_USE_EXISTING"])
def test_bytes_do_not_depend_on_budget_or_threads(tmp_vsimem, use):
    source = gdal.Open(make(tmp_vsimem, "mask"))
    found = set()
    for budget, threads in [("256M", 1), ("100K", 1), ("100K", 3)]:
        path = f"{tmp_vsimem}/{budget}{threads}.tif"
        options = [
            "LAYOUT=COG",
            "BLOCKSIZE=128",
            f"OVERVIEWS={use}",
            f"BUDGET={budget}",
            f"NUM_THREADS={threads}",
        ]
        with collected_errors():
            assert driver().CreateCopy(path, source, options=options) is not None
        file = gdal.VSIFOpenL(path, "rb")
        found.add(bytes(gdal.VSIFReadL(1, gdal.VSIStatL(path).size, file)))
        gdal.VSIFCloseL(file)
    assert len(found) == 1
