#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Bands that do not fit the budget together: what is made of them group by group is
the file that all together make, and GTiff's or COG's pixels. That each block is
decoded once tests/test_band_groups.c counts."""

import sys
from pathlib import Path

import numpy as np
import pytest
from cog_compare import assert_same_levels, gdal_cog
from disks import leave_free, small_disk
from fault_sources import sweep
from faults import Attempt, Fault, check_folder, config_option, pixels_of
from gtiff_compare import assert_same_pixels, collected_errors, gtiff_translate
from osgeo import gdal
from programs import run_program
from rowband_driver import driver
from sources import GEOTRANSFORM, utm

BANDS, SIZE = 60, (300, 150)
LITTLE = "BUDGET=4M"  # of which the tiles' index, a codec and the like take three
TILES = ("BLOCKXSIZE=64", "BLOCKYSIZE=64")
LAYOUTS = {
    "planes in tiles": ("INTERLEAVE=BAND", *TILES, "STATISTICS=YES"),
    "planes in strips": ("INTERLEAVE=BAND", "TILED=NO", "BLOCKYSIZE=64"),
    "sparse planes": ("INTERLEAVE=BAND", *TILES, "SPARSE_OK=YES", "PREDICTOR=2"),
    "pixels": ("INTERLEAVE=PIXEL", "BLOCKXSIZE=16", "BLOCKYSIZE=64", "COMPRESS=LZW"),
    "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "STATISTICS=YES"),
    "COG, nearest": ("LAYOUT=COG", "BLOCKSIZE=64", "RESAMPLING=NEAREST"),
}
layouts = pytest.mark.parametrize("layout", LAYOUTS)


@pytest.fixture(scope="module", params=("BAND", "PIXEL"))
def source_path(request, tmp_path_factory):
    """Sixty bands with nodata, and one corner that is nothing else."""
    path = str(tmp_path_factory.mktemp("bands") / "source.tif")
    options = [f"INTERLEAVE={request.param}", "COMPRESS=DEFLATE", "BLOCKYSIZE=7"]
    made = gdal.GetDriverByName("GTiff").Create(
        path, *SIZE, BANDS, gdal.GDT_UInt16, options
    )
    made.SetGeoTransform(GEOTRANSFORM)
    made.SetSpatialRef(utm())
    random = np.random.default_rng(1)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    for number in range(1, BANDS + 1):
        pixels = x * 7 + y * 3 + number * 100 + random.integers(0, 900, x.shape)
        pixels[:70, :140] = 9
        made.GetRasterBand(number).WriteArray(pixels)
        made.GetRasterBand(number).SetNoDataValue(9)
        made.GetRasterBand(number).SetDescription(f"band {number}")
    return path


def copied(source, target, *options):
    """@return the file's bytes, and what was said of groups"""
    with config_option("CPL_DEBUG", "ROWBAND"), collected_errors() as said:
        made = driver().CreateCopy(str(target), source, options=list(options))
    assert made is not None, said
    del made
    groups = [text for _, _, text in said if text.startswith("ROWBAND: groups")]
    return Path(target).read_bytes(), groups


@layouts
def test_file_is_the_same_in_groups(source_path, tmp_path, layout):
    source, options = gdal.Open(source_path), LAYOUTS[layout]
    together, said = copied(source, tmp_path / "together.tif", *options)
    assert not said
    for threads in (1, 3):
        little = (LITTLE, f"NUM_THREADS={threads}")
        groups, said = copied(source, tmp_path / "groups.tif", *options, *little)
        assert groups == together
        assert said


@layouts
def test_pixels_are_gdals(source_path, tmp_path, layout):
    options = LAYOUTS[layout]
    copied(gdal.Open(source_path), tmp_path / "ours.tif", *options, LITTLE)
    ours = gdal.Open(str(tmp_path / "ours.tif"))
    if "LAYOUT=COG" in options:
        own = ("LAYOUT=COG", "STATISTICS=YES")
        words = [word for word in options if word not in own]
        expected = gdal_cog(str(tmp_path / "theirs.tif"), source_path, words)
        assert_same_levels(ours, expected)
    else:
        target = str(tmp_path / "theirs.tif")
        expected, _ = gtiff_translate(target, gdal.Open(source_path), options)
    assert_same_pixels(ours, expected)


def test_mask_and_statistics(source_path, tmp_path):
    """Overviews of each group are made with the mask, which is written once."""
    source = gdal.GetDriverByName("MEM").CreateCopy("", gdal.Open(source_path))
    for number in range(1, BANDS + 1):
        source.GetRasterBand(number).DeleteNoDataValue()
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.where(source.GetRasterBand(3).ReadAsArray() % 5 > 0, 255, 0)
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    for layout in ("planes in tiles", "COG"):
        options = LAYOUTS[layout]
        together, _ = copied(source, tmp_path / "together.tif", *options)
        groups, said = copied(source, tmp_path / "groups.tif", *options, LITTLE)
        assert groups == together
        assert said


