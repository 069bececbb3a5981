#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Uploads to a bucket fail, at every request and in several ways, are cancelled and
killed: there is the whole object or one error, and the object that was there before."""

import signal
import subprocess
import time

import pytest
from gtiff_compare import collected_errors
from object_copies import (  # noqa: F401
    BANDS,
    COG,
    OPTIONS,
    PARTS,
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
from programs import TIMEOUT
from rowband_driver import KEEP_TARGET, driver, recorder
from s3_store import (
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
# Faults

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


@in_both_layouts
def test_cancelled_upload_is_aborted(proxy, older, options):
    def cancel_once_a_part_is_there(fraction, message, data):
        return proxy.count("part") == 0

    source = make_source(1000, 900, BANDS)
    with configured({"VSIS3_CHUNK_SIZE_BYTES": "500000"}):
        words = failed(
            source, *options, *KEEP_TARGET, callback=cancel_once_a_part_is_there
        )
    assert "cancelled" in words
    assert (proxy.count("abort"), proxy.count("complete")) == (1, 0)
    assert read_bytes(TARGET) == older and pending(proxy) == []


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
