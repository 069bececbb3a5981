#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Create(): pixels by calls of all shapes, more than GDAL's cache is to hold."""

import os
import sys

import numpy as np
import pytest
from gtiff_compare import bands, collected_errors
from osgeo import gdal, gdal_array
from programs import run_program
from rowband_driver import driver

WIDTH, HEIGHT, BANDS = 1500, 1400, 3  # 12.6 MB, as UInt16
# In a file; in memory. Of both, GDAL's cache is to hold less than half.
BUDGETS = ("BUDGET=1K", "BUDGET=28M")
TYPES = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int32, gdal.GDT_Float64)


def either(random, share):
    return random.random_sample() < share


def random_window(random):
    """Small and large ones are as likely."""
    size = []
    for side in (WIDTH, HEIGHT):
        size.append(int(min(side, np.exp(random.uniform(0, np.log(side) + 0.7)))))
    x, y = random.randint(0, WIDTH - size[0] + 1), random.randint(
        0, HEIGHT - size[1] + 1
    )
    return int(x), int(y), *size


def random_layout(random, shape, nbytes):
    """Spaces of pixels, rows and bands, and bytes of all."""
    depth, height, width = shape
    gap = int(random.randint(0, 3)) * nbytes
    if either(random, 0.5):
        pixel = nbytes * depth + gap
        return pixel, pixel * width + gap, nbytes, (pixel * width + gap) * height
    row = nbytes * width + gap
    return nbytes, row, row * height + gap, (row * height + gap) * depth


def random_buffer(random, call):
    """Samples of 8 bits, so that all types hold them."""
    dtype = gdal_array.GDALTypeCodeToNumericTypeCode(call["buf_type"])
    count = call["nbytes"] // dtype().itemsize
    return random.randint(0, 256, count).astype(dtype).tobytes()


def random_call(random):
    """What ReadRaster() and WriteRaster() of a dataset are given."""
    window = random_window(random)
    size = window[2:]
    if either(random, 0.15):
        size = tuple(int(random.randint(1, 300)) for _ in size)
    band_list = [int(n) + 1 for n in random.permutation(BANDS)]
    band_list = band_list[: random.randint(1, BANDS + 1)]
    buf_type = TYPES[random.randint(len(TYPES))]
    nbytes = gdal.GetDataTypeSize(buf_type) // 8
    spaces = random_layout(random, (len(band_list), size[1], size[0]), nbytes)
    return {
        "window": window,
        "size": size,
        "buf_type": buf_type,
        "band_list": band_list,
        "spaces": spaces[:3],
        "nbytes": spaces[3],
    }


def write(dataset, call, buffer):
    x, y, width, height = call["window"]
    pixel, row, band = call["spaces"]
    arguments = (*call["size"], call["buf_type"], call["band_list"], pixel, row, band)
    assert dataset.WriteRaster(x, y, width, height, buffer, *arguments) == 0


def read(dataset, call):
    """Packed: what lies in gaps is as it may be."""
    x, y, width, height = call["window"]
    return dataset.ReadRaster(
        x, y, width, height, *call["size"], call["buf_type"], call["band_list"]
    )


def write_both(random, datasets):
    call = random_call(random)
    buffer = random_buffer(random, call)
    for dataset in datasets:
        write(dataset, call, buffer)


def read_both(random, datasets):
    call = random_call(random)
    ours, theirs = (read(dataset, call) for dataset in datasets)
    assert ours == theirs, call


def write_band(random, datasets):
    x, y, width, height = random_window(random)
    values = random.randint(0, 256, (height, width)).astype(np.uint16)
    number = int(random.randint(1, BANDS + 1))
    for dataset in datasets:
        dataset.GetRasterBand(number).WriteArray(values, x, y)


def fill(random, datasets):
    number, value = int(random.randint(1, BANDS + 1)), int(random.randint(0, 256))
    for dataset in datasets:
        dataset.GetRasterBand(number).Fill(value)


def write_mask(random, datasets):
    x, y, width, height = random_window(random)
    values = random.randint(0, 2, (height, width)).astype(np.uint8) * 255
    for dataset in datasets:
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(values, x, y)


def flush(random, datasets):
    ours = datasets[0]
    if either(random, 0.5):
        ours.FlushCache()
    else:
        ours.GetRasterBand(2).FlushCache()


STEPS = (
    [write_both] * 5 + [write_band] * 3 + [read_both] * 3 + [fill, write_mask, flush]
)


def create_both(target, budget):
    shape = (WIDTH, HEIGHT, BANDS, gdal.GDT_UInt16)
    ours = driver().Create(target, *shape, [budget, "COMPRESS=NONE"])
    theirs = gdal.GetDriverByName("MEM").Create("", *shape)
    for dataset in (ours, theirs):
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    return ours, theirs


@pytest.mark.slow
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("seed", range(3))
def test_random_calls_are_those_of_a_raster_in_memory(tmp_path, budget, seed):
    random = np.random.RandomState(seed)
    target = str(tmp_path / "out.tif")
    ours, theirs = create_both(target, budget)
    for _ in range(30):
        step = STEPS[random.randint(len(STEPS))]
        step(random, (ours, theirs))
    del ours
    made = gdal.Open(target)
    assert made.ReadRaster() == theirs.ReadRaster()
    masks = [d.GetRasterBand(1).GetMaskBand().ReadRaster() for d in (made, theirs)]
    assert masks[0] == masks[1]
    assert os.listdir(tmp_path) == ["out.tif"]


def test_progress_of_a_read_in_pieces(tmp_path):
    ours, _ = create_both(str(tmp_path / "out.tif"), BUDGETS[0])
    said = []
    ours.ReadRaster(callback=lambda done, *_: said.append(done) or 1)
    assert said == sorted(said) and said[-1] == 1.0
    with collected_errors():
        assert ours.ReadRaster(callback=lambda *_: 0) is None


###############################################################################
# Full disks: what is lost is told at the write that hits it, or at the next one

FULL_DISK = """
import resource, sys
import numpy as np
from osgeo import gdal
way, target = sys.argv[1:]
said = []
gdal.PushErrorHandler(lambda *args: said.append(args))
driver = gdal.GetDriverByName("ROWBAND")
made = driver.Create(target, 6000, 3000, 1, 1, ["BUDGET=1K"])
band = made.GetRasterBand(1)
if way == "mask":
    made.CreateMaskBand(gdal.GMF_PER_DATASET)
    band = band.GetMaskBand()
values = np.random.RandomState(1).randint(0, 2, (100, 6000)).astype(np.uint8) * 255
resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
told = []
if way == "flush":
    band.WriteArray(values)
    made.GetRasterBand(1).FlushCache()
    told.append(bool(said))
elif way == "flush dataset":
    band.WriteArray(values)
    made.FlushCache()
    told.append(bool(said))
else:
    for y in range(0, 3000, 100):
        told.append(band.WriteArray(values, 0, y) != 0)
    assert all(told[told.index(True):]), told
assert any(told), told
assert all(args[0] == gdal.CE_Failure for args in said), said
del said[:]
band = made = None
failures = [args for args in said if args[0] == gdal.CE_Failure]
assert len(failures) == 1 and target in failures[0][2], said
assert gdal.GetLastErrorMsg() == failures[0][2]
"""


@pytest.mark.parametrize("way", ("bands", "mask", "flush", "flush dataset"))
def test_a_full_disk_is_told_while_pixels_are_written(tmp_path, way):
    folder = tmp_path / "target"
    folder.mkdir()
    target = str(folder / "out.tif")
    run_program(tmp_path, sys.executable, "-c", FULL_DISK, way, target)
    assert os.listdir(folder) == []
