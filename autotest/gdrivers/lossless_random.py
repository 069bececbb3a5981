#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY through VRTs of sources at random places: pixels are the VRT's,
whatever is copied. See lossless_mosaics.py."""

import numpy as np
import pytest
from lossless import copy, pixels_and_masks, written
from osgeo import gdal

SOURCE = """<{kind}><SourceFilename relativeToVRT="1">{name}</SourceFilename>
<SourceBand>1</SourceBand>{more}
<SrcRect xOff="{0}" yOff="{1}" xSize="{2}" ySize="{3}"/>
<DstRect xOff="{4}" yOff="{5}" xSize="{6}" ySize="{7}"/></{kind}>"""


def random_source(random):
    step = random.choice([1, 16, 16, 32])
    x, y, left, top = [step * int(random.integers(-40, 80) / step) for _ in range(4)]
    width, height = [step * int(1 + random.integers(100) / step) for _ in range(2)]
    to = [x, y, width, height]
    if random.random() < 0.1:
        to[random.integers(4)] += random.choice([0.5, 1e-9, -1e-9, 1])
    kind = random.choice(["SimpleSource", "SimpleSource", "ComplexSource"])
    more = random.choice(["", "<NODATA>5</NODATA>", "<NODATA>9</NODATA>"])
    if random.random() < 0.1:
        more += "<ScaleOffset>1</ScaleOffset><ScaleRatio>1</ScaleRatio>"
    return SOURCE.format(
        max(0, left),
        max(0, top),
        width,
        height,
        *to,
        kind=kind,
        more=more if kind == "ComplexSource" else "",
        name=random.choice(["a.tif", "b.tif", "inner.vrt"]),
    )


def random_vrt(random, count):
    nodata = random.choice(["", "<NoDataValue>5</NoDataValue>"])
    sources = "".join(random_source(random) for _ in range(count))
    sources = sources if count > 0 else ""
    return (
        '<VRTDataset rasterXSize="120" rasterYSize="90"><VRTRasterBand '
        f'dataType="Int16" band="1">{nodata}{sources}</VRTRasterBand></VRTDataset>'
    )


def two_files(folder, random, *options):
    for name in "ab":
        made = gdal.GetDriverByName("MEM").Create("", 150, 110, 1, gdal.GDT_Int16)
        made.GetRasterBand(1).WriteArray(random.integers(0, 12, (110, 150)))
        written(f"{folder}/{name}.tif", made, "COMPRESS=DEFLATE", *options)


def check_random(folder, seed, count):
    random = np.random.default_rng(seed)
    options = ("TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16")
    two_files(folder, random, *options)
    copied = encoded = 0
    for case in range(count):
        inner = random_vrt(random, 3).replace("inner.vrt", "a.tif")
        for name, text in (("inner", inner), ("all", random_vrt(random, case % 6))):
            with open(f"{folder}/{name}.vrt", "w") as file:
                file.write(text)
        given = gdal.Open(f"{folder}/all.vrt")
        shown = pixels_and_masks(given)
        made, counts = copy(f"{folder}/out.tif", given, *options)
        assert pixels_and_masks(made) == shown, (seed, case)
        copied += counts.copied
        encoded += counts.encoded
    assert copied > 3 * count and encoded > 3 * count


def test_random_mosaics(tmp_path):
    """One over the other, beyond the raster, with nodata, in VRTs within."""
    check_random(tmp_path, 19, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_very_many_random_mosaics(tmp_path, seed):
    check_random(tmp_path, seed, 500)
