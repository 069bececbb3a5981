# SPDX-License-Identifier: MIT
"""write(): a raster of an array in memory, or of one that Dask computes."""

from dataclasses import dataclass

import numpy as np

from . import cluster
from .copying import (
    check_counts,
    default_count,
    finish,
    folder_of_parts,
    make_job,
    note_made,
    option_list,
    words_of,
)
from .driver import Failure, find_driver, replace_copy
from .georeference import (
    Georeference,
    apply,
    crs_as_wkt,
    nodata_as_number,
    transform_as_tuple,
)
from .parts import PartFiles, planned_parts
from .paths import absolute
from .pieces import PieceSource, as_dataset, gdal_type, pieces_of, stored
from .progress import Progress

# A part that can be made frees chunks.
PARTS_FIRST = 10


def write(
    array,
    target,
    *,
    crs=None,
    transform=None,
    nodata=None,
    parts=None,
    workers=None,
    scheduler=None,
    client=None,
    parts_dir=None,
    keep_parts=False,
    options=(),
    progress=None,
):
    """Writes an array of rows and columns, or of bands, rows and columns. One of
    Dask's is computed chunk by chunk, each once, and in memory is no more than the
    chunks that workers compute; numpy's is written by this process.

    @param crs "EPSG:32632", 32632, WKT, or an object with to_wkt()
    @param transform six numbers as GDAL has them, or an affine.Affine
    @param nodata of all bands
    The others are those of copy().
    @raise as copy()"""
    where = Georeference(
        crs_as_wkt(crs), transform_as_tuple(transform), nodata_as_number(nodata)
    )
    engine = {"client": client, "scheduler": scheduler, "workers": workers}
    return write_georeferenced(
        array, target, where, engine, parts, parts_dir, keep_parts, options, progress
    )


def write_georeferenced(
    array, target, where, engine, parts, parts_dir, keep_parts, options, progress
):
    """write(), of whatever is told of the raster.
    @param where Georeference
    @param engine arguments of cluster.opened()"""
    find_driver()
    check_counts(parts, engine["workers"])
    target, options = absolute(target), option_list(options)
    if not hasattr(array, "ndim") or not hasattr(array, "dtype"):
        raise Failure(f"{type(array).__name__}: an array is needed")
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise Failure(f"an array of shape {array.shape} is no raster")
    gdal_type(array.dtype)
    if hasattr(array, "coords"):
        raise Failure("import rowband.xarray, and use array.rowband of a DataArray")
    if not hasattr(array, "dask"):
        return write_here(np.asanyarray(array), target, where, options, progress)
    folder = folder_of_parts(target, parts_dir)
    pieces = pieces_of(array, target, folder)
    options += ("LOSSLESS_COPY=NO",)  # whatever chunks look like
    planned_parts(PieceSource(pieces, where), options, 1)  # refuses bad options
    with cluster.opened(**engine) as client:
        count = parts or default_count(client, target, folder)
        planned = planned_parts(PieceSource(pieces, where), options, count)
        source = PieceSource(pieces, where, rows_needed(planned, options, count))
        files = PartFiles(target, count, folder)
        job = make_job(client, source, files, planned, options)
        shown = Progress(count, progress)
        made = Writing(client, job, array, shown).run()
    finish(job, shown, keep_parts)
    pieces.remove()
    return made


def write_here(pixels, target, where, options, progress):
    """@return 1: it is one part"""
    dataset = as_dataset(pixels)
    apply(where, dataset)
    shown = Progress(1, progress)
    report = lambda fraction: shown.part(1, fraction)
    replace_copy(target, dataset, options, report)
    return 1


def rows_needed(planned, options, count):
    """@return runs of rows of the array that each part reads"""
    if len(planned.rows) < count:
        raise Failure(f"{count} parts: of an array at most {len(planned.rows)}")
    by_trial = any(option.upper().endswith("PREDICTOR=AUTO") for option in options)
    decide = [(0, planned.tile_height)] if by_trial else []
    return tuple((rows, *decide) for rows in planned.rows)


@dataclass(frozen=True)
class Chunk:
    index: tuple

    def __str__(self):
        return f"chunk {', '.join(map(str, self.index))}"


class Writing:
    """Which parts wait for which chunks, and which chunks for which parts."""

    def __init__(self, client, job, array, shown):
        self.client, self.job, self.array, self.shown = client, job, array, shown
        self.pieces = job.source.pieces
        self.made = 0
        self.waits = {}  # chunks, by the number of a part that is not finished
        self.needed = {}  # numbers of such parts, by chunk
        for number in range(1, job.files.count + 1):
            if job.is_finished(number):
                shown.part_finished(number)
                continue
            self.waits[number] = set(self.touched(number))
            for index in self.waits[number]:
                self.needed.setdefault(index, set()).add(number)

    def run(self):
        """@return how many parts were made"""
        self.shown.tell()
        with cluster.heard(self.client, self.job, self.shown.part):
            cluster.complete(self.client, self.first(), self.then)
        return self.made

    def first(self):
        """Futures of the chunks that no earlier run has left, and of the parts that
        wait for none."""
        there = self.pieces.finished() & set(self.needed)
        futures = self.compute([index for index in self.needed if index not in there])
        for number in [n for n, chunks in self.waits.items() if not chunks]:
            futures.update(self.submit(number))
        for index in there:
            futures.update(self.chunk_stored(index))
        return futures

    def touched(self, number):
        """Indices of the chunks that a part reads."""
        return self.pieces.touched(self.job.source.rows[number - 1])

    def submit(self, number):
        part = cluster.submit_part(self.client, self.job, number, PARTS_FIRST)
        return {part: words_of(self.job, number)}

    def compute(self, indices):
        made = stored(self.array, self.pieces).to_delayed()
        trim = 0 if self.pieces.has_bands else 1
        computed = self.client.compute([made[index[trim:]] for index in indices])
        return dict(zip(computed, map(Chunk, indices)))

    def then(self, label, result):
        if isinstance(label, Chunk):
            return self.chunk_stored(label.index)
        note_made(self.job, result, self.shown)
        self.made += result.fresh
        self.part_finished(result.number)
        return {}

    def chunk_stored(self, index):
        """@return futures of the parts that waited for nothing else"""
        futures = {}
        for number in sorted(self.needed[index]):
            self.waits[number].discard(index)
            if not self.waits[number]:
                futures.update(self.submit(number))
        return futures

    def part_finished(self, number):
        """Removes the chunks that no other part needs."""
        for index in self.touched(number):
            self.needed[index].discard(number)
            if not self.needed[index]:
                self.pieces.remove_one(index)
