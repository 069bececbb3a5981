# SPDX-License-Identifier: MIT
"""The chunks of a Dask array as files, and rasters of them.

Each chunk is a file in the folder of the parts from when it is computed until the
last part that needs it is finished. So it is computed once, whatever its shape and
however many parts it lies in, and no worker holds more than the chunk that it
computes: parts of a wide raster need more chunks at once than a worker has memory
for."""

import hashlib
import re
import uuid
from bisect import bisect_left, bisect_right
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, product
from xml.etree import ElementTree

import numpy as np
from osgeo import gdal, gdal_array

from .driver import Failure, create_copy, open_raster
from .georeference import Georeference, apply
from .paths import (
    join,
    list_folder,
    name_of,
    remove_file,
    remove_matching,
    write_file,
)

MARK = ".rowband-chunk-"
# A strip of a piece, roughly: what a reader decodes at once.
STRIP_BYTES = 1 << 18
# For the writing of one: little beside the chunk.
BUDGET = "BUDGET=8M"


def gdal_type(dtype):
    """@raise Failure if GDAL has no such type of pixels"""
    dtype = np.dtype(np.uint8 if dtype == bool else dtype)
    code = gdal_array.NumericTypeCodeToGDALTypeCode(dtype.newbyteorder("=").type)
    # GDAL before 3.7 has bytes for numbers with a sign, which are others then.
    if not code or (dtype.kind == "i" and code == gdal.GDT_Byte):
        raise Failure(f"this GDAL has no pixels of type {dtype}: convert the array")
    return code


def as_dataset(pixels):
    """A dataset of an array, which must stay; nothing is copied unless its bytes
    are swapped or masked."""
    if isinstance(pixels, np.ma.MaskedArray):
        raise Failure("masked arrays are not taken: fill them, and say nodata=")
    pixels = np.asarray(pixels)
    pixels = pixels.view(np.uint8) if pixels.dtype == bool else pixels
    gdal_type(pixels.dtype)
    native = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("="))
    dataset = gdal_array.OpenArray(native)
    dataset.kept = native
    return dataset


