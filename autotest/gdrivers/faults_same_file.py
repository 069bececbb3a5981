#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sources that are the target, in disguises that a name does not tell: refused
unharmed, or copied right. (Plain ones: tests/test_errors.c.)"""

import gzip
import os
import zipfile

import pytest
from faults import Attempt, Fault, check_file, exists, opens, pixels_of
from osgeo import gdal
from rowband_driver import KEEP_TARGET
from sources import colour, make_source
from stored import read_bytes

LAYOUTS = {"GTIFF": ["BLOCKXSIZE=64", "BLOCKYSIZE=64", "BUDGET=1M"]}
LAYOUTS["COG"] = ["LAYOUT=COG", "BLOCKSIZE=128"]
layouts = pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)

# Larger than what is read before anything is written.
SIZE = 700, 600


def raster(path, size=SIZE, **translate):
    source = colour(make_source(*size, 3))
    gdal.Translate(str(path), source, format="GTiff", **translate)
    return str(path)


def vrt(path, source):
    gdal.Translate(str(path), str(source), format="VRT", metadataOptions=["A=B"])
    return str(path)


###############################################################################
# Disguises: each makes what it needs in a folder
# @return names of the source, and of the target


def vrt_over_it(folder):
    target = raster(f"{folder}/it.tif")
    return vrt(f"{folder}/over.vrt", target), target


def vrt_of_a_vrt_over_it(folder):
    target = raster(f"{folder}/it.tif")
    inner = vrt(f"{folder}/inner.vrt", target)
    return vrt(f"{folder}/outer.vrt", inner), target


def mosaic_with_it(folder):
    parts = [raster(f"{folder}/part{n}.tif", (300, 200)) for n in range(3)]
    gdal.BuildVRT(f"{folder}/mosaic.vrt", parts, separate=True)
    return f"{folder}/mosaic.vrt", parts[2]


def warped_vrt_over_it(folder):
    target = raster(f"{folder}/it.tif")
    gdal.Warp(f"{folder}/warped.vrt", target, format="VRT", dstSRS="EPSG:4326")
    return f"{folder}/warped.vrt", target


def vrt_over_a_link_to_it(folder):
    target = raster(f"{folder}/it.tif")
    os.symlink("it.tif", f"{folder}/link.tif")
    return vrt(f"{folder}/over.vrt", f"{folder}/link.tif"), target


def vrt_over_it_by_a_hard_link(folder):
    target = raster(f"{folder}/it.tif")
    os.link(target, f"{folder}/hard.tif")
    return vrt(f"{folder}/over.vrt", f"{folder}/hard.tif"), target


def directory_of_it(folder):
    target = raster(f"{folder}/it.tif")
    return f"GTIFF_DIR:1:{target}", target


def part_of_it(folder):
    target = raster(f"{folder}/it.tif")
    size = gdal.VSIStatL(target).size
    return f"/vsisubfile/0_{size},{target}", target


def unzipped_of_it(folder):
    plain, target = raster(f"{folder}/plain.tif"), f"{folder}/it.tif.gz"
    with gzip.open(target, "wb") as file:
        file.write(read_bytes(plain))
    return f"/vsigzip/{target}", target


def member_of_it(folder):
    plain, target = raster(f"{folder}/plain.tif"), f"{folder}/it.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(plain, "in.tif")
    return f"/vsizip/{target}/in.tif", target


def itself_in_an_archive(folder):
    source = member_of_it(folder)[0]
    return source, source


def its_overviews(folder):
    source = raster(f"{folder}/it.tif")
    dataset = gdal.Open(source)
    dataset.BuildOverviews("NEAREST", [2])
    del dataset
    assert os.path.exists(f"{source}.ovr")
    return source, f"{source}.ovr"


def its_metadata(folder):
    source = raster(f"{folder}/it.tif")
    dataset = gdal.Open(source)
    dataset.GetRasterBand(1).ComputeStatistics(False)
    del dataset
    assert os.path.exists(f"{source}.aux.xml")
    return source, f"{source}.aux.xml"


def its_world_file(folder):
    source = raster(f"{folder}/it.tif", creationOptions=["TFW=YES"])
    return source, f"{folder}/it.tfw"


DISGUISES = [vrt_over_it, vrt_of_a_vrt_over_it, mosaic_with_it, warped_vrt_over_it]
DISGUISES += [vrt_over_a_link_to_it, vrt_over_it_by_a_hard_link, directory_of_it]
DISGUISES += [part_of_it, unzipped_of_it, member_of_it, itself_in_an_archive]
DISGUISES += [its_overviews, its_metadata, its_world_file]


def name_of(disguise):
    return disguise.__name__.replace("_", " ")


def contents_of(folder):
    """Of all files that are there; links are followed."""
    names = [name for name in gdal.ReadDir(str(folder)) if name not in (".", "..")]
    paths = {name: f"{folder}/{name}" for name in names}
    return {name: read_bytes(path) for name, path in paths.items() if exists(path)}


def open_source(name):
    source = gdal.Open(name)
    assert source is not None, name
    return source


###############################################################################
# GDAL is told to leave the target to the driver


def check_kept(fault, attempt, folder, before, expected, what):
    """A right file, or an error and everything as it was."""
    if attempt.made:
        check_file(fault, attempt.target, expected, what)
        return
    attempt.check_refused(fault, what)
    after = contents_of(folder)
    for name in before:
        if after.get(name) != before[name]:
            fault.lose(f"{what}: {name}")
    if set(after) - set(before):
        fault.complain(f"{what}: left are {set(after) - set(before)}")


def copy_onto_itself(folder, disguise, options):
    source, target = disguise(folder)
    expected, before = pixels_of(source), contents_of(folder)
    with Fault("the source is the target, in disguise") as fault:
        attempt = Attempt(target, open_source(source), [*options, *KEEP_TARGET])
        fault.provoked()
        what = f"{name_of(disguise)} in {folder}, {options}"
        check_kept(fault, attempt, folder, before, expected, what)


@layouts
@pytest.mark.parametrize("disguise", DISGUISES, ids=name_of)
def test_same_file(tmp_path, disguise, options):
    copy_onto_itself(tmp_path, disguise, options)


IN_MEMORY = [vrt_over_it, vrt_of_a_vrt_over_it, mosaic_with_it, warped_vrt_over_it]
IN_MEMORY += [directory_of_it, part_of_it]


@layouts
@pytest.mark.parametrize("disguise", IN_MEMORY, ids=name_of)
def test_same_file_in_memory(tmp_vsimem, disguise, options):
    copy_onto_itself(tmp_vsimem, disguise, options)


@layouts
def test_same_file_by_another_way_to_the_folder(tmp_path, monkeypatch, options):
    folder = tmp_path / "data"
    folder.mkdir()
    source, target = vrt_of_a_vrt_over_it(folder)
    (tmp_path / "way").symlink_to("data")
    monkeypatch.chdir(tmp_path / "way")
    expected, before = pixels_of(source), contents_of(folder)
    with Fault("the source is the target, in disguise") as fault:
        for target in ("it.tif", "../way/it.tif", f"{tmp_path}/data/../way/it.tif"):
            for wrap in (False, True):
                given = open_source(source)
                if wrap:
                    window = [0, 0, *SIZE]
                    given = gdal.Translate("", given, format="VRT", srcWin=window)
                attempt = Attempt(target, given, [*options, *KEEP_TARGET])
                fault.provoked()
                what = f"{target}, {options}"
                check_kept(fault, attempt, folder, before, expected, what)
                (folder / "it.tif").write_bytes(before["it.tif"])


###############################################################################
# GDAL deletes the target before it asks the driver


def lost_by_gtiff(folder, disguise):
    """Names of files that GDAL takes away or that are overwritten with GTiff."""
    source, target = disguise(folder)
    before = contents_of(folder)
    Attempt(target, open_source(source), driver="GTiff")
    after = contents_of(folder)
    return {name for name in before if after.get(name) != before[name]}


@layouts
@pytest.mark.parametrize("disguise", DISGUISES, ids=name_of)
def test_same_file_that_gdal_deletes(tmp_path, disguise, options):
    for name in ("gtiff", "rowband"):
        (tmp_path / name).mkdir()
    lost = lost_by_gtiff(tmp_path / "gtiff", disguise)
    folder = tmp_path / "rowband"
    source, target = disguise(folder)
    expected, before = pixels_of(source), contents_of(folder)
    in_archive = target == source
    with Fault("the source is the target, which GDAL deletes first") as fault:
        attempt = Attempt(target, open_source(source), options)
        fault.provoked()
        what = f"{name_of(disguise)}, {options}"
        if attempt.made:
            check_file(fault, target, expected, what)
            return
        attempt.check_refused(fault, what)
        for name in before:
            if not exists(f"{folder}/{name}") and name not in lost:
                fault.lose(f"{what}: {name}, which GTiff leaves")
        if not in_archive and exists(target) and os.path.basename(target) not in before:
            fault.complain(f"{what}: {target} is left")


###############################################################################
# The source is in the archive that is written to


def archive_with_a_source(tmp_path):
    source, archive = member_of_it(tmp_path)
    return source, archive, pixels_of(source)


def check_member(fault, source, expected, what):
    if not opens(source) or pixels_of(source) != expected:
        fault.lose(f"{what}: {source}")


@layouts
def test_source_in_the_archive_that_is_written(tmp_path, options):
    source, archive, expected = archive_with_a_source(tmp_path)
    with Fault("the source is in the archive that is written") as fault:
        for number in range(3):
            target = f"/vsizip/{archive}/out{number}.tif"
            attempt = Attempt(target, open_source(source), options)
            fault.provoked()
            attempt.check(fault, expected, f"{target}, {options}")
            check_member(fault, source, expected, f"{target}, {options}")


@layouts
@pytest.mark.parametrize("stop_at", [0.0, 0.5, 0.95])
def test_source_in_the_archive_whose_copy_is_cancelled(tmp_path, options, stop_at):
    source, archive, expected = archive_with_a_source(tmp_path)

    def callback(fraction, message, data):
        return 0 if fraction >= stop_at else 1

    target = f"/vsizip/{archive}/out.tif"
    with Fault("the source is in the archive that is written") as fault:
        attempt = Attempt(target, open_source(source), options, callback=callback)
        fault.provoked()
        what = f"{options}, cancelled at {stop_at}"
        if attempt.made:
            # It was too late, and the archive has it.
            check_file(fault, target, expected, what)
        else:
            attempt.check_refused(fault, what)
        if not attempt.made and opens(target):
            fault.find_wrong(f"{what}: {target} is a raster")
        check_member(fault, source, expected, what)
