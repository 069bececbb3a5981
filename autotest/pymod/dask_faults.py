# SPDX-License-Identifier: MIT
"""What becomes of parts and chunks, noted; and processes that are killed while it
does, by count and not by time.

Workers are started with --preload dask_faults; a client imports it and says what
shall be killed. Notes and the order to kill are files in a folder of the test's,
which the environment names."""

import os
import signal
from pathlib import Path

import rowband.cluster
from rowband.progress import Progress

FOLDER = "ROWBAND_DASK_NOTES"


def folder():
    return Path(os.environ[FOLDER])


def note(what, number):
    """A line in one piece, whoever writes beside."""
    line = f"{what} {number}\n".encode()
    file = os.open(folder() / "notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line)
    os.close(file)


def notes(where, what):
    """Numbers that were noted, in that order."""
    path = Path(where) / "notes"
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(line.split()[1]) for line in lines if line.split()[0] == what]


###############################################################################
# On a worker

MOMENTS = ("before", "during", "after")


def order_kill(where, moment, count):
    """Has the worker die that begins a part, is in it or has just finished it once
    `count` parts are finished; one worker."""
    (Path(where) / "kill").write_text(f"{moment} {count}")


def order_kills_of_all(where, number):
    """Has each worker die that begins a part."""
    (Path(where) / "kill").write_text(f"all {number}")


def strike(moment, number):
    order = folder() / "kill"
    try:
        if order.read_text() == f"all {number}":
            os.kill(os.getpid(), signal.SIGKILL)
        said, count = order.read_text().split()
        if said != moment or len(notes(folder(), "made")) < int(count):
            return
        order.rename(folder() / f"kill-{os.getpid()}")
    except (FileNotFoundError, ValueError):
        return
    note("killed", os.getpid())
    os.kill(os.getpid(), signal.SIGKILL)


make_part = rowband.cluster.make_part


def noted_make_part(job, number, report):
    def struck(fraction):
        if fraction > 0:
            strike("during", number)
        report(fraction)

    strike("before", number)
    made = make_part(job, number, struck)
    note("made" if made.fresh else "kept", number)
    strike("after", number)
    return made


###############################################################################
# In a client


def send_after(count, process, number):
    """Sends a signal once the client knows of `count` finished parts."""
    part_finished = Progress.part_finished

    def counted(self, number_of_part):
        part_finished(self, number_of_part)
        if self.finished == count:
            os.kill(process, number)

    Progress.part_finished = counted


def send_while_merging(process, number):
    merging = Progress.merging

    def struck(self, fraction):
        if fraction >= 0.5:
            os.kill(process, number)
        merging(self, fraction)

    Progress.merging = struck


def dask_setup(worker):
    rowband.cluster.make_part = noted_make_part
