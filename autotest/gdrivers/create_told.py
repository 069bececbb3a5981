#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""What a dataset of Create() is told, and what GDAL does with it while it is open: the
file says what GTiff's says. One kind after the other; create_random.py mixes them."""

import os

import numpy as np
import pytest
from cog_compare import complaints
from gtiff_compare import bands, collected_errors, differences
from osgeo import gdal, osr
from raster_seen import seen
from rowband_driver import driver
from sources import pixels

WIDTH, HEIGHT = 150, 90
BLOCKS = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
METHODS = (
    "NEAREST AVERAGE RMS GAUSS CUBIC CUBICSPLINE LANCZOS BILINEAR MODE NONE".split()
)


def write(dataset):
    for number, band in enumerate(bands(dataset), 1):
        band.WriteArray(pixels(WIDTH, HEIGHT, gdal.GDT_Byte, number) % 100)


def mask_of(dataset):
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    values = np.where(pixels(WIDTH, HEIGHT, gdal.GDT_Byte) > 90, 255, 0)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(values)


def mask_of_second_band(dataset):
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    band = dataset.GetRasterBand(2)
    assert band.CreateMaskBand(0) == 0
    band.GetMaskBand().Fill(255)
    band.GetMaskBand().WriteArray(np.zeros((20, 30), "u1"), 5, 5)


def flush_and_go_on(dataset):
    dataset.SetMetadataItem("TITLE", "before")
    write(dataset)
    dataset.FlushCache()
    dataset.SetMetadataItem("TITLE", "after")
    dataset.GetRasterBand(1).WriteArray(np.full((40, 40), 7, "u1"), 60, 30)
    dataset.FlushCache()
    dataset.GetRasterBand(1).SetDescription("first")


def overviews_twice(dataset):
    write(dataset)
    dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset.GetRasterBand(1).Fill(9)
    dataset.BuildOverviews("NEAREST", [4, 8])


def overviews_and_none(dataset):
    write(dataset)
    dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset.BuildOverviews("NONE", [])


def masked_overviews(dataset):
    mask_of(dataset)
    write(dataset)
    dataset.BuildOverviews("AVERAGE", [2, 4])


def crs_in_its_order(dataset):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(4326)
    dataset.SetSpatialRef(crs)
    dataset.SetGeoTransform((10, 0.1, 0, 50, 0, -0.1))
    dataset.SetMetadataItem("AREA_OR_POINT", "Point")


def late_nodata(dataset):
    dataset.GetRasterBand(1).WriteArray(np.ones((1, 1), "u1"))
    dataset.GetRasterBand(1).SetNoDataValue(9)


def no_nodata_any_more(dataset):
    dataset.GetRasterBand(1).SetNoDataValue(9)
    dataset.GetRasterBand(1).WriteArray(np.ones((1, 1), "u1"))
    dataset.GetRasterBand(1).DeleteNoDataValue()


def zeros_before_nodata(dataset):
    """Uncompressed, GTiff does not write them."""
    for band in bands(dataset):
        band.Fill(0)
    dataset.FlushCache()
    dataset.GetRasterBand(1).SetNoDataValue(9)


def mask_beside_and_palette(dataset):
    """GTiff would write tags for a mask inside, and none for one beside the file."""
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    dataset.GetRasterBand(1).SetColorInterpretation(gdal.GCI_BlueBand)
    mask_of(dataset)
    table = gdal.ColorTable()
    table.SetColorEntry(1, (1, 2, 3))
    dataset.GetRasterBand(1).SetColorTable(table)


def alpha_and_back(dataset):
    write(dataset)
    dataset.GetRasterBand(2).SetColorInterpretation(gdal.GCI_AlphaBand)
    dataset.FlushCache()
    dataset.GetRasterBand(2).SetColorInterpretation(gdal.GCI_Undefined)


def statistics(dataset):
    write(dataset)
    for band in bands(dataset):
        band.ComputeStatistics(False)


def histograms(dataset):
    write(dataset)
    dataset.GetRasterBand(1).GetDefaultHistogram(force=1)
    dataset.GetRasterBand(1).GetHistogram(0, 10, 5)
    dataset.GetRasterBand(2).SetDefaultHistogram(0, 4, [1, 2, 3, 4])


def domains(dataset):
    dataset.SetMetadata({"a": "b"}, "MINE")
    dataset.SetMetadata(["<a><b>1</b></a>"], "xml:MINE")
    write(dataset)
    dataset.GetRasterBand(2).SetMetadata({"c": "d"}, "OTHER")
    dataset.SetMetadataItem("a", None, "MINE")
    dataset.SetMetadataItem("e", "f", "MINE")


