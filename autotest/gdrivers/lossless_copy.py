#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY: tiles of a TIFF that are what they should become are copied as they
are, and nothing is decoded that nothing needs; all others are encoded as before."""

import numpy as np
import pytest
from cog_sources import with_mask, with_nodata
from gtiff_compare import bands
from lossless import (
    SIDES,
    TILES,
    Counts,
    codecs,
    copy,
    failure,
    masked,
    pixels_and_masks,
    spoil,
    stored_ranges,
    written,
)
from osgeo import gdal
from sources import ALL_TYPES, FLOAT_TYPES, colour, make_source, type_name
from statistics_compare import counted_by_gdal, items
from stored import read_bytes

COMPRESS = codecs("ROWBAND")
YES = "LOSSLESS_COPY=YES"


def tile_bytes(path):
    data, dataset = read_bytes(path), gdal.Open(path)
    found = stored_ranges(dataset)
    return {at: data[found[at][0] : sum(found[at])] for at in found}


def tile_count(dataset):
    return len(set(stored_ranges(dataset).values()) - {(0, 0)})


def predictors(codec, gdal_type):
    if codec not in ("DEFLATE", "LZW", "ZSTD") or gdal.DataTypeIsComplex(gdal_type):
        return [1]
    return [1, 2, 3] if gdal_type in FLOAT_TYPES else [1, 2]


# Named all through: MEM of GDAL 3.13 says INTERLEAVE=BAND, which GTiff takes over for
# COMPRESS=NONE, and ROWBAND's default is PIXEL whatever the source says.
LAYOUTS = {
    "tiles": ("INTERLEAVE=PIXEL", *TILES),
    "strips": ("INTERLEAVE=PIXEL", "TILED=NO", "BLOCKYSIZE=48"),
    "bands": ("INTERLEAVE=BAND", *TILES),
    "strips of bands": ("INTERLEAVE=BAND", "TILED=NO", "BLOCKYSIZE=32"),
}
# What a codec takes beside bytes, and needs to have.
SUITABLE = {
    "CCITTRLE": (gdal.GDT_Byte, "NBITS=1"),
    "CCITTFAX3": (gdal.GDT_Byte, "NBITS=1"),
    "CCITTFAX4": (gdal.GDT_Byte, "NBITS=1"),
    "JPEG": (gdal.GDT_Byte,),
    "WEBP": (gdal.GDT_Byte,),
    "JXL": (gdal.GDT_Byte, gdal.GDT_UInt16),
    "LERC": (gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_Float32),
    "LERC_DEFLATE": (gdal.GDT_Byte, gdal.GDT_Float32),
    "LERC_ZSTD": (gdal.GDT_UInt16, gdal.GDT_Float64),
}
FEW_TYPES = (gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_Float32, gdal.GDT_CFloat32)


def cases():
    """Each codec in each layout, and with each type in one of them."""
    for codec in COMPRESS:
        given = SUITABLE.get(codec, FEW_TYPES)
        bits = [one for one in given if isinstance(one, str)]
        types = [one for one in given if isinstance(one, int)]
        layouts = [
            layout
            for layout in LAYOUTS
            if not (codec == "WEBP" and "bands" in layout)
            and not (bits and "bands" not in layout)
        ]
        for number, gdal_type in enumerate(types):
            chosen = layouts if number == 0 else [layouts[number % len(layouts)]]
            for layout in chosen:
                for predictor in predictors(codec, gdal_type):
                    yield codec, gdal_type, layout, predictor, bits


def case_name(value):
    return "-".join(value) if isinstance(value, list) else type_name(value)


@pytest.mark.parametrize(
    "codec,gdal_type,layout,predictor,bits", cases(), ids=case_name
)
def test_every_codec_is_copied(
    tmp_vsimem, tmp_path, codec, gdal_type, layout, predictor, bits
):
    source = make_source(*SIDES, 3, gdal_type)
    options = [f"COMPRESS={codec}", *LAYOUTS[layout], *bits]
    if predictor > 1:
        options.append(f"PREDICTOR={predictor}")
    given = written(f"{tmp_path}/in.tif", source, *options)
    expected = Counts(tile_count(given), 0, 0)
    # With all that is the source's named, and with nothing named.
    for number, named in enumerate((options, [YES])):
        made, counts = copy(f"{tmp_path}/{number}.tif", given, *named)
        assert counts == expected
        assert pixels_and_masks(made) == pixels_and_masks(given)
        assert tile_bytes(f"{tmp_path}/{number}.tif") == tile_bytes(
            f"{tmp_path}/in.tif"
        )


@pytest.mark.parametrize("endian", ("LITTLE", "BIG"))
def test_big_endian_tiles_are_decoded(tmp_path, endian):
    for gdal_type in ALL_TYPES:
        check_endian(tmp_path, gdal_type, endian)


def check_endian(tmp_path, gdal_type, endian):
    source = make_source(*SIDES, 2, gdal_type)
    options = ("COMPRESS=DEFLATE", *TILES)
    given = written(f"{tmp_path}/in.tif", source, *options, f"ENDIANNESS={endian}")
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert counts.copied == (6 if endian == "LITTLE" else 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.parametrize("layout", ("GTIFF", "COG"))
@pytest.mark.parametrize("bigtiff", ("YES", "NO"))
def test_bigtiff_and_classic(tmp_path, layout, bigtiff):
    source = make_source(300, 200, 3, gdal.GDT_UInt16)
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    given = written(f"{tmp_path}/in.tif", source, *tiles, f"BIGTIFF={bigtiff}")
    options = {"GTIFF": tiles, "COG": ("BLOCKSIZE=64", "OVERVIEWS=NONE")}[layout]
    for into in ("YES", "NO"):
        path = f"{tmp_path}/{into}.tif"
        made, counts = copy(
            path, given, f"LAYOUT={layout}", f"BIGTIFF={into}", *options
        )
        assert counts == Counts(20, 0, 0)
        assert pixels_and_masks(made) == pixels_and_masks(given)
        made = None
        assert read_bytes(path)[2] == (43 if into == "YES" else 42)


@pytest.mark.parametrize(
    "options",
    (
        ("BLOCKXSIZE=64", "BLOCKYSIZE=64"),
        ("LAYOUT=COG", "BLOCKSIZE=64", "OVERVIEWS=NONE"),
        (YES,),
        (YES, "LAYOUT=COG", "OVERVIEWS=NONE"),
    ),
)
def test_mask_inside_is_copied(tmp_path, options):
    given = masked(tmp_path)
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert counts == Counts(40, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)


def test_mask_beside_is_copied_or_decoded(tmp_path):
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    given = masked(tmp_path)
    assert gdal.VSIStatL(f"{tmp_path}/in.tif.msk") is not None
    made, counts = copy(f"{tmp_path}/out.tif", given, "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    assert counts.copied >= 20
    assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.parametrize("statistics", ("YES", "NO"))
@pytest.mark.parametrize("gdal_type", (gdal.GDT_Byte, gdal.GDT_Float32), ids=type_name)
def test_overviews_and_statistics_are_made_of_copied_tiles(
    tmp_path, gdal_type, statistics
):
    source = with_mask(make_source(300, 200, 2, gdal_type))
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    given = written(f"{tmp_path}/in.tif", source, *tiles)
    options = ("LAYOUT=COG", "BLOCKSIZE=64", f"STATISTICS={statistics}")
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    other, none = copy(f"{tmp_path}/other.tif", given, *options, "LOSSLESS_COPY=NO")
    assert none.copied == 0
    assert (counts.copied, counts.reads) == (40, none.reads)
    # Of three overviews, with a mask each: 3 x 2, 2 x 1 and 1.
    assert counts.encoded == 2 * (6 + 2 + 1)
    for ours, theirs in zip(bands(made), bands(other)):
        assert items(ours.GetMetadata()) == items(theirs.GetMetadata())
        assert (statistics == "YES") == bool(items(ours.GetMetadata()))
        assert ours.GetOverviewCount() == theirs.GetOverviewCount() == 3
        for level in range(3):
            one, another = ours.GetOverview(level), theirs.GetOverview(level)
            assert one.ReadRaster() == another.ReadRaster()
            assert one.GetMaskBand().ReadRaster() == another.GetMaskBand().ReadRaster()
    assert pixels_and_masks(made) == pixels_and_masks(given)


def test_statistics_of_copied_tiles(tmp_path):
    source = with_nodata(make_source(*SIDES, 2, gdal.GDT_Int16))
    given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILES)
    made, counts = copy(f"{tmp_path}/out.tif", given, *TILES, "STATISTICS=YES")
    assert (counts.copied, counts.encoded) == (6, 0)
    for band, counted in zip(bands(made), counted_by_gdal(given)):
        told = items(band.GetMetadata())
        assert float(told["STATISTICS_MEAN"]) == pytest.approx(
            float(counted["STATISTICS_MEAN"])
        )


def test_verify_decodes_what_is_copied(tmp_path):
    given = written(
        f"{tmp_path}/in.tif", make_source(*SIDES), "COMPRESS=DEFLATE", *TILES
    )
    _, counts = copy(f"{tmp_path}/out.tif", given, *TILES, "VERIFY=YES")
    assert counts.copied == 6
    assert counts.reads > 0
    spoil(f"{tmp_path}/in.tif", given)
    given = gdal.Open(f"{tmp_path}/in.tif")
    text = failure(f"{tmp_path}/out2.tif", given, *TILES, "VERIFY=YES")
    assert "in.tif" in text


def test_nothing_is_decoded_where_nothing_needs_it(tmp_path):
    """What cannot be decoded is copied all the same."""
    given = written(
        f"{tmp_path}/in.tif", make_source(*SIDES), "COMPRESS=DEFLATE", *TILES
    )
    spoil(f"{tmp_path}/in.tif", given)
    given = gdal.Open(f"{tmp_path}/in.tif")
    _, counts = copy(f"{tmp_path}/out.tif", given, *TILES)
    assert counts == Counts(6, 0, 0)
    assert tile_bytes(f"{tmp_path}/out.tif") == tile_bytes(f"{tmp_path}/in.tif")
    text = failure(f"{tmp_path}/no.tif", given, *TILES, "LOSSLESS_COPY=NO")
    assert "in.tif" in text


def sparse(path, *options, nodata=None, gdal_type=gdal.GDT_Byte):
    """Of six tiles two are there, or of nine three."""
    driver = gdal.GetDriverByName("GTiff")
    given = driver.Create(path, *SIDES, 1, gdal_type, ["SPARSE_OK=YES", *options])
    if nodata is not None:
        given.GetRasterBand(1).SetNoDataValue(nodata)
    values = np.arange(64 * 80).reshape(80, 64) % 97
    given.GetRasterBand(1).WriteArray(values, 64, 0)
    given.GetRasterBand(1).WriteArray(values[:37], 0, 80)
    given = None
    return gdal.Open(path)


@pytest.mark.parametrize("codec", ("DEFLATE", "NONE", "JPEG", "LZW", "LERC"))
@pytest.mark.parametrize("nodata", (None, 0, 5, -3, float("nan")))
def test_holes_are_filled_without_reading(tmp_path, codec, nodata):
    gdal_type = gdal.GDT_Byte if nodata in (None, 0, 5) else gdal.GDT_Float32
    if codec not in COMPRESS or (codec == "JPEG" and gdal_type != gdal.GDT_Byte):
        pytest.skip("not of this type")
    options = (f"COMPRESS={codec}", *TILES)
    given = sparse(f"{tmp_path}/in.tif", *options, nodata=nodata, gdal_type=gdal_type)
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert counts == Counts(2, 4, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    # Left out: the user wants tiles to be looked at, unless told otherwise.
    made, counts = copy(f"{tmp_path}/auto.tif", given, *options, "SPARSE_OK=YES")
    assert counts.copied == 0
    assert codec == "JPEG" or pixels_and_masks(made) == pixels_and_masks(given)
    made, counts = copy(f"{tmp_path}/yes.tif", given, *options, "SPARSE_OK=YES", YES)
    assert counts == Counts(2, 0, 0)
    assert tile_bytes(f"{tmp_path}/yes.tif") == tile_bytes(f"{tmp_path}/in.tif")
    assert pixels_and_masks(made) == pixels_and_masks(given)


def test_holes_and_tiles_beside_overviews(tmp_path):
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    given = sparse(f"{tmp_path}/in.tif", *tiles, nodata=5)
    options = ("LAYOUT=COG", "BLOCKSIZE=64")
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert counts.copied == tile_count(given)
    other, _ = copy(f"{tmp_path}/other.tif", given, *options, "LOSSLESS_COPY=NO")
    assert pixels_and_masks(made) == pixels_and_masks(other)
    for level in range(made.GetRasterBand(1).GetOverviewCount()):
        one, another = (
            dataset.GetRasterBand(1).GetOverview(level) for dataset in (made, other)
        )
        assert one.ReadRaster() == another.ReadRaster()


DIFFERENT = {
    "COMPRESS": ("COMPRESS=LZW",),
    "PREDICTOR": ("PREDICTOR=2",),
    "the size of tiles": ("BLOCKXSIZE=80",),
    "tiles or strips": ("TILED=NO",),
    "INTERLEAVE": ("INTERLEAVE=BAND",),
    "bits": ("NBITS=7",),
    "DISCARD_LSB": ("DISCARD_LSB=1",),
    "PREDICTOR=AUTO": ("PREDICTOR=AUTO",),
}
ONLY_AUTO = {
    "a level": ("ZLEVEL=6",),
    "SPARSE_OK": ("SPARSE_OK=YES",),
}


@pytest.mark.parametrize("why", [*DIFFERENT, *ONLY_AUTO])
def test_what_differs_is_encoded_or_refused_by_name(tmp_path, why):
    options = {**DIFFERENT, **ONLY_AUTO}[why]
    source = colour(make_source(*SIDES, 3))
    for band in bands(source):  # to fit 7 bits
        band.WriteArray(band.ReadAsArray() // 2)
    given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILES)
    named = [one for one in TILES if one.split("=")[0] not in str(options)]
    made, counts = copy(f"{tmp_path}/out.tif", given, *named, *options)
    assert counts.copied == 0
    with_no, _ = copy(f"{tmp_path}/no.tif", given, *named, *options, "LOSSLESS_COPY=NO")
    with_no = made = None
    assert read_bytes(f"{tmp_path}/out.tif") == read_bytes(f"{tmp_path}/no.tif")
    if why in DIFFERENT:
        text = failure(f"{tmp_path}/yes.tif", given, *named, *options, YES)
        assert "LOSSLESS_COPY=YES: no tile can be copied" in text
        assert why in text
    else:
        _, counts = copy(f"{tmp_path}/yes.tif", given, *named, *options, YES)
        assert counts.copied == 6
