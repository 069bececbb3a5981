#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sources that say two things at once, or more than TIFF can hold: GTiff's choice,
and its messages."""

from pathlib import Path

import numpy as np
import pytest
from cog_compare import assert_same_levels, cogs
from gtiff_compare import (
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
)
from osgeo import gdal
from rowband_driver import SMALL_TILES, assert_refused, driver
from sources import make_source
from stored import read_bytes

GEOTRANSFORM = "<GeoTransform>500000,10,0,4500000,0,-10</GeoTransform>"
COLOR_TABLE = """<ColorTable><Entry c1="1" c2="2" c3="3" c4="255"/>
<Entry c1="4" c2="5" c3="6" c4="0"/></ColorTable>"""


def gcps(crs):
    corners = ((0, 0), (40, 0), (0, 30))
    found = [
        f'<GCP Id="{x}{y}" Pixel="{x}" Line="{y}" X="{500000 + 10 * x}"'
        f' Y="{4500000 - 10 * y}"/>'
        for x, y in corners
    ]
    return f'<GCPList Projection="{crs}">{"".join(found)}</GCPList>'


def vrt(*bands, head=""):
    """A VRT of zeros with `bands`, of each its type and what it says of itself."""
    elements = [
        f'<VRTRasterBand dataType="{data_type}" band="{i}">{says}</VRTRasterBand>'
        for i, (data_type, says) in enumerate(bands, 1)
    ]
    text = '<VRTDataset rasterXSize="40" rasterYSize="30">'
    return gdal.Open(f"{text}{head}{''.join(elements)}</VRTDataset>")


def copy_both(source, folder, options=(), strict=0):
    """@return datasets of ours and of GTiff's, and what was said of each"""
    made, said = [], []
    for name in ("ROWBAND", "GTiff"):
        path = f"{folder}/{name}/out.tif"
        gdal.Mkdir(f"{folder}/{name}", 0o755)
        given = [*options, "COMPRESS=DEFLATE"]
        with collected_errors() as errors:
            copied = gdal.GetDriverByName(name).CreateCopy(path, source, strict, given)
            assert copied is not None, errors
            del copied
            made.append(gdal.Open(path))
        said.append([(args[0], args[2].replace(path, "out.tif")) for args in errors])
    return *made, *said


def assert_alike(ours, theirs):
    assert ours.GetGeoTransform(can_return_null=True) == theirs.GetGeoTransform(
        can_return_null=True
    )
    assert ours.GetGCPCount() == theirs.GetGCPCount()
    assert ours.GetMetadata() == theirs.GetMetadata()
    for crs in ("GetSpatialRef", "GetGCPSpatialRef"):
        one, other = getattr(ours, crs)(), getattr(theirs, crs)()
        assert (one is None) == (other is None)
        assert one is None or one.IsSame(other)
    units = [d.GetRasterBand(1).GetUnitType() for d in (ours, theirs)]
    assert units[0] == units[1]
    assert sorted(ours.GetFileList()) == [
        name.replace("/GTiff/", "/ROWBAND/") for name in sorted(theirs.GetFileList())
    ]


###############################################################################
# Georeferencing


@pytest.mark.parametrize("profile", ["GDALGeoTIFF", "GeoTIFF", "BASELINE"])
@pytest.mark.parametrize(
    "crs,of_gcps",
    [
        ("EPSG:32631", "EPSG:32631"),
        ("EPSG:32631", "EPSG:32632"),
        ("EPSG:32631+5773", "EPSG:32631+5773"),
    ],
)
def test_conflict_of_geotransform_and_gcps(tmp_vsimem, crs, of_gcps, profile):
    head = f"<SRS>{crs}</SRS>{GEOTRANSFORM}{gcps(of_gcps)}"
    source = vrt(("Byte", ""), head=head)
    options = [f"PROFILE={profile}"]
    ours, theirs, said, _ = copy_both(source, tmp_vsimem, options)
    assert_alike(ours, theirs)
    if profile != "BASELINE":
        assert ours.GetGeoTransform(can_return_null=True) is not None
        assert [severity for severity, _ in said] == [gdal.CE_Warning]
        assert "GCPs are left out of out.tif" in said[0][1]


