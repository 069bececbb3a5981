#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY through VRTs that change nothing of the pixels: what gdal_translate
makes of metadata, aligned windows and bands; and those that do."""

import numpy as np
import pytest
from cog_sources import with_mask
from gtiff_compare import bands
from lossless import Counts, copy, failure, numbers, COPIED, debug_lines, written
from lossless import pixels_and_masks, spoil
from osgeo import gdal
from sources import colour, make_source
from stored import read_bytes

SIZE = 300, 200
TILE = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
YES = "LOSSLESS_COPY=YES"


def of_file(folder, *options, count=3, mask=False, name="in"):
    source = (
        colour(make_source(*SIZE, count)) if count == 3 else make_source(*SIZE, count)
    )
    if mask:
        with_mask(source)
    return written(f"{folder}/{name}.tif", source, "COMPRESS=DEFLATE", *TILE, *options)


def vrt(source, **arguments):
    return gdal.Translate("", source, format="VRT", **arguments)


METADATA = {
    "-a_srs": {"outputSRS": "EPSG:4326"},
    "-mo": {"metadataOptions": ["SAID=this"]},
    "-a_nodata": {"noData": 7},
    "-a_ullr": {"outputBounds": [0, 10, 10, 0]},
    "-colorinterp": {"options": ["-colorinterp", "blue,green,red"]},
}


@pytest.mark.parametrize("what", METADATA)
@pytest.mark.parametrize("on_disk", (False, True))
def test_metadata_alone_is_changed(tmp_path, what, on_disk):
    given = of_file(tmp_path)
    wrapped = vrt(given, **METADATA[what])
    if on_disk:
        gdal.GetDriverByName("VRT").CreateCopy(f"{tmp_path}/in.vrt", wrapped)
        given = wrapped = None
        wrapped = gdal.Open(f"{tmp_path}/in.vrt")
    expected = pixels_and_masks(wrapped)
    for number, options in enumerate((TILE, (YES,))):
        made, counts = copy(f"{tmp_path}/{number}.tif", wrapped, *options)
        assert counts == Counts(20, 0, 0)
        assert pixels_and_masks(made) == expected
    assert made.GetMetadata().get("SAID") == wrapped.GetMetadata().get("SAID")
    assert made.GetGeoTransform() == wrapped.GetGeoTransform()


def test_fewer_bits(tmp_path):
    """A VRT makes what has more bits than it says the largest that has not."""
    source = make_source(*SIZE)
    source.GetRasterBand(1).WriteArray(source.ReadAsArray() // 2)
    given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILE, "NBITS=7")
    wrapped = vrt(given, metadataOptions=["A=B"])
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert counts == Counts(20, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)
    text = wrapped.GetMetadata("xml:VRT")[0].replace('"NBITS">7<', '"NBITS">5<')
    clipped = gdal.Open(text)
    shown = pixels_and_masks(clipped)
    assert shown != pixels_and_masks(wrapped)
    made, counts = copy(f"{tmp_path}/clipped.tif", clipped, *TILE, "NBITS=7")
    assert counts.copied == 0
    assert pixels_and_masks(made) == shown


def test_vrt_of_a_vrt(tmp_path):
    given = of_file(tmp_path)
    wrapped = vrt(vrt(given, srcWin=[64, 0, 200, 190]), srcWin=[0, 64, 190, 100])
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert counts == Counts(6, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


WINDOWS = {
    (0, 0, 300, 200): 20,
    (64, 64, 128, 128): 4,
    (128, 64, 172, 136): 9,
    (64, 128, 100, 50): 2,
    (0, 0, 65, 1): 2,
    (1, 0, 64, 64): 0,
    (64, 63, 100, 100): 0,
}


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("layout", ("GTIFF", "COG"))
def test_windows_that_begin_with_a_tile(tmp_path, window, layout):
    wrapped = vrt(of_file(tmp_path, mask=True), srcWin=list(window))
    options = {"GTIFF": TILE, "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "OVERVIEWS=NONE")}
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *options[layout])
    assert counts.copied == 2 * WINDOWS[window]
    assert (counts.encoded, counts.reads) == (0, 0) or counts.copied == 0
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)
    other, _ = copy(
        f"{tmp_path}/other.tif", wrapped, *options[layout], "LOSSLESS_COPY=NO"
    )
    assert pixels_and_masks(other) == pixels_and_masks(made)


@pytest.mark.parametrize(
    "window,copied",
    (((0, 48, 300, 96), 2), ((0, 48, 300, 100), 2), ((0, 96, 300, 104), 3)),
)
def test_strips_end_where_they_are_said_to(tmp_path, window, copied):
    source = make_source(*SIZE)
    options = ("TILED=NO", "BLOCKYSIZE=48", "COMPRESS=DEFLATE")
    given = written(f"{tmp_path}/in.tif", source, *options)
    wrapped = vrt(given, srcWin=list(window))
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *options)
    assert counts.copied == copied
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


@pytest.mark.parametrize("interleave", ("BAND", "PIXEL"))
@pytest.mark.parametrize("chosen", ([3, 1], [2], [1, 2, 3], [2, 2, 1]), ids=str)
def test_bands_of_a_file_with_tiles_for_each(tmp_path, interleave, chosen):
    wrapped = vrt(of_file(tmp_path, "INTERLEAVE=BAND"), bandList=chosen)
    options = (*TILE, f"INTERLEAVE={interleave}")
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *options)
    separate = interleave == "BAND" or len(chosen) == 1
    assert counts.copied == (20 * len(chosen) if separate else 0)
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


@pytest.mark.parametrize("chosen", ([3, 2, 1], [2], [1, 2]), ids=str)
def test_bands_of_tiles_that_hold_all(tmp_path, chosen):
    wrapped = vrt(of_file(tmp_path), bandList=chosen)
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert counts.copied == 0
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


@pytest.mark.parametrize("kind", ("SimpleSource", "ComplexSource"))
def test_files_become_bands(tmp_path, kind):
    """gdalbuildvrt -separate makes sources of a kind that computes, up to some GDAL, and
    of whole numbers nothing else."""
    names = "abc"
    for number, name in enumerate(names):
        source = make_source(*SIZE)
        source.GetRasterBand(1).WriteArray(source.ReadAsArray() // (number + 1))
        written(f"{tmp_path}/{name}.tif", source, "COMPRESS=DEFLATE", *TILE)
    paths = [f"{tmp_path}/{name}.tif" for name in names]
    text = gdal.BuildVRT("", paths, separate=True).GetMetadata("xml:VRT")[0]
    for other in ("SimpleSource", "ComplexSource"):
        text = text.replace(other, kind)
    stack = gdal.Open(text)
    made, counts = copy(f"{tmp_path}/out.tif", stack, *TILE, "INTERLEAVE=BAND")
    assert (counts.copied, counts.encoded) == (60, 0)
    assert pixels_and_masks(made) == pixels_and_masks(stack)


CHANGED = {
    "-scale": {"scaleParams": [[0, 100, 0, 200]]},
    "-ot": {"outputType": gdal.GDT_Int16},
    "-outsize": {"width": 150, "height": 100},
    "-expand": None,
    "parts of pixels": {"srcWin": [0.5, 0, 100, 100], "resampleAlg": "bilinear"},
}


@pytest.mark.parametrize("what", CHANGED)
def test_pixels_that_change_are_encoded(tmp_path, what):
    if CHANGED[what] is None:
        source = make_source(*SIZE)
        table = gdal.ColorTable()
        for i in range(256):
            table.SetColorEntry(i, (i, 255 - i, 7, 255))
        source.GetRasterBand(1).SetColorTable(table)
        given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILE)
        wrapped = vrt(given, rgbExpand="rgb")
    else:
        wrapped = vrt(of_file(tmp_path), **CHANGED[what])
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert counts.copied == 0
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)
    text = failure(f"{tmp_path}/yes.tif", wrapped, *TILE, YES)
    assert "LOSSLESS_COPY=YES: no tile can be copied" in text


def test_window_that_reaches_beyond(tmp_path):
    """What lies within is copied, and the rest is not read."""
    wrapped = vrt(of_file(tmp_path), srcWin=[-64, -30, 200, 158])
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert counts.copied == 0
    wrapped = vrt(of_file(tmp_path), srcWin=[-64, -64, 200, 164])
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert (counts.copied, counts.encoded) == (6, 6)
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


@pytest.mark.parametrize("statistics", ("NO", "YES"))
def test_overviews_through_a_vrt(tmp_path, statistics):
    wrapped = vrt(of_file(tmp_path, mask=True), noData=None, outputSRS="EPSG:4326")
    options = ("LAYOUT=COG", "BLOCKSIZE=64", f"STATISTICS={statistics}")
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *options)
    other, _ = copy(f"{tmp_path}/other.tif", wrapped, *options, "LOSSLESS_COPY=NO")
    assert (counts.copied, counts.encoded) == (40, 18)
    assert pixels_and_masks(made) == pixels_and_masks(other)
    for ours, theirs in zip(bands(made), bands(other)):
        assert ours.GetMetadata() == theirs.GetMetadata()
        for level in range(3):
            one, another = ours.GetOverview(level), theirs.GetOverview(level)
            assert one.ReadRaster() == another.ReadRaster()


@pytest.mark.parametrize("nodata", (None, 5, 9))
def test_holes_are_what_the_source_shows(tmp_path, nodata):
    """With -a_nodata they are not what those of the output would be."""
    driver = gdal.GetDriverByName("GTiff")
    given = driver.Create(
        f"{tmp_path}/in.tif",
        *SIZE,
        1,
        options=["SPARSE_OK=YES", "COMPRESS=DEFLATE", *TILE],
    )
    given.GetRasterBand(1).SetNoDataValue(5)
    given.GetRasterBand(1).WriteArray(np.full((64, 64), 77), 64, 64)
    given = None
    given = gdal.Open(f"{tmp_path}/in.tif")
    arguments = {} if nodata is None else {"noData": nodata}
    wrapped = vrt(given, metadataOptions=["A=B"], **arguments)
    made, counts = copy(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert (counts.copied, counts.encoded) == (1, 19)
    assert (counts.reads > 0) == (nodata == 9)
    assert pixels_and_masks(made) == pixels_and_masks(wrapped)


@pytest.mark.parametrize("threads", ("1", "4"))
def test_nothing_is_decoded_behind_a_vrt(tmp_path, threads):
    """What cannot be decoded is copied all the same."""
    spoil(f"{tmp_path}/in.tif", of_file(tmp_path))
    wrapped = vrt(gdal.Open(f"{tmp_path}/in.tif"), outputSRS="EPSG:4326")
    options = (*TILE, f"READ_THREADS={threads}", f"NUM_THREADS={threads}")
    _, counts = copy(f"{tmp_path}/out.tif", wrapped, *options)
    assert counts == Counts(20, 0, 0)


def test_translate_itself(tmp_path):
    of_file(tmp_path)
    with debug_lines() as said:
        made = gdal.Translate(
            f"{tmp_path}/out.tif",
            f"{tmp_path}/in.tif",
            format="ROWBAND",
            outputSRS="EPSG:4326",
            creationOptions=[YES],
        )
    assert made is not None
    assert numbers(COPIED, said) == [20, 0]


def test_source_that_is_cut_short_behind_a_vrt(tmp_path):
    of_file(tmp_path)
    path = f"{tmp_path}/in.tif"
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:-100])
    wrapped = vrt(gdal.Open(path), metadataOptions=["A=B"])
    text = failure(f"{tmp_path}/out.tif", wrapped, *TILE)
    assert path in text and "the file has" in text
    # What is not needed need not be there.
    window = vrt(gdal.Open(path), srcWin=[0, 0, 128, 64])
    made, counts = copy(f"{tmp_path}/out.tif", window, *TILE)
    assert counts == Counts(2, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(window)
