#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Mosaics of many small files: pixels are GTiff's, each file is opened when it is
needed, decoded once, and closed behind the last use."""

import os
import re
import sys

import numpy as np
import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from programs import run_program
from random_sources import config

# More files than are opened in any case, as a sample.
ACROSS, DOWN, WIDTH, HEIGHT = 12, 9, 24, 20
COUNT = ACROSS * DOWN
SAMPLE = 64
SOURCE = """<{kind}><SourceFilename relativeToVRT="1"{shared}>{name}</SourceFilename>
<SourceBand>{band}</SourceBand>{more}
<SrcRect xOff="0" yOff="0" xSize="24" ySize="20"/>
<DstRect xOff="{x}" yOff="{y}" xSize="24" ySize="20"/></{kind}>"""


def write_file(path, number, bands=1, options=("COMPRESS=DEFLATE",)):
    made = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, bands, gdal.GDT_UInt16, list(options)
    )
    random = np.random.RandomState(number)
    made.WriteArray(random.randint(0, 999, (bands, HEIGHT, WIDTH)).squeeze())


def source_of(number, band=1, kind="SimpleSource", more="", shared="", at=None):
    x, y = at or (number % ACROSS * WIDTH, number // ACROSS * HEIGHT)
    return SOURCE.format(
        kind=kind, more=more, shared=shared, band=band, x=x, y=y, name=f"{number}.tif"
    )


def vrt_of(bands, width=ACROSS * WIDTH, height=DOWN * HEIGHT, more=""):
    text = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{i + 1}">{more}{"".join(sources)}'
        "</VRTRasterBand>"
        for i, sources in enumerate(bands)
    )
    return (
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}">{text}</VRTDataset>'
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mosaics")
    for number in range(COUNT):
        write_file(str(folder / f"{number}.tif"), number, bands=3)
    return folder


def translate(driver, folder, text, *options, **arguments):
    """@return pixels, all that was said with CPL_DEBUG=ROWBAND"""
    (folder / "mosaic.vrt").write_text(text)
    target = str(folder / f"copy_{driver}.tif")
    with config(CPL_DEBUG="ROWBAND"), collected_errors() as said:
        made = gdal.Translate(
            target,
            str(folder / "mosaic.vrt"),
            format=driver,
            creationOptions=list(options),
            **arguments,
        )
    pixels = made.ReadAsArray() if made is not None else None
    return pixels, [message for _, _, message in said]


def check(folder, text, late, *options, blocks=COUNT, **arguments):
    theirs, _ = translate("GTiff", folder, text, **arguments)
    ours, said = translate("ROWBAND", folder, text, *options, **arguments)
    assert np.array_equal(theirs, ours)
    found = re.findall(r"(\d+) files of the VRT are opened when", "\n".join(said))
    assert found == ([str(late)] if late else []), said
    if blocks is not None:
        counted = f"{blocks} blocks decoded, 0 of them again: amplification 1.00"
        assert any(counted in line for line in said), said


@pytest.mark.parametrize("readers", ("READ_THREADS=1", "READ_THREADS=3"))
@pytest.mark.parametrize("budget", ("BUDGET=1", "BUDGET=256M"))
def test_files_are_decoded_once(files, readers, budget):
    text = vrt_of([[source_of(i) for i in range(COUNT)]])
    check(files, text, COUNT - SAMPLE, readers, budget)


def test_files_are_opened_once(files):
    (files / "mosaic.vrt").write_text(vrt_of([[source_of(i) for i in range(COUNT)]]))
    source = gdal.Open(str(files / "mosaic.vrt"))
    with config(CPL_DEBUG="GDAL"), collected_errors() as said:
        gdal.GetDriverByName("ROWBAND").CreateCopy(
            "/vsimem/mosaic.tif", source, 0, ["READ_THREADS=1", "BUDGET=1"]
        )
    opened = [
        int(number)
        for _, _, message in said
        for number in re.findall(r"GDALOpen\(\S+/(\d+)\.tif, this", message)
    ]
    late = sorted(number for number in opened if number >= SAMPLE)
    assert late == list(range(SAMPLE, COUNT))


@pytest.mark.parametrize("interleave", ("PIXEL", "BAND"))
def test_bands_of_a_file_are_decoded_together(files, interleave):
    bands = [[source_of(i, band) for i in range(COUNT)] for band in (3, 1, 2, 1)]
    check(files, vrt_of(bands), COUNT - SAMPLE, f"INTERLEAVE={interleave}")


# The mosaic itself is one of the sample then.
ARGUMENTS = {
    "a window": ({"srcWin": [30, 11, 200, 140]}, 25, None),
    "bands": ({"bandList": [2, 2, 1]}, 45, None),
    "nodata": ({"noData": 17}, 45, COUNT),
    "another type": ({"outputType": gdal.GDT_Float32}, 45, COUNT),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_mosaics_behind_other_vrts(files, what):
    arguments, late, blocks = ARGUMENTS[what]
    bands = [[source_of(i, band) for i in range(COUNT)] for band in (1, 2)]
    check(files, vrt_of(bands), late, blocks=blocks, **arguments)


def test_sources_with_nodata_and_scale(files):
    nodata = [
        source_of(i, 1, "ComplexSource", "<NODATA>5</NODATA>") for i in range(COUNT)
    ]
    scaled = [
        source_of(
            i,
            2,
            "ComplexSource",
            "<ScaleOffset>3</ScaleOffset><ScaleRatio>2</ScaleRatio>",
        )
        for i in range(COUNT)
    ]
    text = vrt_of([nodata, scaled], more="<NoDataValue>5</NoDataValue>")
    check(files, text, COUNT - SAMPLE)


def test_files_that_overlap(files):
    """The later covers the earlier, whatever order they are decoded in."""
    sources = [
        source_of(i, at=(i % ACROSS * 17 + 3, i // ACROSS * 13)) for i in range(COUNT)
    ]
    check(files, vrt_of([sources], 230, 150), COUNT - SAMPLE, "BUDGET=1")


MORE_THAN_ONCE = {
    "in another place": lambda: [source_of(COUNT - 1, at=(0, 0))],
    "resampled": lambda: [
        source_of(COUNT - 1).replace(
            'DstRect xOff="264" yOff="160" xSize="24"',
            'DstRect xOff="0" yOff="0" xSize="48"',
        )
    ],
    "its mask": lambda: [source_of(0, "mask,1").replace("0.tif", f"{COUNT - 1}.tif")],
}


@pytest.mark.parametrize("what", MORE_THAN_ONCE)
def test_no_file_is_late_and_open(files, what):
    """Who is read in another way, too, would be decoded twice."""
    sources = [source_of(i) for i in range(COUNT)] + MORE_THAN_ONCE[what]()
    check(files, vrt_of([sources]), 0)


def test_masks_of_files(files):
    masks = "".join(source_of(i, "mask,1") for i in range(COUNT))
    text = vrt_of([[source_of(i) for i in range(COUNT)]]).replace(
        "</VRTDataset>",
        '<MaskBand><VRTRasterBand dataType="Byte">'
        f"{masks}</VRTRasterBand></MaskBand></VRTDataset>",
    )
    check(files, text, 0, blocks=None)


def test_files_of_other_types_and_blocks(tmp_path):
    """The sample need not be like the others."""
    for number in range(COUNT):
        options = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]
        write_file(
            str(tmp_path / f"{number}.tif"), number, 1, options if number % 2 else []
        )
    odd = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "100.tif"), WIDTH, HEIGHT, 1, gdal.GDT_Float64
    )
    odd.WriteArray(np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) * 1.5)
    del odd
    text = vrt_of([[source_of(i) for i in range(COUNT)]])
    check(tmp_path, text, COUNT - SAMPLE, "BUDGET=1", blocks=None)


BROKEN = {
    "no raster": (lambda path: path.write_text("no raster"), "not recognized"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:300]), "Read error"),
    "gone": (lambda path: path.unlink(), "100.tif"),
}


@pytest.mark.parametrize("readers", ("READ_THREADS=1", "READ_THREADS=3"))
@pytest.mark.parametrize("what", BROKEN)
def test_file_that_cannot_be_read_is_one_failure(tmp_path, what, readers):
    for number in range(COUNT):
        write_file(str(tmp_path / f"{number}.tif"), number)
    spoil, message = BROKEN[what]
    spoil(tmp_path / "100.tif")
    text = vrt_of([[source_of(i) for i in range(COUNT)]])
    (tmp_path / "mosaic.vrt").write_text(text)
    with collected_errors() as said:
        made = gdal.Translate(
            str(tmp_path / "copy.tif"),
            str(tmp_path / "mosaic.vrt"),
            format="ROWBAND",
            creationOptions=[readers],
        )
    assert made is None
    failures = [text for kind, _, text in said if kind == gdal.CE_Failure]
    assert len(failures) == 1 and message in failures[0], said
    assert not (tmp_path / "copy.tif").exists()


def test_target_is_not_one_of_the_files(files):
    """Written in place, an empty target would be. Through a link it is found."""
    (files / "mosaic.vrt").write_text(vrt_of([[source_of(i) for i in range(COUNT)]]))
    source = gdal.Open(str(files / "mosaic.vrt"))
    before = (files / "100.tif").read_bytes()
    with collected_errors() as said, config(CPL_DEBUG="OFF"):
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            str(files / "100.tif"), source, 0, ["APPEND_SUBDATASET=YES"]
        )
    assert made is None, said
    assert (files / "100.tif").read_bytes() == before


# In a process of its own: what it has open while it reads, and how often it opens
# files, and lists folders, are its own.
WATCHED = """
import os, sys
from osgeo import gdal
gdal.UseExceptions()
source = gdal.Open("mosaic.vrt")
most = 0
def watch(share, message, data):
    global most
    links = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    names = [os.readlink(link) for link in links if os.path.lexists(link)]
    most = max(most, sum(name.endswith(".tif") and "copy" not in name for name in names))
    return 1
