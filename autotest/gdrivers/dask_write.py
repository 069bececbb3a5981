#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""rowband.write() and DataArray.rowband: arrays that Dask computes, each chunk once,
become the file that one process makes of all pixels in memory."""

import filecmp
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from osgeo import gdal
from programs import TIMEOUT

distributed = pytest.importorskip("distributed")
xarray = pytest.importorskip("xarray")

import dask_chunks  # noqa: E402
import rowband.xarray  # noqa: E402
from dask_cluster import Cluster, environment  # noqa: E402

pytestmark = pytest.mark.slow

WHERE = {"crs": 32632, "transform": (5e5, 10, 0, 5e6, 0, -10), "nodata": -1}
TILES = {"BLOCKXSIZE": 256, "BLOCKYSIZE": 256, "PREDICTOR": "YES"}
NOTHING = np.empty((0, 0), "float32")
COG = {"LAYOUT": "COG", "BLOCKSIZE": 64, "STATISTICS": "YES", "PREDICTOR": "AUTO"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("write") / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture(params=(1, 4), ids="{} workers".format)
def cluster(running, request):
    running.have_workers(request.param)
    return running


@pytest.fixture
def one(running):
    running.have_workers(1)
    return running


def names(folder):
    return sorted(os.listdir(folder))


def assert_as_in_one_process(folder, array, options, where=WHERE):
    """target.tif, which is alone there."""
    assert names(folder) == ["target.tif"]
    rowband.write(array.compute(), folder / "one.tif", options=options, **where)
    assert filecmp.cmp(folder / "target.tif", folder / "one.tif", shallow=False)


def slope_of(rows, columns, height, width):
    """The seed's case: what a function of neighbours makes of computed pixels."""
    base = dask_chunks.computed((height, width), (rows, columns))
    return base, base.map_overlap(
        dask_chunks.slope,
        depth=1,
        boundary="nearest",
        dtype="float32",
        meta=np.empty((0, 0), "float32"),
    )


###############################################################################
# Once


def test_each_chunk_of_a_slope_is_computed_once(cluster, tmp_path):
    base, slope = slope_of(1024, 700, 3000, 1500)
    made = rowband.write(
        slope,
        tmp_path / "target.tif",
        scheduler=cluster.address,
        parts=4,
        options=TILES,
        **WHERE,
    )
    assert made == 4
    assert sorted(cluster.noted("computed")) == list(range(base.npartitions))
    assert len(cluster.noted("slope")) == slope.npartitions
    assert_as_in_one_process(tmp_path, slope, TILES)


