# SPDX-License-Identifier: MIT
"""Copies to an object store, for tests that begin with
pytestmark = [needs_object_store, ...]"""

import os

import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from s3_store import ROOT, configured, objects, pending, proxied, running_store
from sources import colour, make_source
from stored import read_bytes

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


def environment(proxy):
    """For another program that writes to the store."""
    return {**os.environ, **proxy.config, **SMALL_PARTS}