options = ["BUDGET=1", "TILED=NO", "BLOCKYSIZE=1"]
gdal.GetDriverByName("ROWBAND").CreateCopy("copy.tif", source, 0, options, watch)
print(most)
made = gdal.Open("copy.tif")
print(source.ReadRaster() == made.ReadRaster())
"""


def test_files_are_closed_behind_their_use(files):
    (files / "mosaic.vrt").write_text(vrt_of([[source_of(i) for i in range(COUNT)]]))
    printed = run_program(files, sys.executable, "-c", WATCHED)
    most, same = printed.split()
    assert int(most) <= SAMPLE + 2 and same == "True"


def test_memory_does_not_grow_with_the_files(tmp_path):
    """GDAL keeps what it knows of each file that it has opened."""
    write_file(str(tmp_path / "0.tif"), 0, 1, ())
    content = (tmp_path / "0.tif").read_bytes()
    across = 100
    for number in range(1, across * across):
        (tmp_path / f"{number}.tif").write_bytes(content)
    sources = [
        source_of(i, at=(i % across * WIDTH, i // across * HEIGHT))
        for i in range(across * across)
    ]
    text = vrt_of([sources], across * WIDTH, across * HEIGHT)
    (tmp_path / "mosaic.vrt").write_text(text)
    script = """
from osgeo import gdal
def resident(key):
    with open("/proc/self/status") as lines:
        return next(int(l.split()[1]) // 1024 for l in lines if l.startswith(key))
source = gdal.Open("mosaic.vrt")
gdal.UseExceptions()
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = resident("VmRSS")
gdal.GetDriverByName("ROWBAND").CreateCopy("copy.tif", source, 0, ["BUDGET=16M"])
print(resident("VmHWM") - before)
"""
    grown = int(run_program(tmp_path, sys.executable, "-c", script))
    assert grown <= 16 + 12
