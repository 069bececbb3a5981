#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""The memory of a copy: BUDGET and a small constant, however many read."""

import sys

import numpy as np
import pytest
from osgeo import gdal
from programs import run_program

SIDE = 8192
BUDGET_MB = 64
BESIDES_MB = 40  # GDAL's own, code, stacks, and what the heap has not given back

# Of a process of its own, which has read nothing yet. Writing 5 to clear_refs
# has Linux forget the peak so far.
COPY = """
import sys
from osgeo import gdal
gdal.UseExceptions()
name, target, kind, readers = sys.argv[1:]
def resident(key):
    with open("/proc/self/status") as lines:
        return next(int(l.split()[1]) // 1024 for l in lines if l.startswith(key))
source = gdal.Open(name)
read = source if kind == "plain" else gdal.Translate(
    "", source, format="VRT", outputType=gdal.GDT_UInt32)
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = resident("VmRSS")
options = ["BUDGET={budget}M", "READ_THREADS=" + readers, "NUM_THREADS=2", "ZLEVEL=1"]
gdal.GetDriverByName("ROWBAND").CreateCopy(target, read, options=options)
print(resident("VmHWM") - before)
"""


@pytest.fixture(scope="module")
def tall_blocks(tmp_path_factory):
    """Each block is 4 MB: what one leaves behind in the heap is much."""
    path = str(tmp_path_factory.mktemp("memory") / "tall.tif")
    blocks = ["TILED=YES", "BLOCKXSIZE=256", f"BLOCKYSIZE={SIDE}"]
    options = [*blocks, "COMPRESS=DEFLATE", "ZLEVEL=1"]
    source = gdal.GetDriverByName("GTiff").Create(
        path, SIDE, SIDE, 1, gdal.GDT_UInt16, options
    )
    random = np.random.RandomState(1)
    y, x = np.mgrid[0:SIDE, 0:256]
    for left in range(0, SIDE, 256):
        noise = random.randint(0, 8, y.shape)
        source.GetRasterBand(1).WriteArray((y * 3 + x + left) % 5000 + noise, left, 0)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ("plain", "VRT"))
@pytest.mark.parametrize("readers", (1, 2, 8))
def test_memory_of_large_blocks(tall_blocks, tmp_path, kind, readers):
    script = COPY.format(budget=BUDGET_MB)
    command = [sys.executable, "-c", script, tall_blocks, "copy.tif", kind]
    grown = int(run_program(tmp_path, *command, str(readers)))
    assert grown <= BUDGET_MB + BESIDES_MB


# As gdalwarp does it: all bands of one window after the other. The spool is a file,
# and GDAL's cache could hold all of it.
CREATE = """
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
gdal.SetCacheMax(1 << 30)
target, side, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def resident(key):
    with open("/proc/self/status") as lines:
        return next(int(l.split()[1]) // 1024 for l in lines if l.startswith(key))
rows = 700
pixels = np.random.RandomState(1).randint(0, 8, (3, rows, width)).astype(np.uint8)
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = resident("VmRSS")
options = ["BUDGET={budget}M", "NUM_THREADS=2", "ZLEVEL=1"]
made = gdal.GetDriverByName("ROWBAND").Create(target, side, side, 3, 1, options)
for y in range(0, side, rows):
    for x in range(0, side, width):
        window = min(width, side - x), min(rows, side - y)
        part = np.ascontiguousarray(pixels[:, : window[1], : window[0]])
        made.WriteRaster(x, y, *window, part.tobytes())
made = None
print(resident("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("width", (900, SIDE))
def test_memory_of_what_is_created(tmp_path, width):
    script = CREATE.format(budget=BUDGET_MB)
    command = [sys.executable, "-c", script, "made.tif", str(SIDE), str(width)]
    window_mb = 2 * 3 * 700 * width >> 20  # the script's own
    grown = int(run_program(tmp_path, *command))
    assert grown <= BUDGET_MB + BESIDES_MB + window_mb