TOLD = [
    mask_of,
    mask_of_second_band,
    flush_and_go_on,
    overviews_twice,
    overviews_and_none,
    masked_overviews,
    crs_in_its_order,
    late_nodata,
    no_nodata_any_more,
    zeros_before_nodata,
    mask_beside_and_palette,
    alpha_and_back,
    statistics,
    histograms,
    domains,
]


def made(name, path, tell, options=(), count=2, gdal_type=gdal.GDT_Byte):
    """@return what is seen of the file, and the names in its folder"""
    gdal.MkdirRecursive(os.path.dirname(path), 0o755)
    create = gdal.GetDriverByName(name).Create
    with collected_errors():
        dataset = create(path, WIDTH, HEIGHT, count, gdal_type, list(options))
        tell(dataset)
        dataset = None
        found = seen(gdal.Open(path))
    files = gdal.ReadDir(os.path.dirname(path))
    return found, [name for name in files if not name.endswith(".msk")]


def drop_lost_levels(ours, theirs):
    """From GDAL 3.9 on, GTiff loses the levels behind one that comes to say another
    method than before (RESAMPLING): its file has fewer than the open dataset had."""
    levels = [band["overviews"] for band in ours["bands"]]
    assert [len(of_band) for of_band in levels] == [3] * len(levels)
    for of_band, band in zip(levels, theirs["bands"]):
        assert len(band["overviews"]) == 2
        del of_band[2:]


def assert_alike(folder, tell, options=(), **more):
    theirs = made("GTiff", f"{folder}/g/out.tif", tell, [*BLOCKS, *options], **more)
    ours = made("ROWBAND", f"{folder}/r/out.tif", tell, [*BLOCKS, *options], **more)
    if tell is overviews_twice and int(gdal.VersionInfo()) >= 3090000:
        drop_lost_levels(ours[0], theirs[0])
    assert differences(ours[0], theirs[0]) == []
    assert sorted(ours[1]) == sorted(theirs[1])


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("tell", TOLD, ids=lambda tell: tell.__name__)
def test_told(tmp_vsimem, tell, interleave):
    late = (late_nodata, no_nodata_any_more)
    if interleave == "PIXEL" and tell in late:
        pytest.skip("GTiff leaves zeros in bands that nobody wrote to")
    assert_alike(tmp_vsimem, tell, [f"INTERLEAVE={interleave}"])


@pytest.mark.parametrize(
    "options", [["PHOTOMETRIC=RGB"], ["PHOTOMETRIC=MINISBLACK"], []]
)
@pytest.mark.parametrize("alpha", [[], ["ALPHA=YES"], ["ALPHA=NO"]])
def test_four_bands(tmp_vsimem, options, alpha):
    assert_alike(tmp_vsimem, write, options + alpha, count=4)


@pytest.mark.skipif(
    int(gdal.VersionInfo()) >= 3070000, reason="GDAL has a type for signed bytes"
)
@pytest.mark.parametrize("nodata", [-128, -1, 5])
def test_signed_bytes(tmp_vsimem, nodata):
    def tell(dataset):
        dataset.GetRasterBand(1).SetNoDataValue(nodata)
        dataset.GetRasterBand(1).WriteArray(np.ones((1, 1), "u1"))

    assert_alike(tmp_vsimem, tell, ["PIXELTYPE=SIGNEDBYTE"], count=1)


def seen_as_cog(path):
    """What the COG driver makes of it: who says how overviews were made differs."""
    cog = path.replace(".tif", "_cog.tif")
    options = ["BLOCKSIZE=64", "COMPRESS=DEFLATE", "OVERVIEWS=FORCE_USE_EXISTING"]
    made = gdal.GetDriverByName("COG").CreateCopy(cog, gdal.Open(path), options=options)
    assert made is not None
    made = None
    return seen(gdal.Open(cog))


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@pytest.mark.parametrize("budget", ["256M", "1K"])
@pytest.mark.parametrize("method", METHODS)
def test_overviews_before_it_is_closed(tmp_path, method, budget, layout):
    """Of what lies in memory and in a file, and seen at once."""

    def tell(dataset):
        mask_of(dataset)
        write(dataset)
        assert dataset.BuildOverviews(method, [2, 4]) == 0
        levels = [dataset.GetRasterBand(1).GetOverview(i) for i in range(2)]
        sizes.append([(level.XSize, level.YSize) for level in levels])

    sizes = []
    theirs = made("GTiff", f"{tmp_path}/g/out.tif", tell, BLOCKS, count=3)
    options = BLOCKS
    if layout == "COG":
        options = ["LAYOUT=COG", "BLOCKSIZE=64"]
        theirs = [seen_as_cog(f"{tmp_path}/g/out.tif")]
    options = [*options, f"BUDGET={budget}"]
    ours = made("ROWBAND", f"{tmp_path}/r/out.tif", tell, options, count=3)
    assert sizes[0] == sizes[1] == [(75, 45), (38, 23)]
    assert differences(ours[0], theirs[0]) == []
    assert os.listdir(tmp_path / "r") == ["out.tif"]
    if layout == "COG":
        assert complaints(f"{tmp_path}/r/out.tif") == []


