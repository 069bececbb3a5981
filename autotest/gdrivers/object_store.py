#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Buckets: rasters in an object store are what they would be on a disk; and what comes
of copies whose sources, in a bucket or behind an address, fail to be read."""

import os

import pytest
from cog_sources import rgb_with_mask
from gtiff_compare import collected_errors
from object_copies import (  # noqa: F401
    BANDS,
    COG,
    SIZE,
    TARGET,
    attempt,
    environment,
    failed,
    local_copy,
    port,
    proxy,
    put,
    source,
    tiff,
)
from osgeo import gdal
from programs import run_program
from rowband_driver import driver
from s3_store import (
    ROOT,
    Fault,
    configured,
    needs_object_store,
    objects,
    pending,
)
from sources import make_source
from stored import read_bytes

pytestmark = [needs_object_store, pytest.mark.slow]

###############################################################################
# As on a disk


@pytest.mark.parametrize(
    "options",
    [
        ("COMPRESS=DEFLATE", "INTERLEAVE=BAND"),
        ("TILED=NO", "BLOCKXSIZE=300", "BLOCKYSIZE=20"),
        (*COG, "OVERVIEW_COUNT=2"),
        (*COG, "COMPRESS=DEFLATE", "STATISTICS=YES", "BIGTIFF=YES"),
    ],
)
@pytest.mark.parametrize(
    "masked", [True, pytest.param(False, marks=pytest.mark.long)], ids=["mask", "plain"]
)
def test_object_is_the_file_that_a_disk_would_get(
    proxy, tmp_path, source, options, masked
):
    given = rgb_with_mask(*SIZE) if masked else source
    expected = local_copy(tmp_path, given, *options)
    made, errors = attempt(given, *options)
    assert made and not errors
    assert read_bytes(TARGET) == expected
    assert objects() == ["x.tif"] and pending(proxy) == []


def test_parts_of_five_megabytes(proxy, tmp_path):
    given = make_source(2000, 1500, 3)
    expected = local_copy(tmp_path, given)
    with configured({"VSIS3_CHUNK_SIZE_BYTES": None, "VSIS3_CHUNK_SIZE": "5"}):
        assert attempt(given) == (True, [])
    assert proxy.count("part") == 2
    assert read_bytes(TARGET) == expected


def test_small_object_is_one_request(proxy, source):
    assert attempt(make_source(30, 20)) == (True, [])
    assert (proxy.count("put"), proxy.count("part")) == (1, 0)


def test_sidecars_are_objects_too(proxy, tmp_path, source):
    options = ("TFW=YES", "PROFILE=BASELINE")
    local_copy(tmp_path, source, *options)
    assert attempt(source, *options) == (True, [])
    there = objects()
    assert there == sorted(path.name for path in tmp_path.iterdir())
    assert len(there) == 3
    for name in there:
        assert read_bytes(f"{ROOT}/{name}") == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_create(proxy, source, layout):
    made = driver().Create(TARGET, *SIZE, BANDS, options=[f"LAYOUT={layout}"])
    made.WriteArray(source.ReadAsArray())
    made = None
    assert (gdal.Open(TARGET).ReadAsArray() == source.ReadAsArray()).all()
    assert objects() == ["x.tif"] and pending(proxy) == []


def test_gdal_translate_from_bucket_to_bucket(proxy, tmp_path, source):
    put("in.tif", tiff(tmp_path, source, "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"))
    command = ["gdal_translate", "-q", "-of", "ROWBAND", f"{ROOT}/in.tif", TARGET]
    run_program(tmp_path, *command, env=environment(proxy))
    assert (gdal.Open(TARGET).ReadAsArray() == source.ReadAsArray()).all()
    assert list(tmp_path.iterdir()) == [tmp_path / "given.tif"]


@pytest.mark.parametrize("layout", [(), COG], ids=["GTIFF", "COG"])
def test_parts_come_together_in_the_bucket(proxy, tmp_path, source, layout):
    expected = local_copy(tmp_path, source, *layout)
    for number in (1, 2):
        target = f"{ROOT}/part-{number}.tif"
        assert attempt(source, *layout, f"PART={number}/2", target=target) == (True, [])
    parts = gdal.Open(f"ROWBAND_PARTS:{ROOT}/part-*.tif")
    assert driver().CreateCopy(TARGET, parts) is not None
    assert read_bytes(TARGET) == expected


@pytest.mark.parametrize("name", ["GTiff", "COG"])
def test_gdals_drivers_want_a_temporary_file(proxy, source, name):
    """Which holds the whole raster, and has a name."""
    with collected_errors() as said:
        assert gdal.GetDriverByName(name).CreateCopy(TARGET, source) is None
    assert "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE" in said[0][2]


def test_temporary_file(proxy, tmp_path, source):
    """What is encoded waits where CPL_TMPDIR says; it may be memory."""
    with configured({"CPL_TMPDIR": f"{tmp_path}/nowhere"}):
        assert f"{tmp_path}/nowhere/" in failed(source)
    assert objects() == []
    before = gdal.ReadDir("/vsimem/")
    with configured({"CPL_TMPDIR": "/vsimem/"}):
        assert attempt(source) == (True, [])
    assert gdal.ReadDir("/vsimem/") == before
    with configured({"CPL_TMPDIR": str(tmp_path)}):
        assert attempt(source) == (True, [])
    assert list(tmp_path.iterdir()) == []


###############################################################################
# Sources


def through_vsis3(proxy):
    return f"{ROOT}/in.tif"


def through_vsicurl(proxy):
    """With a signature in its address, as it is handed to those without a key."""
    return f"/vsicurl/{gdal.GetSignedURL(f'{ROOT}/in.tif')}"


class Outcomes:
    """Of copies of a source whose n-th request fails, for all n."""

    def __init__(self, proxy, folder, name, expected):
        self.proxy, self.folder = proxy, folder
        self.name, self.expected = name, expected
        self.right = self.errors = 0

    def requests_of_copy(self, *options):
        self.proxy.asked.clear()
        gdal.VSICurlClearCache()
        with collected_errors() as said:
            dataset = gdal.Open(self.name)
        if dataset is None:
            return 0
        made, errors = attempt(dataset, *options, target=f"{self.folder}/out.tif")
        dataset = None
        if made:
            assert errors == []
            pixels = gdal.Open(f"{self.folder}/out.tif").ReadAsArray()
            assert (pixels == self.expected).all()
            self.right += 1
        else:
            assert len(errors) == 1, errors
            assert not os.path.exists(f"{self.folder}/out.tif")
            self.errors += 1
        return self.proxy.count("get", "in.tif")


@pytest.mark.parametrize(
    "lossless", ["AUTO", pytest.param("NO", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("named", [through_vsis3, through_vsicurl])
def test_reads_that_fail(proxy, tmp_path, source, named, lossless, times):
    """Pixels or an error, never zeros in place of what was not read."""
    blocks = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE"]
    put("in.tif", tiff(tmp_path, source, *blocks))
    outcomes = Outcomes(proxy, tmp_path, named(proxy), source.ReadAsArray())
    requests = outcomes.requests_of_copy(f"LOSSLESS_COPY={lossless}")
    assert requests > 0 and outcomes.right == 1
    for what in times(short=["refuse"], long=["refuse", "cut", "half"]):
        for first in range(1, requests + 1):
            for count in (1, 1 << 30):
                proxy.faults = [Fault("get", what, first, count, "in.tif")]
                outcomes.requests_of_copy(f"LOSSLESS_COPY={lossless}")
    assert outcomes.errors > 0
