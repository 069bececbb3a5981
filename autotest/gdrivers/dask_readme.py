#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""driver/python/README.md: its examples are run."""

import os
import re
import sys
from pathlib import Path

import pytest
from osgeo import gdal
from programs import run_program
from sources import make_source

pytest.importorskip("distributed")

from dask_cluster import PACKAGE, environment  # noqa: E402

pytestmark = pytest.mark.slow

TEXT = (Path(PACKAGE) / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.mark.parametrize("code", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_example(tmp_path, code):
    if "xarray" in code:
        pytest.importorskip("rioxarray")
    dem = make_source(900, 700, 1, gdal.GDT_UInt16)
    gdal.Translate(str(tmp_path / "dem.tif"), dem, format="GTiff")
    run_program(tmp_path, sys.executable, "-c", code, env=environment(tmp_path))
    wanted = set(re.findall(r"\w+\.tif\b", code)) | {"dem.tif"}
    assert {name for name in os.listdir(tmp_path) if ".tif" in name} == wanted
    for name in wanted:
        assert gdal.Open(str(tmp_path / name)).ReadAsArray().any()


def test_there_are_examples():
    assert len(EXAMPLES) == 2