def test_overviews_of_a_cog_lie_from_the_largest_on(tmp_path):
    def tell(dataset):
        write(dataset)
        dataset.BuildOverviews("AVERAGE", [4, 2])

    path = f"{tmp_path}/r/out.tif"
    found = made("ROWBAND", path, tell, ["LAYOUT=COG", "BLOCKSIZE=64"])[0]
    levels = found["bands"][0]["overviews"]
    assert [level["size"] for level in levels] == [(75, 45), (38, 23)]
    assert complaints(path) == []


def test_overviews_that_a_cog_is_to_make_itself(tmp_vsimem):
    def tell(dataset):
        write(dataset)
        dataset.BuildOverviews("NEAREST", [3])

    options = ["LAYOUT=COG", "BLOCKSIZE=64", "OVERVIEWS=IGNORE_EXISTING"]
    found = made("ROWBAND", f"{tmp_vsimem}/out.tif", tell, options)[0]
    levels = found["bands"][0]["overviews"]
    assert [level["size"] for level in levels] == [(75, 45), (37, 22)]


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("gdal_type", [gdal.GDT_Byte, gdal.GDT_Int64])
def test_overviews_of_bands_with_nodata_that_changes(tmp_vsimem, gdal_type, interleave):
    """At which GTiff hangs, or loses directories. MEM does not mind."""
    path = f"{tmp_vsimem}/out.tif"
    options = [*BLOCKS, f"INTERLEAVE={interleave}"]
    told = [
        driver().Create(path, WIDTH, HEIGHT, 3, gdal_type, options),
        gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3, gdal_type),
    ]
    with collected_errors():
        for dataset in told:
            write(dataset)
            for first, factor in ((10, 2), (20, 4)):
                for number, band in enumerate(bands(dataset)):
                    band.SetNoDataValue(first + number)
                assert dataset.BuildOverviews("NEAREST", [factor]) == 0
        expected = [overview_pixels(band) for band in bands(told[1])]
        assert [overview_pixels(band) for band in bands(told[0])] == expected
        dataset = None
        del told
        dataset = gdal.Open(path)
    assert [overview_pixels(band) for band in bands(dataset)] == expected
    assert dataset.GetRasterBand(1).GetNoDataValue() == 22


def overview_pixels(band):
    levels = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
    return [level.ReadRaster() for level in levels]


@pytest.mark.parametrize("budget", ["256M", "1K"])
def test_what_fails_with_overviews_leaves_nothing(tmp_path, budget):
    """Said of the options only when the file is made."""
    target = str(tmp_path / "out.tif")
    options = ["PREDICTOR=3", f"BUDGET={budget}"]
    dataset = driver().Create(target, WIDTH, HEIGHT, 1, gdal.GDT_Byte, options)
    with collected_errors() as said:
        write(dataset)
        dataset.BuildOverviews("AVERAGE", [2])
        dataset.GetRasterBand(1).GetDefaultHistogram(force=1)
        dataset = None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1 and "PREDICTOR" in errors[0], said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("method", ["NONE", "AVERAGE"])
@pytest.mark.parametrize("photometric", ["CMYK", "CIELAB"])
def test_overviews_of_colours_that_gtiff_shows_as_rgba(tmp_vsimem, photometric, method):
    """Those of 8 bits GTiff cannot make, and may not survive."""
    path = f"{tmp_vsimem}/out.tif"
    options = [f"PHOTOMETRIC={photometric}", "INTERLEAVE=BAND"]
    dataset = driver().Create(path, WIDTH, HEIGHT, 5, gdal.GDT_Byte, options)
    write(dataset)
    assert dataset.BuildOverviews(method, [2, 4]) == 0
    dataset = None
    assert gdal.Open(path).GetRasterBand(1).GetOverviewCount() == 2


