#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""rowband.copy(): parts that processes of a Dask scheduler make, over TCP, are
merged to the bytes that one process makes; and whatever is killed meanwhile, the
next run goes on with what is there."""

import filecmp
import os
import random
import re
import signal
import subprocess
import sys

import pytest
from osgeo import gdal
from programs import TIMEOUT
from sources import colour, make_source

distributed = pytest.importorskip("distributed")

import dask_faults  # noqa: E402
import rowband  # noqa: E402
from dask_cluster import Cluster, environment  # noqa: E402
from rowband.parts import FileSource, Job, PartFiles, make_part  # noqa: E402

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 300, 1200
PARTS = 6
WORKERS = 4
TILES = ("BLOCKXSIZE=64", "BLOCKYSIZE=64", "PREDICTOR=YES")
OPTIONS = {
    "GTIFF": (*TILES, "STATISTICS=YES"),
    "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "PREDICTOR=AUTO", "STATISTICS=YES"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dask")


@pytest.fixture(scope="module")
def running(folder):
    cluster = Cluster(folder / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(running):
    running.have_workers(WORKERS)
    return running


@pytest.fixture(scope="module")
def source(folder):
    path = folder / "source.tif"
    dataset = colour(make_source(WIDTH, HEIGHT, 3, gdal.GDT_Byte))
    gdal.GetDriverByName("GTiff").CreateCopy(str(path), dataset)
    return path


@pytest.fixture(scope="module")
def expected(folder, source):
    """Files that one process makes, by layout."""
    made = {}
    for layout, options in OPTIONS.items():
        made[layout] = folder / f"{layout}.tif"
        gdal.Translate(
            str(made[layout]), str(source), format="ROWBAND", creationOptions=options
        )
    return made


def names(folder):
    return sorted(os.listdir(folder))


def part_numbers(folder):
    """Of parts that are there."""
    mark = ".rowband-part-"
    found = [name.partition(mark)[2] for name in names(folder) if mark in name]
    return {int(name.split("-")[0]) for name in found if name.endswith(".tif")}


def run_client(cluster, folder, source, options, first=""):
    """The command, in a process of its own.
    @param first Python that it begins with
    @return its exit code, and what it said"""
    code = "\n".join(
        [
            "import os, signal, sys, dask_faults",
            "from rowband.__main__ import main",
            first,
            "sys.exit(main(sys.argv[1:]))",
        ]
    )
    command = ["copy", "--scheduler", cluster.address, "-n", str(PARTS)]
    command += [word for option in options for word in ("-co", option)]
    ended = subprocess.run(
        [sys.executable, "-c", code, *command, source, "target.tif"],
        cwd=folder,
        env=environment(cluster.notes),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    return ended.returncode, ended.stderr


def copy(cluster, folder, source, layout, **more):
    """In this process.
    @return how many parts were made"""
    return rowband.copy(
        source,
        folder / "target.tif",
        scheduler=cluster.address,
        options=OPTIONS[layout],
        **more,
    )


def assert_goes_on(cluster, folder, source, expected, layout, there=()):
    """A run after what was killed makes the rest, and nothing twice.
    @param there parts that are finished, besides those that are noted: a worker may
    just be finishing one, and has not noted it"""
    before = cluster.noted("made")
    cluster.add_workers(WORKERS - sum(w.poll() is None for w in cluster.workers))
    copy(cluster, folder, source, layout, parts=PARTS)
    assert filecmp.cmp(folder / "target.tif", expected[layout], shallow=False)
    assert not {*there, *before} & set(cluster.noted("made")[len(before) :])
    # The driver's own, of a process that was killed while it merged.
    left = [name for name in names(folder) if not re.search(TEMPORARY, name)]
    assert left == ["target.tif"]


###############################################################################
# Nothing happens


@pytest.mark.parametrize("layout", OPTIONS)
def test_parts_of_processes_are_merged_to_the_same_bytes(
    cluster, tmp_path, source, expected, layout
):
    seen = []
    made = copy(
        cluster,
        tmp_path,
        source,
        layout,
        parts=PARTS,
        progress=lambda fraction, words: seen.append((fraction, words)),
    )
    assert made == PARTS
    assert sorted(cluster.noted("made")) == list(range(1, PARTS + 1))
    assert filecmp.cmp(tmp_path / "target.tif", expected[layout], shallow=False)
    assert names(tmp_path) == ["target.tif"]
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert seen[0] == (0, f"0 of {PARTS} parts")
    assert seen[1][0] > 0 and seen[1][1] == seen[0][1]  # of a part that is not finished


def test_parts_stay_where_they_are_wanted_and_are_taken_again(
    cluster, tmp_path, source, expected
):
    """Without saying how many again; with other options, none of them."""
    folders = {"parts_dir": tmp_path / "parts", "keep_parts": True}
    assert copy(cluster, tmp_path, source, "COG", parts=3, **folders) == 3
    assert part_numbers(tmp_path / "parts") == {1, 2, 3}
    (tmp_path / "target.tif").unlink()
    assert copy(cluster, tmp_path, source, "COG", **folders) == 0
    assert filecmp.cmp(tmp_path / "target.tif", expected["COG"], shallow=False)
    folders["keep_parts"] = False
    assert copy(cluster, tmp_path, source, "GTIFF", parts=3, **folders) == 3
    assert filecmp.cmp(tmp_path / "target.tif", expected["GTIFF"], shallow=False)
    assert names(tmp_path / "parts") == []


###############################################################################
# Something is killed


@pytest.mark.parametrize("moment", dask_faults.MOMENTS)
def test_a_part_of_a_killed_worker_is_made_elsewhere(
    cluster, tmp_path, source, expected, moment
):
    dask_faults.order_kill(cluster.notes, moment, 2)
    copy(cluster, tmp_path, source, "COG", parts=PARTS)
    assert len(cluster.noted("killed")) == 1
    assert sorted(cluster.noted("made")) == list(range(1, PARTS + 1))
    # What was finished when its worker died is taken as it is.
    assert moment != "after" or cluster.noted("kept")
    assert filecmp.cmp(tmp_path / "target.tif", expected["COG"], shallow=False)
    assert names(tmp_path) == ["target.tif"]


TEMPORARY = r"^target\.tif\.rowband-part-\d+-\d+\.tmp$"
SIGNALS = {"killed": signal.SIGKILL, "interrupted": signal.SIGINT}


@pytest.mark.parametrize("how", SIGNALS)
def test_a_client_that_ends_leaves_parts_to_go_on_with(
    cluster, tmp_path, source, expected, how
):
    first = f"dask_faults.send_after(3, os.getpid(), {int(SIGNALS[how])})"
    code, said = run_client(cluster, tmp_path, source, OPTIONS["COG"], first)
    assert code == (130 if how == "interrupted" else -signal.SIGKILL), said
    assert len(part_numbers(tmp_path)) >= 3
    assert "target.tif" not in names(tmp_path)
    assert_goes_on(cluster, tmp_path, source, expected, "COG")


@pytest.mark.parametrize("how", SIGNALS)
def test_a_client_that_ends_while_it_merges_leaves_the_older_target(
    cluster, tmp_path, source, expected, how
):
    (tmp_path / "target.tif").write_bytes(expected["GTIFF"].read_bytes())
    first = f"dask_faults.send_while_merging(os.getpid(), {int(SIGNALS[how])})"
    code, said = run_client(cluster, tmp_path, source, OPTIONS["COG"], first)
    assert code == (130 if how == "interrupted" else -signal.SIGKILL), said
    assert filecmp.cmp(tmp_path / "target.tif", expected["GTIFF"], shallow=False)
    assert part_numbers(tmp_path) == set(range(1, PARTS + 1))
    assert copy(cluster, tmp_path, source, "COG", parts=PARTS) == 0
    assert filecmp.cmp(tmp_path / "target.tif", expected["COG"], shallow=False)


def test_a_scheduler_that_is_killed_is_told_and_another_goes_on(
    cluster, folder, tmp_path, source, expected
):
    killed = Cluster(folder / "killed")
    try:
        killed.have_workers(2)
        first = f"dask_faults.send_after(2, {killed.scheduler.pid}, signal.SIGKILL)"
        code, said = run_client(killed, tmp_path, source, OPTIONS["COG"], first)
    finally:
        killed.stop()
    assert code == 1 and "the scheduler is gone" in said, said
    there = part_numbers(tmp_path)
    assert len(there) >= 2 and "target.tif" not in names(tmp_path)
    assert_goes_on(cluster, tmp_path, source, expected, "COG", there)


###############################################################################
# Something is wrong


def test_a_part_that_fails_says_which_and_why(cluster, tmp_path):
    """A source that is broken near its end."""
    path = tmp_path / "broken.tif"
    gdal.GetDriverByName("GTiff").CreateCopy(
        str(path),
        make_source(WIDTH, HEIGHT, 1, gdal.GDT_Byte),
        options=["COMPRESS=DEFLATE", "BLOCKYSIZE=100"],
    )
    dataset = gdal.Open(str(path))
    offset = dataset.GetRasterBand(1).GetMetadataItem("BLOCK_OFFSET_0_11", "TIFF")
    with open(path, "r+b") as file:
        file.seek(int(offset))
        file.write(bytes(100))
    with pytest.raises(rowband.Failure) as failed:
        copy(cluster, tmp_path, path, "GTIFF", parts=2)
    assert str(failed.value).startswith("part 2 of 2: ROWBAND: ")
    assert "cannot read" in str(failed.value)
    assert "target.tif" not in names(tmp_path) and 2 not in part_numbers(tmp_path)


def test_bad_options_are_refused_before_any_work(tmp_path, source):
    """Nobody asks the scheduler, which is not there."""
    for option, words in (("ZLEVEL=99", "ZLEVEL"), ("PART=1/2", "PART"), ("A", "'A'")):
        with pytest.raises(rowband.Failure, match=words):
            rowband.copy(
                source,
                tmp_path / "target.tif",
                scheduler="tcp://127.0.0.1:1",
                options=[option],
            )
    assert names(tmp_path) == []


@pytest.mark.parametrize("address", ("nonsense", "foo://x:1"))
def test_what_is_no_address_is_refused_at_once(tmp_path, source, address):
    """A client of Dask's that was begun waits a minute when the program ends."""
    ended = subprocess.run(
        [sys.executable, "-m", "rowband", "copy", "--scheduler", address]
        + [str(source), str(tmp_path / "target.tif")],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"rowband: no scheduler at {address}: ")


