#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""The pool in which GDAL keeps what VRTs read open is after a copy what it was:
nothing stays open, and a small pool is enough."""

import os

import numpy as np
import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from programs import PYTHON, run_program
from random_sources import config

WIDTH, HEIGHT = 30, 20
SOURCE = """<VRTDataset rasterXSize="{width}" rasterYSize="20">
<VRTRasterBand dataType="UInt16" band="1"><{kind}>
<SourceFilename relativeToVRT="1"{shared}>{name}</SourceFilename>
<SourceBand>{band}</SourceBand>{more}
<SrcRect xOff="0" yOff="0" xSize="30" ySize="20"/>
<DstRect xOff="0" yOff="0" xSize="{width}" ySize="20"/>
</{kind}></VRTRasterBand></VRTDataset>"""
SHARED = {"shared": "", "not shared": ' shared="0"'}
READS = {
    "a copy": ("SimpleSource", ""),
    "what is not masked": ("ComplexSource", "<UseMaskBand>true</UseMaskBand>"),
    "a scale": ("ComplexSource", "<ScaleRatio>2</ScaleRatio>"),
}


@pytest.fixture(autouse=True)
def pool(tmp_path, monkeypatch):
    """A source that stays open, so that the pool does, too: the last that is closed
    takes the pool with it, and all that was left in it."""
    monkeypatch.chdir(tmp_path)
    gdal.GetDriverByName("GTiff").Create("kept.dat", 3, 3)
    gdal.Translate("kept.vrt", "kept.dat", format="VRT")
    kept = gdal.Open("kept.vrt")
    kept.ReadAsArray()
    yield
    del kept


def make_leaf(mask):
    leaf = gdal.GetDriverByName("GTiff").Create("leaf.tif", WIDTH, HEIGHT, 2)
    leaf.GetRasterBand(1).WriteArray(np.arange(600).reshape(HEIGHT, WIDTH) % 251)
    if mask == "nodata":
        leaf.GetRasterBand(1).SetNoDataValue(7)
    if mask == "a mask":
        leaf.CreateMaskBand(gdal.GMF_PER_DATASET)
        leaf.GetRasterBand(1).GetMaskBand().WriteArray(np.eye(HEIGHT, WIDTH) * 255)


def write_vrt(path, name, band="1", reads="a copy", shared="shared", width=WIDTH):
    kind, more = READS[reads]
    text = SOURCE.format(
        kind=kind, more=more, shared=SHARED[shared], name=name, band=band, width=width
    )
    with open(path, "w") as file:
        file.write(text)


def copy(driver, path="outer.vrt"):
    source = gdal.Open(path)
    made = gdal.GetDriverByName(driver).CreateCopy("/vsimem/pool.tif", source)
    return made.ReadAsArray()


def open_files():
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    names = [os.readlink(link) for link in links if os.path.exists(link)]
    return [os.path.basename(name) for name in names if name.startswith(os.getcwd())]


@pytest.mark.parametrize("width", [WIDTH, 17])
@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("band", ["1", "mask,1", "mask,2"])
@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("mask", ["no mask", "nodata", "a mask"])
def test_no_source_stays_open(mask, shared, band, reads, width):
    with config(GDAL_TIFF_INTERNAL_MASK="YES"):
        make_leaf(mask)
    write_vrt("outer.vrt", "leaf.tif", band, reads, shared, width)
    assert np.array_equal(copy("ROWBAND"), copy("GTiff"))
    assert open_files() == ["kept.dat"]


@pytest.mark.parametrize("inner", SHARED)
@pytest.mark.parametrize("outer", SHARED)
def test_no_source_in_a_vrt_in_a_vrt_stays_open(inner, outer):
    make_leaf("nodata")
    write_vrt("inner.vrt", "leaf.tif", shared=inner)
    write_vrt("outer.vrt", "inner.vrt", shared=outer)
    assert np.array_equal(copy("ROWBAND"), copy("GTiff"))
    assert open_files() == ["kept.dat"]


IN_A_SMALL_POOL = """
import sys
from osgeo import gdal
gdal.UseExceptions()
one, other = [
    gdal.Translate(f"/vsimem/{driver}.tif", "outer.vrt", format=driver).ReadAsArray()
    for driver in ("ROWBAND", "GTiff")
]
assert (one == other).all()
"""


@pytest.mark.parametrize("size", [3, 4, 100])
@pytest.mark.parametrize("shared", SHARED)
def test_a_small_pool_is_enough(tmp_path, shared, size):
    """Each of the VRTs that are looked into would take a place in it."""
    make_leaf("nodata")
    for i in range(6):
        write_vrt(f"inner{i}.vrt", "leaf.tif")
        write_vrt(f"row{i}.vrt", f"inner{i}.vrt", shared=shared)
    rows = [gdal.Open(f"row{i}.vrt") for i in range(6)]
    gdal.BuildVRT("outer.vrt", [f"row{i}.vrt" for i in range(6)], separate=True)
    del rows
    env = {**os.environ, "GDAL_MAX_DATASET_POOL_SIZE": str(size)}
    run_program(tmp_path, PYTHON, "-c", IN_A_SMALL_POOL, env=env)


def test_a_band_that_is_not_there_is_refused():
    make_leaf("a mask")
    write_vrt("outer.vrt", "leaf.tif", "3")
    with collected_errors() as said:
        source = gdal.Open("outer.vrt")
        made = gdal.GetDriverByName("ROWBAND").CreateCopy("made.tif", source)
    assert made is None and not os.path.exists("made.tif")
    assert len([args for args in said if args[0] == gdal.CE_Failure]) == 1