def test_alpha_that_becomes_a_mask(tmp_vsimem):
    """What is left out then is said. Later GDALs show overviews in a VRT that makes the
    mask, too."""
    path = f"{tmp_vsimem}/out.tif"
    options = ["LAYOUT=COG", "COMPRESS=JPEG", "BLOCKSIZE=64"]
    dataset = driver().Create(path, WIDTH, HEIGHT, 4, gdal.GDT_Byte, options)
    with collected_errors() as said:
        write(dataset)
        dataset.SetMetadataItem("TITLE", "of all")
        dataset.SetMetadataItem("a", "b", "MINE")
        dataset.BuildOverviews("AVERAGE", [3])
        dataset = None
    texts = [args[2] for args in said]
    assert len(texts) == 2 and "domains" in texts[0] and "overviews" in texts[1]
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    assert dataset.RasterCount == 3 and band.GetMaskFlags() == gdal.GMF_PER_DATASET
    assert dataset.GetMetadataItem("TITLE") == "of all"
    assert (band.GetOverview(0).XSize, band.GetOverview(0).YSize) == (75, 45)


def set_color_table_of_two_bands(band):
    return band.SetColorTable(gdal.ColorTable())


def set_nodata_of_other_bands(band):
    dataset = band.GetDataset()
    return band.SetNoDataValue(3) + dataset.GetRasterBand(2).SetNoDataValue(4)


@pytest.mark.parametrize(
    "tell", [set_color_table_of_two_bands, set_nodata_of_other_bands]
)
def test_what_gtiff_says_of_a_setter_names_the_target(tmp_vsimem, tell):
    # Of a long message GDAL leaves the folder out.
    texts = {}
    for name in ("GTiff", "ROWBAND"):
        path = f"{tmp_vsimem}/{name}/out.tif"
        dataset = gdal.GetDriverByName(name).Create(path, 20, 20, 2, gdal.GDT_Int16)
        with collected_errors() as said:
            result = tell(dataset.GetRasterBand(1))
        texts[name] = result, [text.replace(path, "out.tif") for _, _, text in said]
    assert texts["ROWBAND"] == texts["GTiff"]
    assert len(texts["GTiff"][1]) == 1


def compressions(path):
    """Of the raster and of its first overview."""
    levels = [gdal.Open(path), gdal.OpenEx(path, open_options=["OVERVIEW_LEVEL=0"])]
    return [level.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") for level in levels]


@pytest.mark.parametrize("compress", ["LZW", "NONE", "JPEG"])
@pytest.mark.parametrize("by_config", [True, False])
def test_overviews_compressed_otherwise(tmp_vsimem, compress, by_config):
    def tell(dataset):
        write(dataset)
        if by_config:
            gdal.SetConfigOption("COMPRESS_OVERVIEW", compress)
            dataset.BuildOverviews("AVERAGE", [2])
            gdal.SetConfigOption("COMPRESS_OVERVIEW", None)
        else:
            dataset.BuildOverviews(
                "AVERAGE", [2], options=[f"COMPRESS_OVERVIEW={compress}"]
            )

    if not by_config and int(gdal.VersionInfo()) < 3060000:
        pytest.skip("no options of BuildOverviews()")
    options = [*BLOCKS, "PREDICTOR=2"]
    ours, theirs = [f"{tmp_vsimem}/{name}/out.tif" for name in "rg"]
    found = made("ROWBAND", ours, tell, options)[0]
    expected = made("GTiff", theirs, tell, options)[0]
    # GDAL says the raster's of what is not compressed.
    word = "DEFLATE" if compress == "NONE" else compress
    assert compressions(ours) == compressions(theirs) == ["DEFLATE", word]
    if compress != "JPEG":
        assert differences(found, expected) == []


@pytest.mark.parametrize("compress", ["JPEG", "LZW"])
def test_overviews_of_a_cog_are_compressed_as_it_says(tmp_vsimem, compress):
    """And what the spool holds of them is never lossy."""

    def tell(dataset):
        write(dataset)
        gdal.SetConfigOption("COMPRESS_OVERVIEW", word)
        dataset.BuildOverviews("AVERAGE", [2])
        gdal.SetConfigOption("COMPRESS_OVERVIEW", None)

    options = ["LAYOUT=COG", "BLOCKSIZE=64"]
    word = None
    expected = made("ROWBAND", f"{tmp_vsimem}/a/out.tif", tell, options)[0]
    word = compress
    path = f"{tmp_vsimem}/b/out.tif"
    found = made("ROWBAND", path, tell, options)[0]
    assert differences(found, expected) == []
    assert compressions(path) == ["DEFLATE", "DEFLATE"]
