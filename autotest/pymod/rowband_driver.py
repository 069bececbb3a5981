# SPDX-License-Identifier: MIT
"""The driver, as tests call it, cancel it and are refused by it."""

from gtiff_compare import collected_errors
from osgeo import gdal

# Several tiles each way, the last ones cut.
SMALL_TILES = ("BLOCKXSIZE=32", "BLOCKYSIZE=16")

# In GDAL 3.6's words and in later ones'.
KEEP_TARGET = ["QUIET_DELETE_ON_CREATE_COPY=NO", "@QUIET_DELETE_ON_CREATE_COPY=NO"]


def driver():
    return gdal.GetDriverByName("ROWBAND")


def assert_refused(target, source, options, *words):
    """One error that names the thing; no dataset and no file."""
    with collected_errors() as said:
        result = driver().CreateCopy(target, source, options=list(options))
    assert result is None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1, said
    for word in words:
        assert word in errors[0]
    assert gdal.VSIStatL(target) is None


def recorder(seen, stop_at=2.0):
    """A callback that notes the fractions, and cancels from one of them on."""

    def callback(fraction, message, data):
        seen.append(fraction)
        return 0 if fraction >= stop_at else 1

    return callback
