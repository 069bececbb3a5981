# SPDX-License-Identifier: MIT
"""Translates a source with ROWBAND and with GTiff and compares all of it."""

import contextlib
import itertools
import re
import subprocess

import pytest
from osgeo import gdal

# ROWBAND's defaults, in GTiff's words: with them layouts are the same too.
TILED_DEFAULTS = {
    "TILED": "YES",
    "BLOCKXSIZE": "512",
    "BLOCKYSIZE": "512",
    "COMPRESS": "DEFLATE",
    "INTERLEAVE": "PIXEL",
}
STRIP_DEFAULTS = {"BLOCKYSIZE": "256", "COMPRESS": "DEFLATE", "INTERLEAVE": "PIXEL"}
OURS_ALONE = ("BUDGET", "READ_THREADS", "NAN_TO_NODATA")
PREDICTORS = {"NO": "1", "STANDARD": "2", "FLOATING_POINT": "3"}

# libtiff's own tools know none of GDAL's and GeoTIFF's tags.
HARMLESS = "TIFFReadDirectory: Warning, Unknown field with tag "


def gtiff_options(options):
    """The options that make GTiff do what ROWBAND does with `options`."""
    given = dict(option.split("=", 1) for option in options)
    strips = given.get("TILED") == "NO"
    wanted = {**(STRIP_DEFAULTS if strips else TILED_DEFAULTS), **given}
    if "PREDICTOR" in wanted:
        wanted["PREDICTOR"] = PREDICTORS.get(wanted["PREDICTOR"], wanted["PREDICTOR"])
    return [f"{key}={wanted[key]}" for key in wanted if key not in OURS_ALONE]


@contextlib.contextmanager
def collected_errors():
    """Collects what GDAL says, as (class, number, message)."""
    said = []
    gdal.PushErrorHandler(lambda *args: said.append(args))
    try:
        yield said
    finally:
        gdal.PopErrorHandler()


def rowband_translate(target, source, creation_options=(), **translate):
    """gdal.Translate to ROWBAND.
    @return the dataset and what GDAL said"""
    with collected_errors() as said:
        result = gdal.Translate(
            target,
            source,
            format="ROWBAND",
            creationOptions=list(creation_options),
            **translate,
        )
    assert result is not None, said
    return result, said


def with_budgets_and_threads(folder, source, options):
    """Translates with budgets from too little to plenty, and one thread or more.
    @return names of the files"""
    paths = []
    for budget, threads in itertools.product(("1", "100K", "256M"), ("1", "4")):
        paths.append(f"{folder}/{budget}_{threads}.tif")
        extra = (f"BUDGET={budget}", f"NUM_THREADS={threads}")
        rowband_translate(paths[-1], source, extra + tuple(options))
    return paths


def gtiff_translate(target, source, creation_options=(), **translate):
    """The same with GTiff, which is asked for the same layout."""
    with collected_errors() as said:
        result = gdal.Translate(
            target,
            source,
            format="GTiff",
            creationOptions=gtiff_options(creation_options),
            **translate,
        )
    if result is None:
        pytest.fail(f"GTiff itself cannot: {said}")
    return result, said


def domains(thing):
    """All metadata of a dataset or band, by domain."""
    names = set(thing.GetMetadataDomainList() or []) | {""}
    names -= {"DERIVED_SUBDATASETS"}  # holds the file name
    return {name: domain(thing, name) for name in names}


# GDAL 3.13 adds its own to metadata of ISIS3.
COMMAND_LINE = re.compile('"ProgramArguments":"[^"]*"')


def domain(thing, name):
    if name.startswith("xml:"):
        return thing.GetMetadata_List(name)
    if name.startswith("json:"):
        lines = thing.GetMetadata_List(name) or []
        return [COMMAND_LINE.sub("", line) for line in lines]
    return thing.GetMetadata_Dict(name)


def describe(dataset):
    """Everything gdalinfo tells, less names of files."""
    info = gdal.Info(dataset, format="json", listMDD=True, showFileList=True)
    info.pop("description")
    info.pop("files", None)
    info["domains"] = domains(dataset)
    info.pop("metadata", None)
    info["driver"] = dataset.GetDriver().ShortName
    info["gcp count"] = dataset.GetGCPCount()
    info["geotransform"] = dataset.GetGeoTransform(can_return_null=True)
    info["bands detail"] = [describe_band(band) for band in bands(dataset)]
    return info