def test_created(source_path, tmp_path):
    """Create()'s pixels wait in planes, of which groups are read."""
    pixels = gdal.Open(source_path).ReadRaster()
    files = []
    for budget in ("BUDGET=256M", "BUDGET=5M"):
        target = str(tmp_path / "made.tif")
        options = [*LAYOUTS["planes in tiles"], budget]
        made = driver().Create(target, *SIZE, BANDS, gdal.GDT_UInt16, options)
        made.WriteRaster(0, 0, *SIZE, pixels)
        made = None
        files.append(Path(target).read_bytes())
    assert files[0] == files[1]


def test_bands_that_need_each_other_stay_together(source_path, tmp_path):
    """Overviews that heed NODATA_VALUES; a warning says what is taken."""
    source = gdal.GetDriverByName("MEM").CreateCopy("", gdal.Open(source_path))
    source.SetMetadataItem("NODATA_VALUES", " ".join(["9"] * BANDS))
    _, said = copied(source, tmp_path / "made.tif", *LAYOUTS["COG"], LITTLE)
    assert not said


@pytest.mark.parametrize("layout", ("planes in tiles", "COG"))
def test_full_disk(source_path, tmp_path, layout, times):
    """For the tiles of a later group, or the raw ones."""
    source, options = gdal.Open(source_path), (*LAYOUTS[layout], LITTLE)
    expected = pixels_of(source_path)
    with small_disk(tmp_path / "disk", "40m") as disk, Fault(
        "a disk that gets full while bands are grouped"
    ) as fault:
        target = disk / "target.tif"
        for free in sweep(38 << 20, times(short=3, long=60)):
            leave_free(disk, free)
            attempt = Attempt(target, source, options)
            fault.provoked()
            attempt.check(fault, expected, f"{layout} with {free} bytes free")
            files = ["target.tif"] if attempt.made else []
            check_folder(fault, disk, ["filler", *files], layout)
            target.unlink(missing_ok=True)
        assert attempt.made, "with room enough it succeeds"


# Of a process of its own; the source's handle and the target's are GDAL's objects,
# as many as there are bands.
MANY = """
import sys
from osgeo import gdal
gdal.UseExceptions()
name, target, *options = sys.argv[1:]
def resident(key):
    with open("/proc/self/status") as lines:
        return next(int(l.split()[1]) // 1024 for l in lines if l.startswith(key))
source = gdal.Open(name)
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = resident("VmRSS")
gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, options=options)
print(resident("VmHWM") - before)
"""


def many_bands(path, size, count):
    """Bytes, a formula of their place."""
    words = ["INTERLEAVE=BAND", "BIGTIFF=YES", "BLOCKYSIZE=50"]
    made = gdal.GetDriverByName("GTiff").Create(path, size, size, count, 1, words)
    pixels = np.arange(size * size, dtype=np.uint32).reshape(size, size)
    for number in range(1, count + 1):
        made.GetRasterBand(number).WriteArray((pixels * number >> 6).astype(np.uint8))


MANY_TILES = (
    ["INTERLEAVE=BAND", "BLOCKXSIZE=128", "BLOCKYSIZE=128"],
    ["LAYOUT=COG", "BLOCKSIZE=64"],
)


@pytest.mark.long
@pytest.mark.parametrize("options", MANY_TILES, ids=("planes", "COG"))
def test_memory_of_2000_bands(tmp_path, options):
    path = str(tmp_path / "many.tif")
    many_bands(path, 500, 2000)
    command = [sys.executable, "-c", MANY, path, "out.tif", "BUDGET=64M", *options]
    assert int(run_program(tmp_path, *command)) <= 64 + 60


@pytest.mark.slow
@pytest.mark.parametrize("options", (["INTERLEAVE=BAND"], ["LAYOUT=COG"]), ids=str)
def test_memory_of_65535_bands(tmp_path, options):
    """GDAL's objects for the bands of source and target take 85 MB of it."""
    path = str(tmp_path / "many.tif")
    many_bands(path, 16, 65535)
    tiles = ["BLOCKXSIZE=16", "BLOCKYSIZE=16"]
    if "LAYOUT=COG" in options:
        tiles = ["BLOCKSIZE=16"]
    words = ["BUDGET=64M", *options, *tiles]
    command = [sys.executable, "-c", MANY, path, "out.tif", *words]
    assert int(run_program(tmp_path, *command)) <= 64 + 60 + 85