CHUNKS = {
    "rows": (1, 40, 200),
    "columns": (3, 500, 16),
    "uneven": ((1, 2), (7, 200, 293), (130, 70)),
    "one": (3, 500, 200),
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_chunks_of_any_shape(one, tmp_path, chunks):
    array = dask_chunks.computed((3, 500, 200), chunks)
    rowband.write(
        array,
        tmp_path / "target.tif",
        scheduler=one.address,
        parts=3,
        options=COG,
        **WHERE,
    )
    assert sorted(one.noted("computed")) == list(range(array.npartitions))
    assert_as_in_one_process(tmp_path, array, COG)


def test_a_chunk_goes_when_the_last_part_that_reads_it_is_finished(one, tmp_path):
    """None are left when the parts are merged."""
    left = {}

    def look(fraction, words):
        left[words] = sum(".rowband-chunk-" in name for name in names(tmp_path))

    rowband.write(
        dask_chunks.computed((500, 200), (40, 200)),
        tmp_path / "target.tif",
        scheduler=one.address,
        parts=3,
        options=COG,
        progress=look,
    )
    assert left["merging"] == 0 and left["2 of 3 parts"] > 0


@pytest.mark.parametrize("dtype", ("bool", "uint8", ">i2", "float64", "complex64"))
def test_types(one, tmp_path, dtype):
    array = dask_chunks.computed((150, 100), (64, 64)).astype(dtype)
    rowband.write(array, tmp_path / "target.tif", scheduler=one.address, parts=2)
    assert_as_in_one_process(tmp_path, array, {}, {})
    read = gdal.Open(str(tmp_path / "target.tif")).ReadAsArray()
    assert (read == array.compute()).all()


###############################################################################
# Memory

SIDE = 8192
BUDGET_MB = 32
BESIDES_MB = 60


ARRAYS = {
    "a chunk of 32 MB": lambda: dask_chunks.computed((SIDE, SIDE), (1024, SIDE)),
    "a slope": lambda: slope_of(1024, 2048, SIDE, 2048)[1],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_memory_of_a_worker(one, tmp_path, array):
    """No more than a chunk beside what a part takes."""
    array = array()
    chunk_mb = np.prod(array.chunksize) * array.dtype.itemsize >> 20
    with distributed.Client(one.address, set_as_default=False) as client:
        warm = dask_chunks.computed((64, 64), (64, 64))
        rowband.write(warm, tmp_path / "warm.tif", client=client, parts=1)
        (before,) = client.run(dask_chunks.forget_peak).values()
        rowband.write(
            array,
            tmp_path / "target.tif",
            client=client,
            parts=4,
            options={"BUDGET": f"{BUDGET_MB}M", "ZLEVEL": 1},
        )
        (peak,) = client.run(dask_chunks.resident_mb, "VmHWM").values()
    assert peak - before <= BUDGET_MB + chunk_mb + BESIDES_MB


###############################################################################
# Killed, and wrong

CLIENT = """
import os, signal, sys, dask_chunks, dask_faults, rowband
dask_faults.send_after(2, os.getpid(), signal.SIGKILL)
array = dask_chunks.computed((1000, 200), (100, 200))
rowband.write(array, "target.tif", scheduler=sys.argv[1], parts=4, options={options})
"""


def test_a_client_that_is_killed_leaves_chunks_and_parts(one, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", CLIENT.format(options=COG), one.address],
        cwd=tmp_path,
        env=environment(one.notes),
        timeout=TIMEOUT,
    )
    assert ended.returncode == -signal.SIGKILL
    assert "target.tif" not in names(tmp_path)
    array = dask_chunks.computed((1000, 200), (100, 200))
    made = rowband.write(
        array, tmp_path / "target.tif", scheduler=one.address, parts=4, options=COG
    )
    assert made <= 2
    assert sorted(one.noted("made")) == [1, 2, 3, 4]
    # The worker may have been at one, whose file was not there yet.
    computed = one.noted("computed")
    assert set(computed) == set(range(array.npartitions))
    assert len(computed) <= array.npartitions + 1
    assert_as_in_one_process(tmp_path, array, COG, {})


def test_another_array_takes_nothing_of_the_first_ones(one, tmp_path):
    target = tmp_path / "target.tif"
    first = dask_chunks.computed((300, 200), (100, 200))
    where = {"scheduler": one.address, "parts": 2}
    rowband.write(first, target, keep_parts=True, **where)
    rowband.write(first + 1, target, **where)
    assert_as_in_one_process(tmp_path, first + 1, {}, {})


def test_a_function_that_fails_says_which_chunk_and_why(one, tmp_path):
    array = dask_chunks.computed((300, 200), (100, 200)).map_blocks(
        dask_chunks.fail_at, 2, dtype="float32"
    )
    with pytest.raises(rowband.Failure, match=r"^chunk 0, 2, 0: ValueError: no pixels"):
        rowband.write(array, tmp_path / "target.tif", scheduler=one.address, parts=2)
    assert "target.tif" not in names(tmp_path)


@pytest.mark.parametrize("how", ("cut", "double"))
def test_a_chunk_that_is_not_what_the_array_says_is_refused(one, tmp_path, how):
    array = dask_chunks.computed((300, 200), (100, 200)).map_blocks(
        dask_chunks.changed, how, dtype="float32", meta=NOTHING
    )
    with pytest.raises(rowband.Failure, match=r"^chunk 0, \d, 0: computed are \("):
        rowband.write(array, tmp_path / "target.tif", scheduler=one.address, parts=2)
    assert "target.tif" not in names(tmp_path)


def test_bytes_with_a_sign_stay_what_they_are(tmp_path):
    """GDAL 3.6 has none."""
    array, path = np.full((4, 5), -3, "int8"), tmp_path / "a.tif"
    try:
        rowband.write(array, path)
    except rowband.Failure as failure:
        assert "no pixels of type int8" in str(failure)
        assert not hasattr(gdal, "GDT_Int8")
    else:
        assert (gdal.Open(str(path)).ReadAsArray() == array).all()


REFUSED_ARGUMENTS = {
    "crs": ("nonsense", "'nonsense' is not understood"),
    "nodata": ("x", "nodata='x': a number"),
    "options": ("LAYOUT=COG", "a dictionary or a list"),
    "transform": ((0, 1, 0, float("nan"), 0, 1), "six numbers"),
}


@pytest.mark.parametrize("name", REFUSED_ARGUMENTS)
def test_arguments_that_make_no_sense_are_refused(tmp_path, name):
    value, words = REFUSED_ARGUMENTS[name]
    with pytest.raises(rowband.Failure, match=words):
        rowband.write(np.zeros((4, 5)), tmp_path / "a.tif", **{name: value})
    assert names(tmp_path) == []


REFUSED = {
    "one dimension": (lambda: np.zeros(5), "shape"),
    "nothing": (lambda: np.zeros((0, 5)), "shape"),
    "words": (lambda: np.zeros((5, 5), "U3"), "type"),
    "a list": (lambda: [[1, 2]], "list: an array"),
    "a data set": (lambda: xarray.Dataset(), "Dataset: an array"),
    "a mask": (lambda: np.ma.zeros((5, 5)), "masked"),
    "xarray's": (lambda: xarray.DataArray(np.zeros((5, 5))), "array.rowband"),
}


@pytest.mark.parametrize("array, words", REFUSED.values(), ids=REFUSED)
def test_what_is_no_raster_is_refused(tmp_path, array, words):
    with pytest.raises(rowband.Failure, match=words):
        rowband.write(array(), tmp_path / "target.tif")
    assert names(tmp_path) == []


###############################################################################
# xarray


def located(array, **attributes):
    """A DataArray by rioxarray's conventions, without rioxarray."""
    height, width = array.shape[-2:]
    grid = {
        "crs_wkt": rowband.georeference.crs_as_wkt(32632),
        "GeoTransform": "500000 10 0 5000000 0 -10",
    }
    coordinates = {
        "y": 5e6 - 5 - 10 * np.arange(height),
        "x": 5e5 + 5 + 10 * np.arange(width),
        "spatial_ref": ((), 0, grid),
    }
    dimensions = ("band", "y", "x")[-array.ndim :]
    attributes = {"grid_mapping": "spatial_ref", **attributes}
    return xarray.DataArray(array, coordinates, dimensions, attrs=attributes)


def test_an_accessor_writes_a_cog_of_a_dask_array(one, tmp_path):
    array = dask_chunks.computed((300, 200), (100, 130))
    located(array, _FillValue=-1).rowband.to_cog(
        tmp_path / "target.tif",
        scheduler=one.address,
        parts=2,
        options={"BLOCKSIZE": 64},
    )
    assert sorted(one.noted("computed")) == list(range(array.npartitions))
    assert_as_in_one_process(tmp_path, array, {"LAYOUT": "COG", "BLOCKSIZE": 64})


def test_what_rioxarray_writes_is_what_the_accessor_writes(tmp_path):
    """Sliced, so that the GeoTransform that was read is not the raster's."""
    pytest.importorskip("rioxarray")
    array = located(dask_chunks.computed((60, 50), (60, 50)).compute(), _FillValue=7.0)
    for cut in (array, array[10:, 20:]):
        cut.rowband.to_geotiff(tmp_path / "ours.tif")
        cut.rio.to_raster(tmp_path / "theirs.tif", driver="ROWBAND")
        assert filecmp.cmp(
            tmp_path / "ours.tif", tmp_path / "theirs.tif", shallow=False
        )


def test_values_that_reading_has_masked_and_scaled_are_the_files_again(tmp_path):
    numbers = np.arange(20, dtype="float32").reshape(4, 5)
    numbers[1, 2] = np.nan
    array = located(numbers, long_name="height", units="m")
    array.encoding = {
        "dtype": "int16",
        "_FillValue": -9,
        "scale_factor": 0.5,
        "add_offset": 3.0,
    }
    array.rowband.to_cog(tmp_path / "a.tif")
    dataset = gdal.Open(str(tmp_path / "a.tif"))
    band = dataset.GetRasterBand(1)
    read = band.ReadAsArray()
    assert band.DataType == gdal.GDT_Int16
    assert (band.GetNoDataValue(), read[1, 2]) == (-9, -9)
    assert (band.GetScale(), band.GetOffset()) == (0.5, 3)
    assert (band.GetDescription(), band.GetUnitType()) == ("height", "m")
    assert read[0].tolist() == [-6, -4, -2, 0, 2]


BAD_COORDINATES = {
    "not even": ([0, 1, 2, 3, 5], "x are not evenly spaced"),
    "all the same": ([7] * 5, "x are not evenly spaced"),
    "words": (list("abcde"), "x are not numbers"),
    "times": (np.arange(5).astype("M8[ns]"), "x are not numbers"),
}


@pytest.mark.parametrize("values, words", BAD_COORDINATES.values(), ids=BAD_COORDINATES)
def test_coordinates_that_are_no_grid_are_refused(tmp_path, values, words):
    array = located(np.zeros((4, 5)))
    array = array.assign_coords(x=values)
    with pytest.raises(rowband.Failure, match=words):
        array.rowband.to_cog(tmp_path / "a.tif")
    assert names(tmp_path) == []


@pytest.mark.parametrize("dims", (("x", "y"), ("y", "x", "band"), ("lon", "a", "lat")))
def test_dimensions_in_another_order_are_refused(tmp_path, dims):
    array = xarray.DataArray(np.zeros((3, 4, 5)[: len(dims)]), dims=dims)
    with pytest.raises(rowband.Failure, match="transpose"):
        array.rowband.to_cog(tmp_path / "a.tif")
    array = xarray.DataArray(np.zeros((3, 4, 5)), dims=("time", "lat", "lon"))
    array.rowband.to_cog(tmp_path / "a.tif")


def test_a_row_whose_height_is_not_known_is_told(tmp_path):
    array = xarray.DataArray(np.zeros((1, 5)), {"x": range(5), "y": [3]}, ("y", "x"))
    with pytest.warns(rowband.driver.DriverWarning, match="size of pixels"):
        array.rowband.to_cog(tmp_path / "a.tif")
