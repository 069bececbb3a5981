# SPDX-License-Identifier: MIT
"""copy(): one raster made in parts by many processes, and merged."""

import uuid
import warnings

from osgeo import gdal

from . import cluster
from .driver import DriverWarning, Failure, find_driver, open_raster, replace_copy
from .parts import FileSource, Job, PartFiles, counts_found, planned_parts
from .paths import absolute, folder_of, make_folder, refuse_memory, same_file
from .progress import Progress

# So that no worker waits long for the last one.
PARTS_PER_WORKER = 4
# Options that the package sets itself.
OWN_OPTIONS = {"PART"}


def copy(
    source,
    target,
    *,
    parts=None,
    workers=None,
    scheduler=None,
    client=None,
    parts_dir=None,
    keep_parts=False,
    options=(),
    progress=None,
):
    """Makes `target` of `source`, which each worker can reach by this name, as it
    can `parts_dir`. What an earlier run has finished is not made again.

    @param parts how many; without, as many as an earlier run began with
    @param workers processes to start here, where there is no Dask cluster yet
    @param scheduler address of a Dask scheduler
    @param client a distributed.Client
    @param parts_dir folder of the parts, also in GDAL's file systems; without, the
    target's
    @param keep_parts leaves them there in the end
    @param options of the driver: {"NAME": value}, or a list of NAME=VALUE
    @param progress called with a fraction and words, now and then, from any thread
    @return how many parts were made: the others were there
    @raise Failure; KeyboardInterrupt. There is no new target then"""
    source, target = absolute(source), absolute(target)
    options = option_list(options)
    refuse_memory(source, "the source")
    check_source(source, target)
    folder = folder_of_parts(target, parts_dir)
    check_counts(parts, workers)
    source = FileSource(source)
    planned_parts(source, options, 1)  # refuses bad options before any work
    with cluster.opened(client, scheduler, workers) as engine:
        count = parts or default_count(engine, target, folder)
        planned = planned_parts(source, options, count)
        files = PartFiles(target, count, folder)
        job = make_job(engine, source, files, planned, options)
        shown = Progress(count, progress)
        made = make_parts(engine, job, shown)
    finish(job, shown, keep_parts)
    return made


###############################################################################
# Before any work


def option_list(options):
    """@param options a dictionary or a list, or None"""
    if isinstance(options, str):
        raise Failure(f"options={options!r}: a dictionary or a list is needed")
    if hasattr(options, "items"):
        options = [f"{name}={value}" for name, value in options.items()]
    for option in options or ():
        name, equals, _ = str(option).partition("=")
        if not equals:
            raise Failure(f"option {option!r} is not NAME=VALUE")
        if name.upper() in OWN_OPTIONS:
            raise Failure(f"option {option!r}: say how many parts instead")
    return tuple(map(str, options or ()))


def check_source(source, target):
    find_driver()
    files = [source, *(open_raster(source).GetFileList() or [])]
    if any(same_file(file, target) for file in files):
        raise Failure(f"{target} is the source, or one of its files")


def check_counts(parts, workers):
    for count, what in (parts, "parts"), (workers, "workers"):
        if count is not None and count < 1:
            raise Failure(f"{count} {what}: at least one is needed")


def folder_of_parts(target, parts_dir):
    """@return the folder, which is there then, or is about to be"""
    if parts_dir is None and target.startswith("/vsistdout"):
        raise Failure("parts of what goes to standard output need a parts_dir")
    folder = absolute(parts_dir) if parts_dir else folder_of(target)
    refuse_memory(folder + "/", "the folder of the parts")
    make_folder(folder)
    return folder


###############################################################################
# Parts


def default_count(engine, target, folder):
    """As many as an earlier run has begun with, or some for each worker."""
    found = counts_found(target, folder)
    if found:
        return max(found, key=lambda count: (found[count], count))
    return PARTS_PER_WORKER * max(1, sum(engine.nthreads().values()))


def make_job(engine, source, files, planned, options):
    """@param engine a client: its workers' threads are what NUM_THREADS is, unless
    it is among the options"""
    names = {option.partition("=")[0].upper() for option in options}
    threads = () if "NUM_THREADS" in names else (cluster.threads_option(engine),)
    topic = f"rowband-{uuid.uuid4().hex}"
    return Job(source, files, planned.run, options, threads, topic)


def words_of(job, number):
    return f"part {number} of {job.files.count}"


def make_parts(engine, job, shown):
    """@return how many"""
    fresh = []

    def then(words, made):
        note_made(job, made, shown)
        fresh.append(made.fresh)
        return {}

    shown.tell()
    numbers = range(1, job.files.count + 1)
    with cluster.heard(engine, job, shown.part):
        futures = {
            cluster.submit_part(engine, job, n): words_of(job, n) for n in numbers
        }
        cluster.complete(engine, futures, then)
    return sum(fresh)


def note_made(job, made, shown):
    shown.part_finished(made.number)
    for text in made.warned:
        warnings.warn(
            f"{words_of(job, made.number)}: {text}", DriverWarning, stacklevel=2
        )


def finish(job, shown, keep_parts):
    """Merges, here and not on a worker: an interrupt must leave no target."""
    gdal.VSICurlClearCache()  # of when parts were not there yet
    parts = open_raster(f"ROWBAND_PARTS:{job.files.pattern()}")
    replace_copy(job.files.target, parts, job.options, shown.merging)
    if not keep_parts:
        job.files.remove()
