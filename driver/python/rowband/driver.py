# SPDX-License-Identifier: MIT
"""What GDAL and the driver are asked.

Nothing here changes what the process has set: whether GDAL raises exceptions,
its error handlers and its configuration are as they were afterwards."""

import warnings

from osgeo import gdal

NAME = "ROWBAND"


class Failure(Exception):
    """What a person is told: GDAL's words, and what they are about."""


def call(function, *args, **kwargs):
    """What a function of GDAL returns, with or without gdal.UseExceptions().
    Its warnings become Python's.
    @raise Failure with GDAL's first error, if there is one or it returns None"""
    errors, warned = [], []

    def note(kind, number, text):
        (errors if kind >= gdal.CE_Failure else warned).append(text)

    gdal.PushErrorHandler(note)
    try:
        result = function(*args, **kwargs)
    except RuntimeError as error:
        raise Failure(errors[0] if errors else str(error)) from None
    finally:
        gdal.PopErrorHandler()
    for text in warned:
        warnings.warn(text, stacklevel=3)
    if errors or result is None:
        raise Failure(errors[0] if errors else f"{function.__name__}() failed")
    return result


def find_driver():
    """@raise Failure if this GDAL has not got it"""
    driver = gdal.GetDriverByName(NAME)
    if driver is None:
        raise Failure(
            f"GDAL {gdal.VersionInfo('RELEASE_NAME')} here has no {NAME} driver: "
            "install the plugin for this version, or have GDAL_DRIVER_PATH name "
            "its folder"
        )
    return driver


def open_raster(name):
    return call(gdal.OpenEx, str(name), gdal.OF_RASTER)
