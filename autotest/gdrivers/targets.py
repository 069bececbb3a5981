#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""What becomes of a target that is there already, for whoever has it open or by
another name: the table in driver/README.md."""

import errno
import itertools
import os
import stat
import threading

import pytest
from faults import Attempt, pixels_of
from gtiff_compare import collected_errors
from osgeo import gdal
from rowband_driver import KEEP_TARGET, driver, recorder
from sources import make_source

OTHER = b"neither empty nor a raster"
CONTENTS = ("nothing", "empty", "raster", "other")

# By name: the driver, its options, and whether by Create().
WRITERS = {
    "GTIFF": ("ROWBAND", [], False),
    "COG": ("ROWBAND", ["LAYOUT=COG"], False),
    "sidecars": ("ROWBAND", ["TFW=YES", "PROFILE=BASELINE"], False),
    "Create()": ("ROWBAND", [], True),
    "Create(), COG": ("ROWBAND", ["LAYOUT=COG"], True),
}
# What GTiff does with the same target.
GTIFF = {
    name: ("GTiff", [] if "LAYOUT=COG" in options else options, create)
    for name, (_, options, create) in WRITERS.items()
}


@pytest.fixture(scope="module")
def source():
    return make_source(120, 90, 1)


@pytest.fixture(scope="module")
def contents(tmp_path_factory, source):
    path = tmp_path_factory.mktemp("older") / "raster.tif"
    made = gdal.GetDriverByName("GTiff").Create(str(path), 5, 4)
    made.GetRasterBand(1).Fill(1)
    del made
    return {
        "nothing": None,
        "empty": b"",
        "raster": path.read_bytes(),
        "other": OTHER,
    }


def write(target, source, writer, keep=False, fail=False):
    """@return whether there was a result"""
    name, options, create = writer
    options = [*options, *(KEEP_TARGET if keep else [])]
    if not create:
        more = {"callback": recorder([], stop_at=0.0)} if fail else {}
        return Attempt(target, source, options, driver=name, **more).made
    with collected_errors() as said:
        made = gdal.GetDriverByName(name).Create(
            str(target), source.RasterXSize, source.RasterYSize, options=options
        )
        made.WriteRaster(0, 0, made.RasterXSize, made.RasterYSize, source.ReadRaster())
        del made
    return not said


class Seen:
    """What is at the target, and behind whatever else leads to the file that was
    there before: each "empty", "before", "new", or None for no file."""

    def __init__(self, before):
        self.before = before

    def name(self, data):
        if data is None:
            return None
        if data == b"":
            return "empty"
        if data == self.before:
            return "before"
        return "new" if data[:2] == b"II" else data[:16]


def read_if_there(path):
    return path.read_bytes() if path.exists() else None


def on_disk(folder, before, link, action):
    """@return (what is where, mode of the target)"""
    seen = Seen(before)
    ends = folder / "ends"
    ends.mkdir()
    target = end = folder / "target.tif"
    if link:
        end = ends / "end.tif"
        target.symlink_to(end)
    file = None
    if before is not None:
        end.write_bytes(before)
        end.chmod(0o660)
        os.link(end, ends / "second")
        file = os.open(end, os.O_RDONLY)
    try:
        action(target)
        found = {"target": seen.name(read_if_there(target))}
        if file is not None:
            found["descriptor"] = seen.name(os.pread(file, 1 << 20, 0))
            found["hard link"] = seen.name(read_if_there(ends / "second"))
    finally:
        if file is not None:
            os.close(file)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    return found, mode


def read_from_start(handle):
    gdal.VSIFSeekL(handle, 0, 0)
    return bytes(gdal.VSIFReadL(1, 1 << 20, handle) or b"")


def in_memory(folder, before, action):
    seen = Seen(before)
    target = f"{folder}/target.tif"
    held = None
    if before is not None:
        held = gdal.VSIFOpenL(target, "wb+")
        gdal.VSIFWriteL(before, 1, len(before), held)
        gdal.VSIFFlushL(held)
    action(target)
    found = {"target": None}
    reader = gdal.VSIFOpenL(target, "rb") if gdal.VSIStatL(target) else None
    if reader is not None:
        found["target"] = seen.name(read_from_start(reader))
        gdal.VSIFCloseL(reader)
    if held is not None:
        found["handle"] = seen.name(read_from_start(held))
        gdal.VSIFCloseL(held)
    return found


def umask_mode():
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


# Whether GDAL is told not to delete a raster first, which Create() always does.
keeps = pytest.mark.parametrize("keep", [False, True], ids=["", "kept"])
writers_and_keeps = pytest.mark.parametrize(
    "writer, keep",
    [
        pair
        for pair in itertools.product(WRITERS, [False, True])
        if not (pair[1] and WRITERS[pair[0]][2])
    ],
)
links = pytest.mark.parametrize("link", [False, True], ids=["file", "link"])
all_contents = pytest.mark.parametrize("content", CONTENTS)


def is_deleted_first(content, writer, keep):
    return content == "raster" and (not keep or WRITERS[writer][2])


@links
@writers_and_keeps
@all_contents
def test_target_on_disk(tmp_path, source, contents, content, writer, link, keep):
    """As with GTiff; but what has content is replaced, not written into."""
    result = {}
    for name, table in (("ours", WRITERS), ("theirs", GTIFF)):
        folder = tmp_path / name
        folder.mkdir()
        action = lambda target: write(target, source, table[writer], keep)
        result[name] = on_disk(folder, contents[content], link, action)
        leads = (folder / "target.tif").is_symlink()
        assert leads == (link and not is_deleted_first(content, writer, keep))
    ours, mode = result["ours"]
    assert ours["target"] == "new"
    # GDAL deletes the link itself; what is made then is a new file.
    deleted = is_deleted_first(content, writer, keep)
    assert mode == (umask_mode() if deleted or content == "nothing" else 0o660)
    if content in ("raster", "other") and not deleted:
        assert ours == {"target": "new", "descriptor": "before", "hard link": "before"}
        assert result["theirs"][1] == mode
    else:
        assert result["ours"] == result["theirs"]


@writers_and_keeps
@all_contents
def test_target_in_memory(tmp_vsimem, source, contents, content, writer, keep):
    """As with GTiff, always."""
    result = [
        in_memory(
            f"{tmp_vsimem}/{name}",
            contents[content],
            lambda target: write(target, source, table[writer], keep),
        )
        for name, table in (("ours", WRITERS), ("theirs", GTIFF))
    ]
    assert result[0]["target"] == "new"
    assert result[0] == result[1]


def expected_after_failure(content):
    """Behind all that leads to the file."""
    if content == "nothing":
        return None
    return "empty" if content == "empty" else "before"


@keeps
@links
@pytest.mark.parametrize("writer", ["GTIFF", "COG", "sidecars"])
@all_contents
def test_failure_on_disk(tmp_path, source, contents, content, writer, link, keep):
    def fail(target):
        assert not write(target, source, WRITERS[writer], keep, fail=True)

    found, mode = on_disk(tmp_path, contents[content], link, fail)
    expected = expected_after_failure(content)
    deleted = is_deleted_first(content, writer, keep)
    assert found.pop("target") == (None if deleted else expected)
    assert set(found.values()) <= {expected}
    assert mode == (None if deleted or content == "nothing" else 0o660)
    assert set(os.listdir(tmp_path)) <= {"ends", "target.tif"}
    assert set(os.listdir(tmp_path / "ends")) <= {"end.tif", "second"}


@keeps
@pytest.mark.parametrize("writer", ["GTIFF", "COG", "sidecars"])
@all_contents
def test_failure_in_memory(tmp_vsimem, source, contents, content, writer, keep):
    def fail(target):
        assert not write(target, source, WRITERS[writer], keep, fail=True)

    found = in_memory(tmp_vsimem, contents[content], fail)
    expected = expected_after_failure(content)
    deleted = is_deleted_first(content, writer, keep)
    assert found.pop("target") == (None if deleted else expected)
    assert set(found.values()) <= {expected}
    assert set(gdal.ReadDir(tmp_vsimem) or []) <= {"target.tif"}


###############################################################################
# Create()


@pytest.mark.parametrize("content", ["empty", "other"])
def test_create_leaves_what_is_there_until_it_is_closed(tmp_path, source, content):
    target = tmp_path / "target.tif"
    before = OTHER if content == "other" else b""
    target.write_bytes(before)
    made = driver().Create(str(target), 40, 30)
    assert target.read_bytes() == before
    made.GetRasterBand(1).Fill(7)
    assert target.read_bytes() == before
    del made
    assert gdal.Open(str(target)).ReadAsArray().min() == 7


@pytest.mark.parametrize("content", ["nothing", "empty", "other"])
def test_create_that_fails_deletes_only_what_it_made(tmp_path, content):
    target, in_the_way = tmp_path / "target.tif", tmp_path / "target.tfw"
    before = {"nothing": None, "empty": b"", "other": OTHER}[content]
    if before is not None:
        target.write_bytes(before)
    made = driver().Create(str(target), 40, 30, options=["TFW=YES"])
    made.SetGeoTransform((0, 1, 0, 30, 0, -1))
    in_the_way.mkdir()
    (in_the_way / "kept").touch()
    with collected_errors() as said:
        del made
    assert len(said) == 1 and "target.tfw" in said[0][2]
    assert read_if_there(target) == before
    left = {"target.tfw"} if before is None else {"target.tfw", "target.tif"}
    assert set(os.listdir(tmp_path)) == left


###############################################################################
# Rights


def set_attribute(path, name, value):
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.EPERM):
            raise
        pytest.skip(f"no {name} on this file system")


# Version 2; owner rw-, user 12345 rw-, group r--, mask rw-, others ---.
ACCESS_LIST = bytes.fromhex(
    "02000000 0100 0600 ffffffff 0200 0600 39300000"
    "0400 0400 ffffffff 1000 0600 ffffffff 2000 0000 ffffffff"
)


@pytest.mark.parametrize("content", ["empty", "other"])
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("attribute", ["user.note", "system.posix_acl_access"])
def test_attributes_are_kept(tmp_path, source, writer, content, attribute):
    target = tmp_path / "target.tif"
    target.write_bytes(OTHER if content == "other" else b"")
    target.chmod(0o640)
    value = ACCESS_LIST if "acl" in attribute else b"said of it"
    set_attribute(target, attribute, value)
    before = target.stat()
    assert write(target, source, WRITERS[writer])
    assert os.getxattr(target, attribute) == value
    assert target.stat().st_mode == before.st_mode


def test_a_list_of_the_folder_does_not_add_to_rights(tmp_path, source):
    """What a new file in the folder would be given, the one that replaces an older
    one is not."""
    target = tmp_path / "target.tif"
    target.write_bytes(OTHER)
    target.chmod(0o600)
    set_attribute(tmp_path, "system.posix_acl_default", ACCESS_LIST)
    assert write(target, source, WRITERS["GTIFF"])
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "system.posix_acl_access" not in os.listxattr(target)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("content", ["empty", "other"])
def test_owner_is_kept(tmp_path, source, content):
    target, sidecar = tmp_path / "target.tif", tmp_path / "target.tfw"
    target.write_bytes(OTHER if content == "other" else b"")
    sidecar.write_bytes(OTHER)
    for path in (target, sidecar):
        os.chown(path, 12345, 23456)
        path.chmod(0o604)
    assert write(target, source, WRITERS["sidecars"])
    for path in (target, sidecar):
        there = path.stat()
        assert (there.st_uid, there.st_gid) == (12345, 23456)
        assert stat.S_IMODE(there.st_mode) == 0o604


###############################################################################
# Names of what is open


@pytest.mark.parametrize("writer", ["GTIFF", "COG", "Create()"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
def test_target_by_its_descriptor(tmp_path, source, writer, named):
    path = tmp_path / "target.tif"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not named:
            os.unlink(path)
        assert write(f"/proc/self/fd/{file}", source, WRITERS[writer])
        assert pixels_of(f"/proc/self/fd/{file}") == [bytes(source.ReadRaster())]
        assert os.listdir(tmp_path) == (["target.tif"] if named else [])
    finally:
        os.close(file)


def test_failure_by_a_descriptor(tmp_path, source):
    """The link to what is open stays, and what it leads to is empty."""
    path = tmp_path / "target.tif"
    with open(path, "wb+") as file:
        target = f"/dev/fd/{file.fileno()}"
        assert not write(target, source, WRITERS["GTIFF"], fail=True)
        assert os.path.exists(target) and path.stat().st_size == 0


###############################################################################
# Two at once


@pytest.mark.parametrize("content", ["nothing", "empty", "other"])
@pytest.mark.parametrize("place", ["disk", "memory"])
@pytest.mark.parametrize("writer", ["GTIFF", "sidecars", "COG"])
def test_two_writers(tmp_path, tmp_vsimem, writer, place, content, times):
    """The target is the one's or the other's, and whole. Who succeeds last has
    written it; a failure of the one is not the other's."""
    folder = tmp_vsimem if place == "memory" else str(tmp_path)
    target = f"{folder}/target.tif"
    sources = [make_source(200, 150, 1), make_source(90, 300, 1)]
    expected = [[bytes(source.ReadRaster())] for source in sources]
    before = {"nothing": None, "empty": b"", "other": OTHER}[content]
    for _ in range(times(short=8, long=200)):
        if before is not None:
            file = gdal.VSIFOpenL(target, "wb")
            gdal.VSIFWriteL(before, 1, len(before), file)
            gdal.VSIFCloseL(file)
        together = threading.Barrier(2)

        def run(source):
            together.wait()
            write(target, source, WRITERS[writer], keep=True)

        threads = [threading.Thread(target=run, args=[s]) for s in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert pixels_of(target) in expected
        names = set(gdal.ReadDir(folder)) - {".", ".."}
        assert names <= {"target.tif", "target.tfw", "target.tif.aux.xml"}
        for name in names:
            gdal.Unlink(f"{folder}/{name}")
