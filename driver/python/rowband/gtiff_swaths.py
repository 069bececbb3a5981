# SPDX-License-Identifier: MIT
"""How often GDAL's GTiff driver would decode the source's blocks: it copies in
swaths (gcore/rasterio.cpp: GDALDatasetCopyWholeRaster()), and what it has decoded
stays in GDAL's cache until that has seen GDAL_CACHEMAX bytes of other blocks, of the
source or of the target.

GTiff is taken to make the tiles that the plan has, since what it would be told is not
known. Of a source that is read as it is the figure is what GDAL 3.6 does, tested
against a source that counts. It is an approximation with later GDALs, of which
some copies decode fewer, where swaths cut tiles, as they may without compression, and
behind a VRT: sources are taken to be read one after the other, all bands together. Masks are left aside."""

from collections import OrderedDict

from osgeo import gdal

IS_LATER = int(gdal.VersionInfo()) >= 3070000

# Visits of blocks; more would take longer than a few seconds.
VISITS_MAX = 2_000_000


def whole_blocks(columns, lines, block, fitting, width):
    """@param fitting columns, where lines are those of one block
    @return columns, and lines of whole blocks"""
    block_width, block_height = block
    if lines < block_height:
        columns = min(fitting // block_width * block_width or block_width, width)
    return columns, max(lines // block_height, 1) * block_height


def swath_size(shape, source, target, pixel_nbytes, compressed, cache, jpeg2000):
    """GDALCopyWholeRasterGetSwathSize().
    @param shape of the raster; source, target: of blocks: width and height
    @return columns and lines"""
    (width, height), (bx, by), (tx, ty) = shape, source, target
    most_x, most_y = max(bx, tx), max(by, ty)
    columns, lines = width, most_y
    said = gdal.GetConfigOption("GDAL_SWATH_SIZE")
    wanted = int(said) if said else cache // 4
    wanted = min(wanted, 2**31 - 1)
    aligned = most_y % by == 0 and most_y % ty == 0
    covers = bx % tx == 0 and by % ty == 0
    if not said:
        ideal = columns * lines * pixel_nbytes
        if ideal < wanted and ideal < 10_000_000:
            ideal = 10_000_000
        if jpeg2000 and (not compressed or covers):
            ideal = max(ideal, columns * by * pixel_nbytes)
        wanted = min(wanted, ideal)
    wanted = max(wanted, 1_000_000)
    if width not in (bx, tx) and most_x % bx == 0 and most_x % tx == 0 and aligned:
        if most_x * most_y * pixel_nbytes <= wanted:
            columns = wanted // (most_y * pixel_nbytes) // most_x * most_x
            columns = min(columns or most_x, width)
            lines = most_y
            if columns * lines * pixel_nbytes > wanted:
                columns, lines = width, ty
    column_nbytes = columns * pixel_nbytes
    if column_nbytes * lines > wanted:
        lines = max(wanted // column_nbytes, 1)
    elif lines == 1 or column_nbytes * lines < wanted / 10:
        lines = min(height, max(1, wanted // column_nbytes))
        if lines % most_y and lines > most_y and aligned:
            lines = lines // most_y * most_y
    if jpeg2000 and (not compressed or covers):
        fitting = wanted // (bx * pixel_nbytes)
        columns, lines = whole_blocks(columns, lines, source, fitting, width)
    elif compressed:
        fitting = wanted // (ty * pixel_nbytes)
        columns, lines = whole_blocks(columns, lines, target, fitting, width)
    return columns, lines


class Cache:
    """GDAL's block cache: the blocks that were used last stay."""

    def __init__(self, most, bands_of_tile):
        """@param bands_of_tile that a tile of the target holds: the first to be
        dropped has it written, for which the others are used"""
        self.most, self.used = most, 0
        self.blocks = OrderedDict()
        self.bands_of_tile, self.written = bands_of_tile, set()

    def has(self, key, nbytes):
        """Uses a block.
        @return whether it was there"""
        if key[0] == "target":
            self.written.discard(key[2])
        if key in self.blocks:
            self.blocks.move_to_end(key)
            return True
        self.blocks[key] = nbytes
        self.used += nbytes
        while self.used > self.most and len(self.blocks) > 1:
            dropped, nbytes = self.blocks.popitem(last=False)
            self.used -= nbytes
            if dropped[0] == "target" and self.bands_of_tile > 1:
                self.write(dropped[2])
        return False

    def write(self, tile):
        if tile in self.written:
            return
        self.written.add(tile)
        for band in range(self.bands_of_tile):
            if ("target", band, tile) in self.blocks:
                self.blocks.move_to_end(("target", band, tile))


def overlap(window, other):
    """@return where both are, or None"""
    x, y = max(window[0], other[0]), max(window[1], other[1])
    right = min(window[0] + window[2], other[0] + other[2])
    bottom = min(window[1] + window[3], other[1] + other[3])
    return (x, y, right - x, bottom - y) if x < right and y < bottom else None


def blocks_of(window, grid):
    """Row after row, numbers of the blocks that a window touches.
    @param grid x0, y0, and width and height of blocks"""
    x, y, width, height = window
    x0, y0, across, down = grid
    columns = range((x - x0) // across, (x + width - 1 - x0) // across + 1)
    rows = range((y - y0) // down, (y + height - 1 - y0) // down + 1)
    return [(column, row) for row in rows for column in columns]


def count_of(window, grid):
    x, y, width, height = window
    x0, y0, across, down = grid
    columns = (x + width - 1 - x0) // across - (x - x0) // across + 1
    return columns * ((y + height - 1 - y0) // down - (y - y0) // down + 1)


def swaths(shape, size):
    (width, height), (columns, lines) = shape, size
    for y in range(0, height, lines):
        for x in range(0, width, columns):
            yield x, y, min(columns, width - x), min(lines, height - y)


class Copy:
    """One copy by GTiff."""

    def __init__(self, dataset, report, cache):
        band, level = dataset.GetRasterBand(1), report["file"]["levels"][0]
        self.shape = dataset.RasterXSize, dataset.RasterYSize
        self.bands = dataset.RasterCount
        self.sample_nbytes = gdal.GetDataTypeSize(band.DataType) // 8
        self.tile = level["tile_width"], level["tile_height"]
        self.cache, self.last = cache, None
        said = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE")
        self.tiles_of_all = report["file"]["interleave"] == "PIXEL" and self.bands > 1
        self.blocks_of_all = said == "PIXEL"
        self.together = said in ("PIXEL", "LINE") or self.tiles_of_all
        codec = dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE")
        pixel_nbytes = self.sample_nbytes * (self.bands if self.together else 1)
        self.swath = swath_size(
            self.shape,
            band.GetBlockSize(),
            self.tile,
            pixel_nbytes,
            report["file"]["compress"] != "NONE",
            cache,
            codec == "JPEG2000",
        )
        self.places = places_of(report)
        if dataset.GetDriver().ShortName == "VRT":
            self.blocks_of_all = not any(
                blocks["bands_apart"] for blocks in report["source"]["blocks"]
            )

    def reads(self):
        """Each swath, and which bands of it are read at once."""
        if self.together:
            for window in swaths(self.shape, self.swath):
                yield window, range(self.bands)
        else:
            for band in range(self.bands):
                for window in swaths(self.shape, self.swath):
                    yield window, [band]

    def visits(self):
        """How many blocks are visited, without visiting any."""
        times = self.bands
        count = -(-self.shape[0] // self.swath[0]) * -(-self.shape[1] // self.swath[1])
        if count * times * max(len(self.places), 1) > VISITS_MAX:
            return VISITS_MAX + 1
        all_of_it = 0
        for window in swaths(self.shape, self.swath):
            for place, grid in self.places:
                part = overlap(window, place)
                all_of_it += count_of(part, grid) if part else 0
            all_of_it += count_of(window, (0, 0, *self.tile))
            if all_of_it * times > VISITS_MAX:
                break
        return all_of_it * times

    def decodes(self):
        cache = Cache(self.cache, self.bands if self.tiles_of_all else 1)
        count = 0
        tile_nbytes = self.tile[0] * self.tile[1] * self.sample_nbytes
        for window, bands in self.reads():
            for planes in [bands] if self.blocks_of_all else [[band] for band in bands]:
                count += self.read(cache, window, planes)
            for planes in [bands] if self.tiles_of_all else [[band] for band in bands]:
                for tile in blocks_of(window, (0, 0, *self.tile)):
                    for band in planes:
                        cache.has(("target", band, tile), tile_nbytes)
        return count

    def read(self, cache, window, bands):
        """@return how many blocks are decoded for it"""
        count = 0
        for number, (place, grid) in enumerate(self.places):
            part = overlap(window, place)
            nbytes = grid[2] * grid[3] * self.sample_nbytes
            for block in blocks_of(part, grid) if part else ():
                for band in bands:
                    if cache.has((number, band, block), nbytes):
                        continue
                    # A driver that decodes all bands at once keeps the last block.
                    count += not self.blocks_of_all or self.last != (number, block)
                    self.last = number, block
        return count


def places_of(report):
    """Where blocks of bands lie in the raster: the window and the grid of each
    place."""
    places = []
    for blocks in report["source"]["blocks"]:
        if blocks["of"] == "bands" and blocks["level"] == 0:
            for place in blocks["places"]:
                grid = [place[key] for key in ("x0", "y0")]
                grid += [place[key] for key in ("block_width", "block_height")]
                places.append((tuple(place["window"]), tuple(grid)))
    return places


def why_not(report, copy):
    """Why nothing can be predicted, or None."""
    source = report["source"]
    if (source["width"], source["height"], source["bands"]) != (
        *copy.shape,
        copy.bands,
    ):
        return "another raster is made of the source first"
    if "part" in report:
        return "GTiff makes no parts"
    if source["blocks_entries"] > len(source["blocks"]):
        return f"more than {len(source['blocks'])} datasets behind the source"
    if source["files_opened_when_needed"]:
        return "files of the source are not open yet"
    if not copy.places:
        return "where the source's blocks lie is not known"
    if copy.visits() > VISITS_MAX:
        return f"more than {VISITS_MAX} visits of blocks"
    return None


def predict(dataset, report, cache=None):
    """What GTiff's copy of a dataset would decode.
    @param report what the driver plans for it
    @param cache bytes; GDAL's own if None
    @return for the report: "decodes", None with "not_computed" if that is not
        known, and what it follows from"""
    cache = gdal.GetCacheMax() if cache is None else cache
    copy = Copy(dataset, report, cache)
    reason = why_not(report, copy)
    behind_vrt = dataset.GetDriver().ShortName == "VRT"
    # Tiles that a swath leaves unfinished, GTiff reads again.
    cuts_tiles = copy.swath[1] % copy.tile[1] != 0 and copy.swath[1] < copy.shape[1]
    return {
        "cache_nbytes": cache,
        "swath_width": copy.swath[0],
        "swath_height": copy.swath[1],
        "tile_width": copy.tile[0],
        "tile_height": copy.tile[1],
        "all_bands_at_once": copy.together,
        "decodes": None if reason else copy.decodes(),
        "approximate": behind_vrt or cuts_tiles or IS_LATER,
        "not_computed": reason,
    }
