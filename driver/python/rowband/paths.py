# SPDX-License-Identifier: MIT
"""Names of files, on disks and in GDAL's virtual file systems."""

import os
import re

from osgeo import gdal

from .driver import Failure


def is_virtual(name):
    return name.startswith("/vsi")


def absolute(name):
    """What a worker, which has a working directory of its own, knows the file
    by. What is no file's name stays: "WMS:https://..." """
    name = os.fspath(name)
    if is_virtual(name) or (":" in name and not os.path.exists(name)):
        return name
    return os.path.abspath(name)


def name_of(path):
    return path.rpartition("/")[2]


def folder_of(path):
    return path.rpartition("/")[0] or "/"


def join(folder, name):
    return f"{folder.rstrip('/')}/{name}"


def list_folder(folder):
    """Names in it; none if there is no such folder."""
    return gdal.ReadDir(folder) or []


def make_folder(folder):
    """Object stores have none: a name with / is all it takes."""
    remote = is_virtual(folder) and not folder.startswith("/vsimem/")
    if remote or gdal.VSIStatL(folder) is not None:
        return
    if gdal.MkdirRecursive(folder, 0o755) != 0:
        raise Failure(f"cannot make the folder {folder}")


def remove_file(path):
    gdal.Unlink(path)


def remove_matching(folder, pattern):
    """Removes the files of a folder whose names begin as a regular expression says."""
    for file in list_folder(folder):
        if re.match(pattern, file):
            remove_file(join(folder, file))


def write_file(path, content):
    """@param content bytes
    @raise Failure unless they are all there"""
    file = gdal.VSIFOpenL(path, "wb")
    written = file is not None and gdal.VSIFWriteL(content, 1, len(content), file)
    if file is None or gdal.VSIFCloseL(file) != 0 or written != len(content):
        raise Failure(f"cannot write {path}: {gdal.GetLastErrorMsg()}")


def refuse_memory(name, what):
    """/vsimem/ is of one process."""
    if name.startswith("/vsimem/"):
        raise Failure(f"{what} {name} is in the memory of this process alone")


def same_file(one, other):
    if one == other:
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
