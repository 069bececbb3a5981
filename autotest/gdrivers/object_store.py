#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Buckets: rasters in an object store, with faults of the network and of the store
between it and us. What comes of a copy is the whole object or one error, and the
object that was there before."""

import os
import signal
import subprocess
import time

import pytest
from cog_sources import rgb_with_mask
from gtiff_compare import collected_errors
from osgeo import gdal
from programs import TIMEOUT, run_program
from rowband_driver import KEEP_TARGET, driver, recorder
from s3_store import (
    ROOT,
    Fault,
    configured,
    needs_object_store,
    objects,
    pending,
    proxied,
    running_store,
)
from sources import colour, make_source
from stored import read_bytes

pytestmark = [needs_object_store, pytest.mark.slow]

TARGET = f"{ROOT}/x.tif"
# Not compressed, so that it is known how many parts there are.
SIZE, BANDS = (300, 200), 3
PART_NBYTES = 50000
PARTS = 5
OPTIONS = ["COMPRESS=NONE", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]
COG = ["LAYOUT=COG", "BLOCKSIZE=64"]
SMALL_PARTS = {"VSIS3_CHUNK_SIZE_BYTES": str(PART_NBYTES)}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with running_store(tmp_path_factory.mktemp("store")) as port:
        with proxied(port):
            assert gdal.Mkdir(ROOT, 0o755) == 0
        yield port


@pytest.fixture
def proxy(port):
    """Of a store whose bucket is empty."""
    with proxied(port) as proxy, configured(SMALL_PARTS):
        yield proxy
        proxy.faults = []
        for name in objects():
            gdal.Unlink(f"{ROOT}/{name}")
        assert gdal.AbortPendingUploads(f"{ROOT}/")
        assert (objects(), pending(proxy)) == ([], [])


@pytest.fixture(scope="module")
def source():
    return colour(make_source(*SIZE, BANDS))


def put(name, data):
    file = gdal.VSIFOpenL(f"{ROOT}/{name}", "wb")
    assert gdal.VSIFWriteL(data, 1, len(data), file) == len(data)
    assert gdal.VSIFCloseL(file) == 0


def tiff(folder, source, *options):
    """@return the bytes of one"""
    path = f"{folder}/given.tif"
    assert gdal.GetDriverByName("GTiff").CreateCopy(path, source, options=list(options))
    return read_bytes(path)


def options_with(options):
    """@return those of all copies, if they are not COGs, and `options`"""
    if "LAYOUT=COG" in options:
        return ["COMPRESS=NONE", *options]
    return [*OPTIONS, *options]


def attempt(source, *options, target=TARGET, name="ROWBAND", **arguments):
    """@return whether a copy succeeded, and the errors that it reported"""
    with collected_errors() as said:
        copy = gdal.GetDriverByName(name).CreateCopy(
            target, source, options=options_with(options), **arguments
        )
        made = copy is not None
        copy = None
    return made, [args[2] for args in said if args[0] == gdal.CE_Failure]


def failed(source, *options, **arguments):
    """@return the one error of a copy that fails"""
    made, errors = attempt(source, *options, **arguments)
    assert not made
    assert len(errors) == 1, errors
    return errors[0]


def local_copy(folder, source, *options):
    """@return the bytes of the same copy on a disk"""
    made, errors = attempt(source, *options, target=f"{folder}/x.tif")
    assert made and not errors
    return read_bytes(f"{folder}/x.tif")


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
# Uploads that fail

# What GDAL aborts, because it fails while it is written.
ABORTED = [
    Fault("part", what, first)
    for what in ("refuse", "cut", "lose")
    for first in (1, 2, PARTS - 1)
]
# What fails when it is closed; GDAL leaves such uploads as they are.
LEFT = [Fault("part", what, PARTS) for what in ("refuse", "cut", "lose")]
LEFT += [Fault("complete", what) for what in ("refuse", "cut")]
DENIED = Fault("complete", "deny")
# What the store has done, and nobody has heard.
DONE = Fault("complete", "lose")
BEGIN = [Fault("begin", what) for what in ("refuse", "cut")]
# A few, of each kind, for every run.
FEW = [BEGIN[0], ABORTED[1], ABORTED[4], LEFT[0], LEFT[3], DENIED, DONE]


def often(values, few):
    """@return parameters, all but `few` of them for long runs"""
    return [
        pytest.param(
            value,
            id=f"{value.purpose} {value.first} {value.what}",
            marks=[] if value in few else pytest.mark.long,
        )
        for value in values
    ]


in_both_layouts = pytest.mark.parametrize(
    "options",
    [
        (),
        pytest.param((*COG, "OVERVIEWS=NONE"), marks=pytest.mark.long),
    ],
    ids=["GTIFF", "COG"],
)


@pytest.fixture
def older(proxy, tmp_path):
    """Bytes that are there."""
    data = tiff(tmp_path, make_source(40, 30))
    put("x.tif", data)
    gdal.VSICurlClearCache()
    proxy.asked.clear()
    return data


def test_number_of_parts(proxy, source):
    """What the faults below count on."""
    assert attempt(source) == (True, [])
    assert proxy.count("part") == PARTS


@pytest.mark.parametrize("fault", often([*BEGIN, *ABORTED, *LEFT, DENIED], FEW))
@in_both_layouts
def test_failed_upload_leaves_the_older_object(proxy, older, source, fault, options):
    proxy.faults = [fault]
    words = failed(source, *options, *KEEP_TARGET)
    assert "x.tif" in words
    proxy.faults = []
    assert read_bytes(TARGET) == older
    left = pending(proxy)
    assert left == (["x.tif"] if fault in [*LEFT, DENIED] else [])
    assert ("VSIAbortPendingUploads()" in words) == (fault in LEFT)
    assert proxy.count("abort") == (fault in ABORTED)
    assert proxy.count("delete") == 0


@pytest.mark.parametrize(
    "fault", often([*BEGIN, *ABORTED, *LEFT, DENIED, DONE], [LEFT[0], DONE])
)
def test_failed_upload_leaves_no_object(proxy, source, fault):
    proxy.faults = [fault]
    failed(source)
    proxy.faults = []
    assert objects() == []
    # As README.md says it is cleaned up.
    assert gdal.AbortPendingUploads(TARGET)
    assert pending(proxy) == []


def test_object_that_was_made_unheard_goes_again(proxy, older, source):
    proxy.faults = [DONE]
    failed(source, *KEEP_TARGET)
    assert objects() == []


def test_denied_upload_is_not_taken_for_the_older_object(proxy, source):
    """It has as many bytes, and is a raster: of other pixels."""
    with configured({"VSIS3_CHUNK_SIZE_BYTES": None, "VSIS3_CHUNK_SIZE": "5"}):
        assert attempt(make_source(2000, 1500, 2)) == (True, [])
        proxy.faults = [DENIED]
        words = failed(make_source(2000, 1500, 2, georeferenced=True), *KEEP_TARGET)
    assert "uploaded" in words


@pytest.mark.parametrize(
    "fault",
    often(
        [
            Fault(purpose, what, 1, 1)
            for purpose in ("begin", "part", "complete")
            for what in ("refuse", "cut", "lose")
        ],
        [Fault("part", "refuse", 1, 1), Fault("complete", "refuse", 1, 1)],
    ),
)
def test_one_fault_where_gdal_tries_again(proxy, tmp_path, source, fault):
    expected = local_copy(tmp_path, source)
    proxy.faults = [fault]
    with configured({"GDAL_HTTP_MAX_RETRY": "2"}):
        made, errors = attempt(source)
    proxy.faults = []
    if made or fault.what == "refuse":
        assert (made, errors) == (True, [])
        assert read_bytes(TARGET) == expected
    else:
        # GDAL 3.6 tries again after an answer, not where there was none.
        assert len(errors) == 1 and objects() == []


def test_failed_request_for_one_part_object(proxy, older):
    for what in ("refuse", "cut"):
        proxy.faults = [Fault("put", what)]
        failed(make_source(30, 20), *KEEP_TARGET)
        proxy.faults = []
        assert read_bytes(TARGET) == older


def test_gdal_deletes_a_raster_before_it_asks_us(proxy, older, source):
    """Unless CreateCopy() is told not to. So README.md says."""
    proxy.faults = [Fault("begin", "refuse")]
    failed(source)
    assert [one.purpose for one in proxy.asked].index("delete") < [
        one.purpose for one in proxy.asked
    ].index("begin")
    assert objects() == []


def test_cancelled_copy_asks_for_nothing(proxy, older, source):
    for fraction in (0.0, 0.3, 0.8):
        seen = []
        words = failed(source, *KEEP_TARGET, callback=recorder(seen, fraction))
        assert "cancelled" in words
        assert {one.purpose for one in proxy.asked} <= {"get", "list", "head"}
        assert read_bytes(TARGET) == older


@pytest.mark.parametrize(
    "what",
    ["refuse", pytest.param("cut", marks=pytest.mark.long), "lose"],
)
def test_failed_sidecar_leaves_no_raster(proxy, source, what):
    proxy.faults = [Fault("put", what, 1, 1, ".tfw")]
    assert ".tfw" in failed(source, "TFW=YES")
    proxy.faults = []
    assert objects() == [] and pending(proxy) == []


def test_source_that_fails_leaves_the_older_object(proxy, older, tmp_path, source):
    data = tiff(tmp_path, source, "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    (tmp_path / "cut.tif").write_bytes(data[: len(data) * 3 // 4])
    cut = gdal.Open(f"{tmp_path}/cut.tif")
    failed(cut, *KEEP_TARGET)
    assert proxy.count("begin") + proxy.count("put") == 0
    assert read_bytes(TARGET) == older


def test_create_that_fails(proxy, source):
    """What is no raster, and so not GDAL's to delete, stays until it is replaced."""
    put("x.tif", b"something else")
    made = driver().Create(TARGET, *SIZE, BANDS, options=OPTIONS)
    made.WriteArray(source.ReadAsArray())
    assert read_bytes(TARGET) == b"something else"
    proxy.faults = [Fault("part", "refuse", 2)]
    with collected_errors() as said:
        made = None
    assert len(said) == 1, said
    proxy.faults = []
    assert read_bytes(TARGET) == b"something else"
    gdal.Unlink(TARGET)
    made = driver().Create(TARGET, *SIZE, BANDS, options=OPTIONS)
    assert objects() == ["x.tif"]  # empty: so it is known that it can be written
    made.WriteArray(source.ReadAsArray())
    proxy.faults = [Fault("part", "refuse", 1, word="x.tif", count=999)]
    with collected_errors() as said:
        made = None
    assert len(said) == 1, said
    assert objects() == [] and pending(proxy) == []


###############################################################################
# kill -9


def environment(proxy):
    return {**os.environ, **proxy.config, **SMALL_PARTS}


@pytest.mark.parametrize(
    "purpose, first",
    [
        pytest.param("begin", 1, marks=pytest.mark.long),
        ("part", 3),
        pytest.param("complete", 1, marks=pytest.mark.long),
    ],
)
def test_killed_copy_leaves_no_object(proxy, tmp_path, source, purpose, first):
    tiff(tmp_path, source)
    proxy.faults = [Fault(purpose, "hold", first)]
    options = [word for option in OPTIONS for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND", *options]
    process = subprocess.Popen(
        [*command, f"{tmp_path}/given.tif", TARGET], env=environment(proxy)
    )
    ends = time.monotonic() + TIMEOUT
    while proxy.count(purpose) < first and time.monotonic() < ends:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(TIMEOUT) == -signal.SIGKILL
    proxy.faults = []
    assert objects() == []
    # Nobody is left who could abort it.
    assert pending(proxy) == ([] if purpose == "begin" else ["x.tif"])
    assert gdal.AbortPendingUploads(TARGET)
    assert pending(proxy) == []


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