@pytest.mark.parametrize("point", ["Area", "Point"])
def test_conflict_of_crs_and_crs_of_gcps(tmp_vsimem, point):
    said_of_pixels = f'<Metadata><MDI key="AREA_OR_POINT">{point}</MDI></Metadata>'
    head = f"<SRS>EPSG:32631</SRS>{gcps('EPSG:32632')}{said_of_pixels}"
    ours, theirs, said, expected = copy_both(vrt(("Byte", ""), head=head), tmp_vsimem)
    assert_alike(ours, theirs)
    assert ours.GetGCPSpatialRef().GetAuthorityCode(None) == "32632"
    assert said == expected == []


@pytest.mark.parametrize("point", ["Area", "Point"])
def test_area_or_point_beside_the_crs(tmp_vsimem, point):
    said_of_pixels = f'<Metadata><MDI key="AREA_OR_POINT">{point}</MDI></Metadata>'
    head = f"<SRS>EPSG:5773</SRS>{GEOTRANSFORM}{said_of_pixels}"
    source = vrt(("Float32", ""), head=head)
    ours, theirs, said, _ = copy_both(source, tmp_vsimem)
    assert ours.GetSpatialRef().IsSame(source.GetSpatialRef())
    assert ours.GetMetadataItem("AREA_OR_POINT") == point
    assert ours.GetGeoTransform() == theirs.GetGeoTransform()
    assert len(said) == 1 and ".aux.xml" in said[0][1]


def test_vertical_crs_of_gcps_goes_beside_the_file(tmp_vsimem):
    source = vrt(("Byte", ""), head=gcps("EPSG:5773"))
    ours, _, said, _ = copy_both(source, tmp_vsimem)
    assert ours.GetGCPSpatialRef().IsSame(source.GetGCPSpatialRef())
    assert len(said) == 1 and ".aux.xml" in said[0][1]


###############################################################################
# Colours


@pytest.mark.parametrize("strict", [0, 1])
@pytest.mark.parametrize(
    "types",
    [("Int16",), ("Float32",), ("Byte",) * 3, ("UInt16",) * 4, ("UInt32",) * 2],
    ids=" ".join,
)
def test_color_table_that_tiff_cannot_hold(tmp_vsimem, types, strict):
    bands = [(types[0], COLOR_TABLE), *((name, "") for name in types[1:])]
    head = f"<SRS>EPSG:32631</SRS>{GEOTRANSFORM}"
    source = vrt(*bands, head=head)
    ours, theirs, said, expected = copy_both(source, tmp_vsimem, strict=strict)
    assert said == expected
    assert [severity for severity, _ in said] == [gdal.CE_Failure]
    assert "Unable to export color table" in said[0][1]
    assert_alike(ours, theirs)


def test_color_table_that_tiff_cannot_hold_and_a_crs_it_fails_at(tmp_vsimem):
    head = f"<SRS>EPSG:5773</SRS>{GEOTRANSFORM}"
    source = vrt(("Int16", COLOR_TABLE), head=head)
    ours, _, said, _ = copy_both(source, tmp_vsimem)
    assert ours.GetSpatialRef().IsSame(source.GetSpatialRef())
    assert [severity for severity, _ in said] == [gdal.CE_Failure, gdal.CE_Warning]
    assert "color table" in said[0][1] and ".aux.xml" in said[1][1]


@pytest.mark.parametrize("interpretation", ["", "Gray", "Undefined", "Alpha", "Red"])
@pytest.mark.parametrize("table_first", [True, False])
@pytest.mark.parametrize("data_type", ["Byte", "UInt16"])
@pytest.mark.parametrize("others", [0, 1])
def test_color_interpretation_beside_a_color_table(
    tmp_vsimem, interpretation, table_first, data_type, others
):
    words = [COLOR_TABLE]
    if interpretation:
        words.append(f"<ColorInterp>{interpretation}</ColorInterp>")
    words = words if table_first else words[::-1]
    bands = [(data_type, "".join(words)), *[(data_type, "")] * others]
    compare_with_gtiff(vrt(*bands), tmp_vsimem)


