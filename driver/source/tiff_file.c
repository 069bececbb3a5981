/* SPDX-License-Identifier: MIT */
#include "tiff_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "block_size.h"
#include "container.h"
#include "copied_tiles.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "gtiff_item.h"
#include "ifd_read.h"
#include "int_math.h"
#include "open_files.h"
#include "range_reader.h"

struct TiffFile {
    char *name;
    VSILFILE *file;
    uint64_t nbytes;
    bool is_local;
    TileStore store;    /**< of the file itself */
    RangeReader *ahead; /**< reads it if it is far away; or NULL */
};

/** Of the file, whatever reads ahead. */
static bool read_directly(void *user, uint64_t position, void *data,
                          size_t nbytes, Status *status)
{
    TiffFile *file = user;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = VSIFSeekL(file->file, position, SEEK_SET) == 0 &&
                    VSIFReadL(data, 1, nbytes, file->file) == nbytes;
    error_trap_end(&trap);
    return ok ||
           status_fail(status, STATUS_READ,
                       "cannot read %zu bytes from %" PRIu64 " on of %s%s%s",
                       nbytes, position, file->name, trap.failed ? ": " : "",
                       trap.message);
}

bool tiff_file_read(void *user, uint64_t position, void *data, size_t nbytes,
                    Status *status)
{
    TiffFile *file = user;
    return file->ahead != NULL
               ? range_reader_read(file->ahead, position, data, nbytes, status)
               : read_directly(file, position, data, nbytes, status);
}

/** A mask that is inside the file is a dataset without a name. */
static const char *name_of(GDALDatasetH dataset, GDALRasterBandH band)
{
    const GDALDatasetH own = GDALGetBandDataset(band);
    const char *name = own != NULL ? GDALGetDescription(own) : "";
    return *name != '\0' ? name : GDALGetDescription(dataset);
}

/** @return why the bytes of a file of that name are not to be had, or NULL */
static const char *why_not_file(GDALDatasetH dataset, const char *name)
{
    FileId id;
    if (!dataset_is_gtiff(dataset))
        return "a source that is not a TIFF of the GTiff driver";
    if (GDALGetAccess(dataset) == GA_Update)
        return "a source open for writing";
    if (container_reads_in_order(name))
        return "a source that is read from its beginning";
    if (STARTS_WITH(name, "/vsi"))
        return NULL;
    return file_id_of(name, &id) && open_files_have(name)
               ? NULL
               : "a source that is not just the file that its name means now";
}

/** @return false with STATUS_NO_MEMORY, or because it does not open, or its
 * name has come to mean another one */
static bool open_file(TiffFile *file, const char *name, Status *status)
{
    FileId before = {0}, after = {0};
    ErrorTrap trap;
    file->name = CPLStrdup(name);
    file->is_local = file_id_of(name, &before);
    error_trap_begin(&trap, TRAP_ALL);
    file->file = VSIFOpenL(name, "rb");
    const bool sized =
        file->file != NULL && VSIFSeekL(file->file, 0, SEEK_END) == 0;
    file->nbytes = sized ? VSIFTellL(file->file) : 0;
    error_trap_end(&trap);
    if (!sized)
        return false;
    if (file->is_local)
        return file_id_of(name, &after) && file_id_equal(&before, &after);
    file->store = (TileStore){read_directly, file};
    file->ahead = range_reader_new(&file->store, file->nbytes);
    return file->ahead != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

TiffFile *tiff_file_open(GDALDatasetH dataset, GDALRasterBandH band,
                         const char **why_not, Status *status)
{
    const char *name = name_of(dataset, band);
    /* Of GDAL's pool it is open from now on. */
    gtiff_item(band, "IFD_OFFSET");
    *why_not = why_not_file(dataset, name);
    if (*why_not != NULL)
        return NULL;
    TiffFile *file = calloc(1, sizeof *file);
    if (file == NULL)
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    else if (!open_file(file, name, status)) {
        *why_not = "a source that does not open by its name";
        tiff_file_close(file);
        file = NULL;
    }
    return file;
}

void tiff_file_close(TiffFile *file)
{
    if (file == NULL)
        return;
    if (file->file != NULL)
        (void)VSIFCloseL(file->file);
    range_reader_free(file->ahead);
    CPLFree(file->name);
    free(file);
}

uint64_t tiff_file_nbytes(const TiffFile *file)
{
    return file->nbytes;
}

const char *tiff_file_name(const TiffFile *file)
{
    return file->name;
}

bool tiff_file_is_certain(const TiffFile *file)
{
    return file->is_local;
}

uint64_t tiff_file_held_nbytes(const TiffFile *file)
{
    return file->ahead != NULL ? RANGE_READER_HELD_NBYTES : 0;
}

/** Tiles or strips of all bands. */
static int64_t block_count(GDALRasterBandH band)
{
    const GDALDatasetH dataset = GDALGetBandDataset(band);
    const int bands = dataset != NULL ? GDALGetRasterCount(dataset) : 1;
    int width, height;
    block_size_of(band, &width, &height);
    return divide_up(GDALGetRasterBandXSize(band), width) *
           divide_up(GDALGetRasterBandYSize(band), height) * (int64_t)bands;
}

Ifd *tiff_file_directory(TiffFile *file, GDALRasterBandH band,
                         const char **why_not, Status *status)
{
    const TileStore store = {tiff_file_read, file};
    const IfdPlace place = {.file = &store,
                            .file_nbytes = file->nbytes,
                            .offset = gtiff_item(band, "IFD_OFFSET"),
                            .tags = copied_tiles_tags,
                            .tag_count = copied_tiles_tag_count,
                            .values_max =
                                copied_tiles_values_max(block_count(band))};
    Status why = {.code = STATUS_OK};
    Ifd *ifd = ifd_read(&place, &why);
    /* GDAL reads many a file that we do not, and says what it fails at. */
    if (why.code == STATUS_NO_MEMORY)
        status_merge(status, &why);
    else if (ifd == NULL)
        *why_not = "a directory that is not a little-endian TIFF's";
    return ifd;
}

/** @return whether GTiff says the same of a tile */
static bool agrees(GDALRasterBandH band, int64_t column, int64_t row,
                   uint64_t offset, uint64_t nbytes)
{
    return gtiff_tile_nbytes(band, (int)column, (int)row) == nbytes &&
           (nbytes == 0 ||
            gtiff_tile_offset(band, (int)column, (int)row) == offset);
}

static bool all_agree(GDALRasterBandH band, const OtherTiles *tiles,
                      const Layout *own, const PlaneInOther *at)
{
    const int64_t left = at->x / own->spec.tile_width;
    const int64_t top = at->y / own->spec.tile_height;
    bool same = true;
    for (int64_t y = 0; same && y < own->tiles_down; y++)
        for (int64_t x = 0; same && x < own->tiles_across; x++) {
            const int64_t tile = other_tiles_at(tiles, own, at, x, y);
            same = agrees(band, left + x, top + y, tiles->offsets[tile],
                          tiles->nbytes[tile]);
        }
    return same;
}

bool tiff_file_compare(const TiffFile *file, GDALRasterBandH band,
                       const OtherTiles *tiles, const Layout *own,
                       const PlaneInOther *at, bool *same, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    *same = all_agree(band, tiles, own, at);
    error_trap_end(&trap);
    return !trap.failed ||
           status_fail(status, STATUS_READ, "cannot read %s: %s", file->name,
                       trap.message);
}