def describe_band(band):
    return {
        "type": gdal.GetDataTypeName(band.DataType),
        "nodata": repr(band.GetNoDataValue()),
        "block": band.GetBlockSize(),
        "mask flags": band.GetMaskFlags(),
        "overviews": band.GetOverviewCount(),
        "scale": band.GetScale(),
        "offset": band.GetOffset(),
        "unit": band.GetUnitType(),
        "description": band.GetDescription(),
        "interpretation": band.GetColorInterpretation(),
        "categories": band.GetCategoryNames(),
        "table": color_table(band),
        "domains": domains(band),
    }


def color_table(band):
    table = band.GetColorTable()
    if table is None:
        return None
    return [table.GetColorEntry(i) for i in range(table.GetCount())]


def bands(dataset):
    return [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]


def assert_same_pixels(dataset, expected):
    """Bit by bit, masks too."""
    assert dataset.RasterCount == expected.RasterCount
    for number, (band, other) in enumerate(zip(bands(dataset), bands(expected)), 1):
        assert band.DataType == other.DataType, f"band {number}"
        assert band.ReadRaster() == other.ReadRaster(), f"band {number}"
        mask, other_mask = band.GetMaskBand(), other.GetMaskBand()
        assert mask.ReadRaster() == other_mask.ReadRaster(), f"mask of band {number}"


def differences(ours, theirs, path=""):
    """Leaves in which two nested structures differ, for a readable failure."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted(ours.keys() | theirs.keys())
        pairs = [(f"{path}/{k}", ours.get(k), theirs.get(k)) for k in keys]
    elif (
        isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs)
    ):
        pairs = [(f"{path}/{i}", a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
    else:
        return [] if repr(ours) == repr(theirs) else [f"{path}: {ours!r} != {theirs!r}"]
    return [line for a in pairs for line in differences(a[1], a[2], a[0])]


# GDAL from 3.13 on says so of any tiled file whose directory and tiles are in the
# order of a COG's, which GTiff's are by chance. Ours has its directory last: what
# is half written opens as nothing.
LAYOUT_BY_CHANCE = "/domains/IMAGE_STRUCTURE/LAYOUT: None != 'COG'"


def differences_from_gtiff(ours, theirs):
    found = differences(ours, theirs)
    if int(gdal.VersionInfo()) >= 3130000 and LAYOUT_BY_CHANCE in found:
        found.remove(LAYOUT_BY_CHANCE)
    return found


def assert_same_description(dataset, expected):
    assert differences_from_gtiff(describe(dataset), describe(expected)) == []


def assert_same_files(folder, expected):
    """The same sidecars: .aux.xml, .RPB and so on."""
    assert sorted(gdal.ReadDir(folder) or []) == sorted(gdal.ReadDir(expected) or [])


def compare_with_gtiff(source, folder, creation_options=(), **translate):
    """Translates `source` both ways into subfolders of `folder`, compares, and
    returns the path of ROWBAND's file."""
    folders = [f"{folder}/{name}" for name in ("rowband", "gtiff")]
    for name in folders:
        gdal.Mkdir(name, 0o755)
    ours, theirs = [f"{name}/out.tif" for name in folders]
    said = gtiff_translate(theirs, source, creation_options, **translate)[1]
    expected_messages = [args[2].replace(theirs, ours) for args in said]
    said = rowband_translate(ours, source, creation_options, **translate)[1]
    if any(option.startswith("BUDGET=") for option in creation_options):
        said = [args for args in said if "BUDGET=" not in args[2]]
    assert [a[2] for a in said if a[2] not in expected_messages] == []

    with collected_errors() as said:
        describe(gdal.Open(theirs))
    expected_messages = [args[2].replace(theirs, ours) for args in said]
    with collected_errors() as said:
        dataset, expected = gdal.Open(ours), gdal.Open(theirs)
        assert_same_pixels(dataset, expected)
        assert_same_description(dataset, expected)
        assert_same_files(*folders)
    assert [a[2] for a in said if a[2] not in expected_messages] == []
    return ours


def tool_complaints(path, sparse=False):
    """What libtiff's tools say about a file on disk. Tiles are decoded, unless
    some are left out: libtiff alone refuses those."""
    complaints = []
    for command in (["tiffinfo"] if sparse else ["tiffinfo", "-D"], ["tiffdump"]):
        run = subprocess.run([*command, path], capture_output=True, text=True)
        said = [line for line in run.stderr.splitlines() if HARMLESS not in line]
        if run.returncode != 0 or said:
            complaints.append((command[0], run.returncode, said))
    return complaints