@pytest.mark.parametrize("nbits", [1, 2, 4, 8])
def test_miniswhite(tmp_vsimem, nbits):
    path = f"{tmp_vsimem}/in.tif"
    options = [f"NBITS={nbits}", "PHOTOMETRIC=MINISWHITE"]
    made = gdal.GetDriverByName("GTiff").Create(path, 40, 30, 1, options=options)
    made.GetRasterBand(1).WriteArray(np.arange(1200).reshape(30, 40) % (1 << nbits))
    del made
    for number, more in enumerate(([], ["PHOTOMETRIC=MINISWHITE"], ["NBITS=8"])):
        folder = f"{tmp_vsimem}/{number}"
        gdal.Mkdir(folder, 0o755)
        compare_with_gtiff(gdal.Open(path), folder, [*SMALL_TILES, *more])


###############################################################################
# Missing pixels


@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "CUBIC", "MODE"])
@pytest.mark.parametrize(
    "gdal_type,values",
    [
        (gdal.GDT_Byte, "10 20 30"),
        (gdal.GDT_Int16, "-5 20 30"),
        (gdal.GDT_Int16, "3.5 nan 70000"),
        (gdal.GDT_Float32, "10 20 30"),
        (gdal.GDT_Byte, "10 20"),
    ],
)
def test_cog_nodata_values(tmp_vsimem, gdal_type, values, method):
    random = np.random.default_rng(5)
    source = gdal.GetDriverByName("MEM").Create("", 500, 300, 3, gdal_type)
    source.SetMetadataItem("NODATA_VALUES", values)
    missing = random.random((300, 500)) < 0.8
    for i, value in enumerate((values + " 30").split()[:3]):
        number = float(value) if value != "nan" else 0
        samples = np.where(
            missing, min(number, 30000), random.integers(0, 250, (300, 500))
        )
        source.GetRasterBand(i + 1).WriteArray(samples)
    options = ("BLOCKSIZE=128", f"RESAMPLING={method}")
    dataset, expected = cogs(source, tmp_vsimem, options)
    assert dataset.GetRasterBand(1).GetOverviewCount() > 1
    assert_same_levels(dataset, expected)


@pytest.mark.parametrize("options", [[], ["LAYOUT=COG"], ["TILED=NO"]])
@pytest.mark.parametrize("codec", ["LERC", "LERC_DEFLATE", "LERC_ZSTD"])
def test_lerc_of_nan_in_several_bands_is_right_or_refused(tmp_vsimem, codec, options):
    source = make_source(300, 200, 3, gdal.GDT_Float32)
    values = source.GetRasterBand(2).ReadAsArray()
    values[150, 200] = np.nan
    source.GetRasterBand(2).WriteArray(values)
    path = f"{tmp_vsimem}/out.tif"
    with collected_errors() as said:
        made = driver().CreateCopy(
            path, source, options=[f"COMPRESS={codec}", *options]
        )
    if made is None:
        assert len(said) == 1 and "NaN" in said[0][2]
        assert gdal.VSIStatL(path) is None
    else:
        assert np.array_equal(made.ReadAsArray(), source.ReadAsArray(), equal_nan=True)
    if options == []:
        made = driver().CreateCopy(
            path, source, options=[f"COMPRESS={codec}", "INTERLEAVE=BAND"]
        )
        assert np.array_equal(made.ReadAsArray(), source.ReadAsArray(), equal_nan=True)


###############################################################################
# Messages


def test_message_names_the_file_behind_options(tmp_vsimem):
    path = f"{tmp_vsimem}/broken.tif"
    rowband_translate(path, make_source(500, 400))
    stored = bytearray(read_bytes(path))
    stored[500:3000] = bytes(2500)
    gdal.FileFromMemBuffer(path, bytes(stored))
    with collected_errors() as said:
        # A tile that is copied as it is is not looked at, unless with VERIFY=YES.
        decoded = ["LOSSLESS_COPY=NO"]
        options = {"srcWin": [0, 0, 400, 300], "creationOptions": decoded}
        made = gdal.Translate(
            f"{tmp_vsimem}/out.tif", path, format="ROWBAND", **options
        )
    assert made is None
    assert f"of {path}: " in said[-1][2]


