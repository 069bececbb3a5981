#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""rowband.copy() and rowband.write() where source, parts, chunks and target are objects
in a bucket, and no process has a disk in common with another."""

import pytest
from osgeo import gdal
from sources import colour, make_source
from stored import read_bytes

pytest.importorskip("distributed")
s3_store = pytest.importorskip("s3_store")

import dask_chunks  # noqa: E402
import rowband  # noqa: E402
from dask_cluster import Cluster  # noqa: E402

pytestmark = [s3_store.needs_object_store, pytest.mark.slow]

COG = {"LAYOUT": "COG", "BLOCKSIZE": 64, "PREDICTOR": "AUTO"}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Whose workers know the bucket from their environment."""
    store = tmp_path / "store"
    store.mkdir()
    with s3_store.running_store(store) as port:
        config = s3_store.config_of(port)
        for name, value in config.items():
            monkeypatch.setenv(name, value)
        cluster = Cluster(tmp_path / "cluster")
        try:
            cluster.have_workers(2)
            with s3_store.configured(config):
                gdal.VSICurlClearCache()
                assert gdal.Mkdir(s3_store.ROOT, 0o755) == 0
                yield cluster
        finally:
            cluster.stop()
            gdal.VSICurlClearCache()


def made_alone(source, target):
    """What one process makes."""
    rowband.driver.create_copy(target, source, [f"{k}={v}" for k, v in COG.items()])
    return read_bytes(target)


def test_all_in_a_bucket(cluster, tmp_path):
    root, one = s3_store.ROOT.rstrip("/"), str(tmp_path / "one.tif")
    work = f"{root}/work"
    source = colour(make_source(300, 1200, 3, gdal.GDT_Byte))
    rowband.driver.create_copy(f"{root}/source.tif", source, [])
    given = gdal.Open(f"{root}/source.tif")
    how = {"scheduler": cluster.address, "parts_dir": work, "options": COG}

    made = rowband.copy(
        f"{root}/source.tif", f"{root}/out.tif", parts=4, keep_parts=True, **how
    )
    assert made == 4
    gdal.VSICurlClearCache()
    assert read_bytes(f"{root}/out.tif") == made_alone(given, one)
    # Which it finds.
    assert rowband.copy(f"{root}/source.tif", f"{root}/out.tif", **how) == 0

    array = dask_chunks.computed((500, 300), (100, 200))
    rowband.write(array, f"{root}/array.tif", parts=3, **how)
    assert sorted(cluster.noted("computed")) == list(range(array.npartitions))
    gdal.VSICurlClearCache()
    alone = made_alone(rowband.pieces.as_dataset(array.compute()), one)
    assert read_bytes(f"{root}/array.tif") == alone
    assert s3_store.objects() == ["array.tif", "out.tif", "source.tif"]
    assert not gdal.ReadDir(work)