@pytest.mark.parametrize("counts", ({"parts": 0}, {"parts": -1}, {"workers": 0}))
def test_no_parts_or_workers_are_refused(tmp_path, source, counts):
    with pytest.raises(rowband.Failure, match="at least one"):
        rowband.copy(source, tmp_path / "target.tif", **counts)


def test_a_target_that_is_the_source_is_refused(source):
    before = source.read_bytes()
    with pytest.raises(rowband.Failure, match="is the source"):
        rowband.copy(source, source.parent / "." / source.name)
    assert source.read_bytes() == before


def test_a_worker_without_the_driver_is_named(cluster, tmp_path, source):
    cluster.add_workers(1, GDAL_DRIVER_PATH="disable")
    cluster.wait_for(WORKERS + 1)
    with pytest.raises(rowband.Failure, match=r"worker tcp://.*no ROWBAND driver"):
        copy(cluster, tmp_path, source, "COG", parts=2)
    assert cluster.noted("made") == []


def test_the_command_says_that_the_driver_is_missing(tmp_path, source):
    ended = subprocess.run(
        [sys.executable, "-m", "rowband", "copy", source, "target.tif"],
        cwd=tmp_path,
        env=environment(tmp_path, GDAL_DRIVER_PATH="disable"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("rowband: GDAL ") and "driver" in ended.stderr


def test_workers_here_need_no_scheduler(tmp_path, source, expected):
    """The command as most will call it; what it says is the progress alone."""
    options = [word for option in OPTIONS["COG"] for word in ("-co", option)]
    ended = subprocess.run(
        [sys.executable, "-m", "rowband", "copy", "--workers", "2", "-n", "3"]
        + [*options, source, "target.tif"],
        cwd=tmp_path,
        env=environment(tmp_path / "notes"),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert ended.returncode == 0, ended.stderr
    assert all(line.startswith("[") for line in ended.stderr.splitlines())
    assert ended.stderr.splitlines()[-1].endswith("100 %  merging")
    assert filecmp.cmp(tmp_path / "target.tif", expected["COG"], shallow=False)
    assert names(tmp_path) == ["target.tif"]


def test_a_part_of_another_source_than_was_asked_for_is_told_at_once(tmp_path, source):
    """And not when the parts are merged."""
    files = PartFiles("target.tif", 2, str(tmp_path))
    job = Job(FileSource(str(source)), files, "another run", (), (), "")
    with pytest.raises(rowband.Failure, match="is of another run"):
        make_part(job, 1, lambda fraction: None)


###############################################################################
# Often


def kill_one(cluster, choices, folder, source):
    """At a moment that `choices` chooses. @return what it was"""
    what = choices.choice(("client", "merge", *dask_faults.MOMENTS))
    count = choices.randrange(1, PARTS)
    first = f"dask_faults.send_after({count}, os.getpid(), signal.SIGKILL)"
    if what == "merge":
        first = "dask_faults.send_while_merging(os.getpid(), signal.SIGKILL)"
    if what in dask_faults.MOMENTS:
        dask_faults.order_kill(cluster.notes, what, count)
    run_client(cluster, folder, source, OPTIONS["COG"], first)
    return f"{what} after {count} parts"


@pytest.mark.long
def test_a_part_that_kills_each_worker_is_given_up(cluster, tmp_path, source):
    dask_faults.order_kills_of_all(cluster.notes, 2)
    with pytest.raises(
        rowband.Failure, match="^part 2 of 6: each worker that began it"
    ):
        copy(cluster, tmp_path, source, "COG", parts=PARTS)
    assert "target.tif" not in names(tmp_path)


@pytest.mark.long
def test_kills_at_many_moments(cluster, tmp_path, source, expected):
    choices = random.Random("kills")
    for n in range(50):
        folder = tmp_path / str(n)
        folder.mkdir()
        cluster.have_workers(WORKERS)
        print(n, kill_one(cluster, choices, folder, source))
        assert_goes_on(cluster, folder, source, expected, "COG")
