# SPDX-License-Identifier: MIT
"""What GDAL and the driver are asked.

Nothing here changes what the process has set: whether GDAL raises exceptions,
its error handlers and its configuration are as they were afterwards."""

import sys
import warnings
from contextlib import contextmanager

from osgeo import gdal

NAME = "ROWBAND"


class Failure(Exception):
    """What a person is told: GDAL's words, and what they are about."""


class DriverWarning(UserWarning):
    """A warning of GDAL's or the driver's."""


def call(function, *args, warned=None, **kwargs):
    """What a function of GDAL returns, with or without gdal.UseExceptions().
    @param warned a list that gets its warnings; without, they become Python's
    @raise Failure with GDAL's first error, if there is one or it returns None"""
    errors, said = [], []

    def note(kind, number, text):
        if kind >= gdal.CE_Failure:
            errors.append(text)
        elif kind == gdal.CE_Warning and QUIET_DELETE not in text:
            said.append(text)

    gdal.PushErrorHandler(note)
    try:
        result = function(*args, **kwargs)
    except RuntimeError as error:
        raise Failure(errors[0] if errors else str(error)) from None
    finally:
        gdal.PopErrorHandler()
        tell_warnings(said, warned)
    if errors or result is None:
        raise Failure(errors[0] if errors else f"{function.__name__}() failed")
    return result


def tell_warnings(said, warned):
    if warned is not None:
        warned += said
        return
    for text in said:
        warnings.warn(text, DriverWarning, stacklevel=4)


@contextmanager
def told_warnings():
    """For commands: each warning is a line."""
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", DriverWarning)
        yield


def show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"rowband: warning: {message}", file=sys.stderr)


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


# Has GDAL not delete an older target before the driver is asked: in 3.6's words and
# in later ones', which warn of the others.
QUIET_DELETE = "QUIET_DELETE_ON_CREATE_COPY"
KEEP_TARGET = (f"{QUIET_DELETE}=NO", f"@{QUIET_DELETE}=NO")


def replace_copy(target, source, options, report=None):
    """create_copy() where an older target stays until the new one is whole."""
    create_copy(target, source, [*options, *KEEP_TARGET], report)


def create_copy(target, source, options, report=None, warned=None):
    """CreateCopy(), which an interrupt cancels.
    @param options NAME=VALUE each
    @param report called with the fraction that is done, now and then
    @param warned as in call()
    @raise Failure; KeyboardInterrupt"""
    interrupted = []

    def callback(fraction, message, data):
        try:
            if report is not None:
                report(fraction)
        except BaseException as error:  # must not pass through C
            interrupted.append(error)
        return 0 if interrupted else 1

    arguments = {"options": list(options), "callback": callback, "warned": warned}
    try:
        call(find_driver().CreateCopy, target, source, **arguments)
    except Failure:
        if not interrupted:
            raise
    if interrupted:
        raise interrupted[0]


def open_raster(name):
    return call(gdal.OpenEx, str(name), gdal.OF_RASTER | gdal.OF_VERBOSE_ERROR)