@dataclass(frozen=True)
class Pieces:
    """@member token of the array, so that another array's are not taken for its
    @member chunks lengths of chunks by dimension: bands, rows and columns
    @member has_bands whether the array has a dimension for them"""

    target: str
    folder: str
    token: str
    chunks: tuple
    dtype: str
    has_bands: bool

    def prefix(self):
        return f"{name_of(self.target)}{MARK}{self.token}"

    def file(self, index):
        return self.prefix() + "".join(f"-{n}" for n in index) + ".tif"

    def indices(self):
        return product(*(range(len(lengths)) for lengths in self.chunks))

    def starts(self):
        """Where chunks begin, and where the last ends, by dimension."""
        return [(0, *accumulate(lengths)) for lengths in self.chunks]

    def touched(self, ranges):
        """Indices of the pieces with rows of any range.
        @param ranges first row, and the one after the last, of each"""
        starts, rows = self.starts()[1], set()
        for first, end in ranges:
            if first < end:
                rows.update(
                    range(bisect_right(starts, first) - 1, bisect_left(starts, end))
                )
        bands, _, columns = (range(len(lengths)) for lengths in self.chunks)
        return list(product(bands, sorted(rows), columns))

    def finished(self):
        """Those that are there."""
        names = set(list_folder(self.folder))
        return {index for index in self.indices() if self.file(index) in names}

    def remove_one(self, index):
        remove_file(join(self.folder, self.file(index)))

    def remove(self):
        """Those of any array for this target, and what a killed worker has left."""
        pattern = re.escape(name_of(self.target) + MARK) + r"[0-9a-f]+(-\d+){3}\.tif"
        remove_matching(self.folder, pattern)

    def strip_rows(self, width):
        """Rows of a block of a piece."""
        return max(1, STRIP_BYTES // (width * np.dtype(self.dtype).itemsize))

    def check(self, pixels, index):
        """@raise Failure for a chunk that is not what the array says of it"""
        shape = tuple(lengths[n] for lengths, n in zip(self.chunks, index))
        shape = shape if self.has_bands else shape[1:]
        said, is_ = np.dtype(self.dtype), pixels.dtype
        if pixels.shape != shape or said.newbyteorder("=") != is_.newbyteorder("="):
            raise Failure(
                f"computed are {pixels.shape} pixels of {is_}, and the array says "
                f"{shape} of {said}"
            )

    def store(self, pixels, index):
        """Puts a chunk into its file. Runs on a worker."""
        self.check(pixels, index)
        rows = self.strip_rows(pixels.shape[-1])
        options = ["COMPRESS=NONE", "TILED=NO", f"BLOCKYSIZE={rows}", BUDGET]
        options += ["INTERLEAVE=BAND", "NUM_THREADS=1", "BIGTIFF=IF_SAFER"]
        path = join(self.folder, self.file(index))
        create_copy(path, as_dataset(pixels), options)


def pieces_of(array, target, folder):
    """@param array Dask's, of rows and columns, or bands, rows and columns"""
    has_bands = array.ndim == 3
    chunks = array.chunks if has_bands else ((1,), *array.chunks)
    if any(np.isnan(length) for lengths in chunks for length in lengths):
        raise Failure("chunks of unknown size: call compute_chunk_sizes()")
    token = hashlib.sha256(array.name.encode()).hexdigest()[:16]
    return Pieces(target, folder, token, chunks, array.dtype.str, has_bands)


def store_chunk(pixels, pieces, block_info=None):
    """For map_blocks(): one value for each chunk."""
    location = tuple(block_info[0]["chunk-location"])
    index = location if pieces.has_bands else (0, *location)
    pieces.store(pixels, index)
    return np.ones((1,) * pixels.ndim, bool)


def stored(array, pieces):
    """A Dask array of one value for each chunk, which is there when the chunk's
    file is. A chain of functions that ends in it is one task to Dask, so that
    the chunk is gone at once."""
    return array.map_blocks(
        store_chunk,
        pieces,
        dtype=bool,
        chunks=tuple((1,) * len(lengths) for lengths in array.chunks),
        meta=np.empty((0,) * array.ndim, bool),
    )


###############################################################################
# One raster of them


@dataclass(frozen=True)
class PieceSource:
    """What a part is made of: a raster of the pieces that it reads, and of no others,
    which need not be there.

    All parts must say the same of their source, or they are of different runs. So
    the raster that the driver is given is one VRT for all, without a file of its own;
    it reads another, of the part's pieces, by a name that differs in its folder
    alone, which does not count, and that is no file's to GDAL, so that neither does
    its age."""

    pieces: Pieces
    where: Georeference
    rows: tuple = ()  # runs of rows that are read, for each part; none: no pieces

    @contextmanager
    def opened(self, number):
        """@param number of the part"""
        ranges = self.rows[number - 1] if self.rows else ()
        path = f"/vsimem/rowband-{uuid.uuid4().hex}/{self.pieces.prefix()}.vrt"
        write_file(path, text_of_pieces(self.pieces, self.pieces.touched(ranges)))
        try:
            yield open_raster(text_of_whole(self.pieces, self.where, f"vrt://{path}"))
        finally:
            remove_file(path)


def empty_vrt(pieces, where=Georeference()):
    """@return a VRT without sources as XML, and the elements of its bands"""
    bands, height, width = map(sum, pieces.chunks)
    code = gdal_type(np.dtype(pieces.dtype))
    head = gdal.GetDriverByName("VRT").Create("", width, height, bands, code)
    apply(where, head)
    root = ElementTree.fromstring(head.GetMetadata("xml:VRT")[0])
    return root, root.findall("VRTRasterBand")


def text_of_whole(pieces, where, name):
    root, bands = empty_vrt(pieces, where)
    for number, band in enumerate(bands, 1):
        source = add_source(band, name, number)
        height, width = map(sum, pieces.chunks[1:])
        add_rectangles(source, (0, 0), (height, width))
    return ElementTree.tostring(root, encoding="unicode")


def text_of_pieces(pieces, indices):
    root, bands = empty_vrt(pieces)
    starts = pieces.starts()
    for index in indices:
        first = [starts[axis][n] for axis, n in enumerate(index)]
        size = [pieces.chunks[axis][n] for axis, n in enumerate(index)]
        name = join(pieces.folder, pieces.file(index))
        for band in range(size[0]):
            source = add_source(bands[first[0] + band], name, band + 1)
            add_properties(source, pieces, size[1:])
            add_rectangles(source, first[1:], size[1:])
    return ElementTree.tostring(root)


def add_source(band, name, number):
    source = ElementTree.SubElement(band, "SimpleSource")
    ElementTree.SubElement(source, "SourceFilename", relativeToVRT="0").text = name
    ElementTree.SubElement(source, "SourceBand").text = str(number)
    return source


def add_properties(source, pieces, size):
    """Has GDAL not open a piece to know them."""
    height, width = size
    ElementTree.SubElement(
        source,
        "SourceProperties",
        RasterXSize=str(width),
        RasterYSize=str(height),
        DataType=gdal.GetDataTypeName(gdal_type(np.dtype(pieces.dtype))),
        BlockXSize=str(width),
        BlockYSize=str(min(height, pieces.strip_rows(width))),
    )


def add_rectangles(source, first, size):
    """Where all of a source lies. @param first row and column"""
    sides = {"xSize": str(size[1]), "ySize": str(size[0])}
    place = {"xOff": str(first[1]), "yOff": str(first[0])}
    ElementTree.SubElement(source, "SrcRect", xOff="0", yOff="0", **sides)
    ElementTree.SubElement(source, "DstRect", **place, **sides)