@pytest.mark.parametrize("translate", [{}, {"srcWin": [0, 0, 599, 500]}])
def test_warnings_of_opening_are_told_once(tmp_path, translate):
    path = f"{tmp_path}/in.tif"
    gtiff_translate(path, make_source(600, 600), SMALL_TILES)
    stored = bytearray(read_bytes(path))
    first = int.from_bytes(stored[4:8], "little") + 2 + 2 * 12
    pair = stored[first : first + 24]
    stored[first : first + 24] = pair[12:] + pair[:12]
    Path(path).write_bytes(stored)
    told = []
    for write, options in (
        (rowband_translate, ["READ_THREADS=4", "BUDGET=4M", *SMALL_TILES]),
        (gtiff_translate, []),
    ):
        with collected_errors() as said:
            source = gdal.Open(path)
        said += write(f"{tmp_path}/out.tif", source, options, **translate)[1]
        told.append([args[2] for args in said if "not sorted" in args[2]])
    assert told[0] == told[1] != []


###############################################################################
# Masks of single bands


MASK = """<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource>
<SourceFilename relativeToVRT="0">{}</SourceFilename></SimpleSource></VRTRasterBand>
</MaskBand>"""


def with_masks_of_bands(folder):
    """Three bands, of which the first two have masks of their own."""
    says = []
    for number in (1, 2):
        path = f"{folder}/mask{number}.tif"
        mask = make_source(40, 30)
        values = np.arange(1200).reshape(30, 40) % (number + 2)
        mask.GetRasterBand(1).WriteArray(np.where(values == 0, 0, 255))
        gdal.GetDriverByName("GTiff").CreateCopy(path, mask)
        says.append(MASK.format(path))
    return vrt(("Byte", says[0]), ("Byte", says[1]), ("Byte", ""))


def masks(path):
    found = gdal.Open(path)
    bands = [found.GetRasterBand(i + 1) for i in range(found.RasterCount)]
    return [(b.GetMaskFlags(), b.GetMaskBand().ReadRaster()) for b in bands]


@pytest.mark.parametrize(
    "translate", [{}, {"bandList": [3, 2]}, {"srcWin": [3, 4, 30, 20]}]
)
@pytest.mark.parametrize("cog", [False, True])
def test_masks_of_bands_go_beside_the_file(tmp_path, translate, cog):
    source = with_masks_of_bands(tmp_path)
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    paths = [f"{tmp_path}/{name}/out.tif" for name in ("ours", "theirs")]
    for path in paths:
        Path(path).parent.mkdir()
    options = ["LAYOUT=COG"] if cog else SMALL_TILES
    _, said = rowband_translate(paths[0], source, options, **translate)
    gtiff_translate(paths[1], source, SMALL_TILES, **translate)
    assert said == []
    assert masks(paths[0]) == masks(paths[1])
    written = sorted(path.name for path in Path(paths[0]).parent.iterdir())
    assert written == ["out.tif", "out.tif.msk"]


def test_masks_of_bands_and_what_does_not_heed_them(tmp_path):
    source = with_masks_of_bands(tmp_path)
    target = f"{tmp_path}/out.tif"
    assert_refused(target, source, ["STATISTICS=YES"], "band 1", "-mask none")
    assert not Path(target + ".msk").exists()


def test_cancel_while_masks_of_bands_are_copied(tmp_path):
    source = with_masks_of_bands(tmp_path)
    target = f"{tmp_path}/out/out.tif"
    Path(target).parent.mkdir()
    with collected_errors() as said:
        made = driver().CreateCopy(target, source, callback=lambda *args: 0)
    assert made is None
    assert len(said) == 1
    assert list(Path(target).parent.iterdir()) == []
