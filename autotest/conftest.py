# SPDX-License-Identifier: MIT
"""Fixtures of all tests, and the one place where the plugin is looked for."""

import os
import uuid
from pathlib import Path

import pytest

# Before GDAL is imported: it registers drivers then.
os.environ.setdefault(
    "GDAL_DRIVER_PATH", str(Path(__file__).resolve().parents[1] / "build/release")
)

from osgeo import gdal  # noqa: E402

# Several tests want an error; each says so itself. PAM and internal masks are
# as gdal_translate's users have them, except that GTiff must be told to put
# the mask where ROWBAND puts it.
CONFIG = {"GDAL_TIFF_INTERNAL_MASK": "YES"}


def pytest_configure(config):
    gdal.DontUseExceptions()
    if gdal.GetDriverByName("ROWBAND") is None:
        pytest.exit(
            f"no ROWBAND driver in GDAL_DRIVER_PATH={os.environ['GDAL_DRIVER_PATH']}",
            returncode=1,
        )


@pytest.fixture(autouse=True)
def gdal_state():
    """The same configuration for every test; none leaves its own behind."""
    for key, value in CONFIG.items():
        gdal.SetConfigOption(key, value)
    gdal.ErrorReset()
    yield
    gdal.DontUseExceptions()


@pytest.fixture(
    scope="session",
    params=["short", pytest.param("long", marks=pytest.mark.long)],
)
def times(request):
    """times(short=A, long=B): how often, or how much of something. A test that
    asks has a long form too, which pytest's -m selects."""
    return lambda short, long: long if request.param == "long" else short


@pytest.fixture
def tmp_vsimem():
    """A folder of one's own in /vsimem, removed afterwards."""
    path = f"/vsimem/{uuid.uuid4().hex}"
    gdal.Mkdir(path, 0o755)
    yield path
    gdal.RmdirRecursive(path)
