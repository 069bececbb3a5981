# SPDX-License-Identifier: MIT
"""Where the tiles of a COG lie, by its directories, with INTERLEAVE=BAND and TILE."""

import struct

from cog_compare import TILE_NBYTES, TILE_OFFSETS, directories, ghost_area
from stored import read_bytes

NEW_SUBFILE_TYPE, WIDTH, HEIGHT, SAMPLES_PER_PIXEL, PLANAR = 254, 256, 257, 277, 284
TILE_WIDTH, TILE_HEIGHT, GDAL_METADATA = 322, 323, 42112
IS_MASK = 4
SAYS_TILE = '<Item name="INTERLEAVE" domain="IMAGE_STRUCTURE">TILE</Item>'


def levels_of(path):
    """Of each level, the largest first: the directories of the raster and, if there
    is one, of its mask."""
    found = {}
    for tags in directories(path):
        found.setdefault((tags[WIDTH][0], tags[HEIGHT][0]), []).append(tags)
    for images in found.values():
        kinds = [tags.get(NEW_SUBFILE_TYPE, [0])[0] & IS_MASK for tags in images]
        assert kinds in ([0], [0, IS_MASK])
    return [found[size] for size in sorted(found, reverse=True)]


def places(tags):
    across = -(-tags[WIDTH][0] // tags[TILE_WIDTH][0])
    return across * -(-tags[HEIGHT][0] // tags[TILE_HEIGHT][0])


def planes(images):
    """(tags, first tile) of each band of a level, and then of its mask."""
    step = places(images[0])
    raster, *mask = images
    count = raster[SAMPLES_PER_PIXEL][0] if raster[PLANAR] == [2] else 1
    found = [(raster, i * step) for i in range(count)]
    return found + [(tags, 0) for tags in mask]


def expected_order(path, way):
    """(offset, size) of all tiles as they must follow each other."""
    found = []
    for level, images in reversed(list(enumerate(levels_of(path)))):
        one_band = images[0][SAMPLES_PER_PIXEL] == [1]
        own = "TILE" if one_band and level > 0 else way
        for outer, inner in order(len(planes(images)), places(images[0]), own):
            tags, first = planes(images)[outer]
            tile = first + inner
            found.append((tags[TILE_OFFSETS][tile], tags[TILE_NBYTES][tile]))
    return found


def order(plane_count, place_count, way):
    """(plane, place) of the tiles of a level."""
    if way == "BAND":
        return [(b, p) for b in range(plane_count) for p in range(place_count)]
    return [(b, p) for p in range(place_count) for b in range(plane_count)]


def assert_tiles_follow(path, way):
    """Each with its size before it and its last bytes behind it, one right behind the
    other up to the end of the file; those that are left out are nowhere."""
    data, end = read_bytes(path), None
    for offset, nbytes in expected_order(path, way):
        if nbytes == 0:
            assert offset == 0
            continue
        assert end in (None, offset - 4)
        end = offset + nbytes + 4
        assert data[offset - 4 : offset] == struct.pack("<I", nbytes)
        last = data[offset : offset + nbytes][-4:].ljust(4, b"\0")
        assert data[end - 4 : end] == last
    assert end in (None, len(data))


def assert_says(path, way, band_count):
    lines = ghost_area(path).splitlines()
    assert ("INTERLEAVE=BAND" in lines) == (band_count > 1)
    assert not any("MASK_INTERLEAVED" in line for line in lines)
    apart = [raster[PLANAR] == [2] for raster, *_ in levels_of(path)]
    assert apart == [True] + [band_count > 1] * (len(apart) - 1)
    for number, tags in enumerate(directories(path)):
        text = bytes(b"".join(tags.get(GDAL_METADATA, [b""]))).decode()
        assert (SAYS_TILE in text) == (number == 0 and way == "TILE")
