#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Where a source says that it has nothing, nothing is read, and one encoded tile
serves all tiles; the file is what it is when everything is read."""

import re

import numpy as np
import pytest
from gtiff_compare import collected_errors
from later_gdal import IS_LATER
from osgeo import gdal
from random_sources import config

WIDTH, HEIGHT = 3000, 2500
SIDE = 300
PLACES = ((100, 150), (1900, 1210), (2650, 2180))
SOURCE = """<{kind}><SourceFilename relativeToVRT="1">{name}</SourceFilename>
<SourceBand>{band}</SourceBand>{more}
<SrcRect xOff="0" yOff="0" xSize="300" ySize="300"/>
<DstRect xOff="{x}" yOff="{y}" xSize="300" ySize="300"/></{kind}>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three files of four bands, the last of which may be alpha."""
    path = tmp_path_factory.mktemp("holes")
    random = np.random.RandomState(4)
    for i in range(len(PLACES)):
        made = gdal.GetDriverByName("GTiff").Create(
            str(path / f"{i}.tif"), SIDE, SIDE, 4, gdal.GDT_Int16
        )
        made.WriteArray(random.randint(0, 240, (4, SIDE, SIDE)))
        made.CreateMaskBand(gdal.GMF_PER_DATASET)
        mask = made.GetRasterBand(1).GetMaskBand()
        mask.WriteArray(random.randint(0, 2, (SIDE, SIDE)) * 255)
    return path


def sources(band, kind="SimpleSource", more=""):
    return "".join(
        SOURCE.format(name=f"{i}.tif", band=band, x=x, y=y, kind=kind, more=more)
        for i, (x, y) in enumerate(PLACES)
    )


def vrt(*bands, mask=""):
    text = "".join(
        f'<VRTRasterBand dataType="Int16" band="{i + 1}">{band}</VRTRasterBand>'
        for i, band in enumerate(bands)
    )
    if mask:
        mask = f'<MaskBand><VRTRasterBand dataType="Byte">{mask}</VRTRasterBand></MaskBand>'
    return f'<VRTDataset rasterXSize="{WIDTH}" rasterYSize="{HEIGHT}">{text}{mask}</VRTDataset>'


def nodata(value):
    return f"<NoDataValue>{value}</NoDataValue>"


ALPHA = "<ColorInterp>Alpha</ColorInterp>"

# By name: the mosaic, and whether its holes can be told.
MOSAICS = {
    "one band": (lambda: vrt(sources(1)), True),
    "nodata": (lambda: vrt(nodata(-9) + sources(1)), True),
    "two bands": (
        lambda: vrt(nodata(7) + sources(1), nodata(7) + sources(2)),
        True,
    ),
    "other nodata": (
        lambda: vrt(nodata(7) + sources(1), nodata(8) + sources(2)),
        False,
    ),
    "alpha": (lambda: vrt(sources(1), ALPHA + sources(4)), True),
    "alpha and nodata": (
        lambda: vrt(nodata(5) + sources(1), ALPHA + nodata(5) + sources(4)),
        None,
    ),
    "a mask": (lambda: vrt(sources(1), mask=sources("mask,1")), True),
    "a mask and nodata": (
        lambda: vrt(nodata(3) + sources(1), mask=sources("mask,1")),
        None,
    ),
    "what is scaled": (
        lambda: vrt(
            sources(
                1,
                "ComplexSource",
                "<ScaleOffset>9</ScaleOffset><ScaleRatio>2</ScaleRatio>",
            )
        ),
        True,
    ),
    "nodata that is hidden": (
        lambda: vrt(nodata(6) + "<HideNoDataValue>1</HideNoDataValue>" + sources(1)),
        False,
    ),
    "a function": (
        lambda: vrt(sources(1)).replace(
            'band="1">',
            'band="1" subClass="VRTDerivedRasterBand">'
            "<PixelFunctionType>sum</PixelFunctionType>",
        ),
        False,
    ),
}

OPTIONS = {
    "GTIFF": ["LAYOUT=GTIFF", "COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"],
    "strips": ["LAYOUT=GTIFF", "COMPRESS=LZW", "BLOCKYSIZE=3"],
    "planar": ["COMPRESS=DEFLATE", "INTERLEAVE=BAND", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"],
    "COG": ["LAYOUT=COG", "BLOCKSIZE=128", "STATISTICS=YES"],
    "COG, cubic": ["LAYOUT=COG", "BLOCKSIZE=128", "RESAMPLING=CUBIC"],
    "sparse COG": ["LAYOUT=COG", "BLOCKSIZE=128", "SPARSE_OK=YES", "STATISTICS=YES"],
}  # fmt: skip


def copied(source, target, *options, **arguments):
    """@return the file, and what was said of it with CPL_DEBUG=ROWBAND"""
    with config(CPL_DEBUG="ROWBAND"), collected_errors() as said:
        made = gdal.Translate(
            target, source, format="ROWBAND", creationOptions=list(options), **arguments
        )
    assert made is not None, said
    del made
    with open(target, "rb") as file:
        return file.read(), "\n".join(message for _, _, message in said)


def in_memory(path):
    """The same pixels, nodata and mask, of which nobody knows where nothing is."""
    source = gdal.Open(path)
    copy = gdal.GetDriverByName("MEM").CreateCopy("", source)
    masked = copy.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    # From GDAL 3.7 on, overviews of a mask that belongs to a dataset are masks, and of
    # MEM's, which does not, bytes: with COG, too.
    return gdal.Translate("", copy, format="VRT") if IS_LATER and masked else copy


@pytest.mark.parametrize("what", MOSAICS)
def test_file_is_the_same_with_holes(folder, tmp_path, what):
    for layout in ("strips", "planar", "COG"):
        check_layout(folder, tmp_path, what, layout)


@pytest.mark.long
@pytest.mark.parametrize("layout", OPTIONS)
@pytest.mark.parametrize("what", MOSAICS)
def test_file_of_any_layout_is_the_same(folder, tmp_path, what, layout):
    check_layout(folder, tmp_path, what, layout)


def check_layout(folder, tmp_path, what, layout):
    text, known = MOSAICS[what]
    path = str(folder / "mosaic.vrt")
    with open(path, "w") as file:
        file.write(text())
    ours, said = copied(path, str(tmp_path / "ours.tif"), *OPTIONS[layout])
    full, other = copied(in_memory(path), str(tmp_path / "full.tif"), *OPTIONS[layout])
    assert "nothing is read where" not in other
    if known is not None:
        assert ("nothing is read where" in said) == known, said
    assert ours == full


METHODS = "NEAREST AVERAGE RMS BILINEAR CUBIC CUBICSPLINE LANCZOS MODE".split()
TYPES = {"Byte": 3, "UInt16": 65535, "Int32": -7, "Float32": -9999.25, "Float64": 1e30}
MASKS = ("zero", "nodata", "a mask", "a mask and nodata", "NaN")


def check_overviews(folder, tmp_path, what, kind, method):
    if what == "NaN" and not kind.startswith("Float"):
        return
    value = {"nodata": TYPES[kind], "a mask and nodata": TYPES[kind], "NaN": "nan"}
    fill = nodata(value[what]) if what in value else ""
    mask = sources("mask,1") if "mask" in what else ""
    path = str(folder / "mosaic.vrt")
    with open(path, "w") as file:
        text = vrt(fill + sources(1), mask=mask)
        file.write(text.replace('"Int16"', f'"{kind}"'))
    options = ["LAYOUT=COG", "BLOCKSIZE=256", f"RESAMPLING={method}", "LEVEL=1"]
    ours, said = copied(path, str(tmp_path / "ours.tif"), *options)
    full, _ = copied(in_memory(path), str(tmp_path / "full.tif"), *options)
    # GDAL reckons in floats, and 1e30 is none.
    known = what != "NaN" and not (kind == "Float64" and "nodata" in what)
    assert ("nothing is read where" in said) == known
    assert ours == full


@pytest.mark.parametrize("kind", ("Byte", "Float64"))
@pytest.mark.parametrize("what", MASKS)
def test_overviews_are_the_same_with_holes(folder, tmp_path, what, kind):
    check_overviews(folder, tmp_path, what, kind, "CUBIC")


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("what", MASKS)
def test_overviews_of_all_methods(folder, tmp_path, what, kind, method):
    check_overviews(folder, tmp_path, what, kind, method)


@pytest.mark.parametrize("budget", ("BUDGET=1", "BUDGET=256M"))
@pytest.mark.parametrize("threads", (1, 3))
def test_file_is_the_same_for_any_plan(folder, tmp_path, budget, threads):
    path = str(folder / "mosaic.vrt")
    with open(path, "w") as file:
        file.write(vrt(sources(1), sources(2)))
    options = ["LAYOUT=COG", "BLOCKSIZE=128"]
    one, _ = copied(path, str(tmp_path / "one.tif"), *options)
    other, _ = copied(
        path,
        str(tmp_path / "other.tif"),
        *options,
        budget,
        f"NUM_THREADS={threads}",
        f"READ_THREADS={threads}",
    )
    assert one == other


def count(said):
    found = re.search(r"(\d+) empty tiles, of which (\d+) were encoded", said)
    return tuple(int(number) for number in found.groups())


def test_one_encoded_tile_serves_all_that_are_empty(folder, tmp_path):
    path = str(folder / "mosaic.vrt")
    with open(path, "w") as file:
        file.write(vrt(sources(1)))
    target = str(tmp_path / "copy.tif")
    options = ["LAYOUT=COG", "BLOCKSIZE=128"]
    _, said = copied(path, target, *options, "NUM_THREADS=1")
    empty, encoded = count(said)
    # 24x20 tiles, 17 of which have pixels at most, and overviews.
    assert 400 < empty < 24 * 20 * 2
    # A shape in the middle, at two edges and in the corner of each level.
    assert encoded <= 4 * 6
    assert "blocks decoded, 0 of them again: amplification 1.00" in said
    assert count(copied(path, target, *options, "SPARSE_OK=YES")[1]) == (0, 0)


@pytest.mark.parametrize(
    "arguments", ({}, {"srcWin": [111, 57, 2500, 2000]}, {"bandList": [2]})
)
@pytest.mark.parametrize("layout", ("GTIFF", "COG"))
@pytest.mark.parametrize("value", (None, 5))
def test_sparse_files(tmp_path, arguments, layout, value):
    path = str(tmp_path / "sparse.tif")
    options = ["SPARSE_OK=YES", "TILED=YES", "COMPRESS=DEFLATE"]
    made = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, 2, gdal.GDT_Byte, options
    )
    if value is not None:
        made.GetRasterBand(1).SetNoDataValue(value)
    noise = np.random.RandomState(7).randint(0, 9, (2, 310, 270))
    made.WriteArray(noise, 1000, 800)
    del made
    ours, said = copied(path, str(tmp_path / "ours.tif"), *OPTIONS[layout], **arguments)
    full, _ = copied(
        in_memory(path), str(tmp_path / "full.tif"), *OPTIONS[layout], **arguments
    )
    assert "nothing is read where" in said
    assert ours == full


def test_a_file_without_holes_is_not_asked_for_them(tmp_path):
    path = str(tmp_path / "full.tif")
    gdal.Translate(
        path, in_memory_noise(), format="GTiff", creationOptions=["TILED=YES"]
    )
    _, said = copied(path, str(tmp_path / "copy.tif"))
    assert "nothing is read where" not in said and "empty tiles" not in said


def in_memory_noise():
    made = gdal.GetDriverByName("MEM").Create("", 600, 600)
    made.WriteArray(np.random.RandomState(1).randint(0, 255, (600, 600)))
    return made


@pytest.mark.parametrize("driver", ("GTiff", "COG"))
def test_pixels_masks_and_statistics_are_gdals(folder, tmp_path, driver):
    path = str(folder / "mosaic.vrt")
    with open(path, "w") as file:
        file.write(vrt(sources(1), mask=sources("mask,1")))
    layout = "COG" if driver == "COG" else "GTIFF"
    ours = str(tmp_path / "ours.tif")
    copied(
        path, ours, f"LAYOUT={layout}", *(["STATISTICS=YES"] if layout == "COG" else [])
    )
    theirs = str(tmp_path / "theirs.tif")
    gdal.Translate(theirs, path, format=driver)
    a, b = gdal.Open(ours), gdal.Open(theirs)
    assert np.array_equal(a.ReadAsArray(), b.ReadAsArray())
    masks = [x.GetRasterBand(1).GetMaskBand().ReadAsArray() for x in (a, b)]
    assert np.array_equal(*masks)
    if layout == "COG":
        mine = a.GetRasterBand(1).GetMetadata()
        b.GetRasterBand(1).ComputeStatistics(False)
        for key, value in b.GetRasterBand(1).GetMetadata().items():
            if key.startswith("STATISTICS"):
                assert float(mine[key]) == pytest.approx(float(value), rel=1e-9)
