/* SPDX-License-Identifier: MIT */
#include "tiff_file.h"

#include <stdlib.h>
#include <string.h>

#include "block_size.h"
#include "container.h"
#include "copied_tiles.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "gtiff_item.h"
#include "ifd_read.h"
#include "int_math.h"
#include "open_files.h"
#include "range_reader.h"
#include "vsi_file.h"

struct TiffFile {
    char *name;
    VsiFile bytes; /**< closed while it rests */
    uint64_t nbytes;
    bool is_local;
    FileId id; /**< of one that is local */
};

bool tiff_file_read(void *user, uint64_t position, void *data, size_t nbytes,
                    Status *status)
{
    TiffFile *file = user;
    return vsi_file_read(&file->bytes, position, data, nbytes, status);
}

/** A mask that is inside the file is a dataset without a name. */
const char *tiff_file_name_of(GDALDatasetH dataset, GDALRasterBandH band)
{
    const GDALDatasetH own = GDALGetBandDataset(band);
    const char *name = own != NULL ? GDALGetDescription(own) : "";
    return *name != '\0' ? name : GDALGetDescription(dataset);
}

/** @return why the bytes of a file of that name are not to be had, or NULL */
static const char *why_not_file(GDALDatasetH dataset, const char *name,
                                bool is_new)
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
    return file_id_of(name, &id) && (is_new || open_files_have(name))
               ? NULL
               : "a source that is not just the file that its name means now";
}

/** @return false with STATUS_NO_MEMORY, or because it does not open, or its
 * name has come to mean another one */
static bool open_file(TiffFile *file, Status *status)
{
    FileId before = {0}, after = {0};
    Status ignored = {.code = STATUS_OK};
    file->is_local = file_id_of(file->name, &before);
    if (!vsi_file_open(&file->bytes, file->name, &ignored))
        return false;
    file->nbytes = file->bytes.nbytes;
    file->id = before;
    if (file->is_local)
        return file_id_of(file->name, &after) && file_id_equal(&before, &after);
    return vsi_file_read_ahead(&file->bytes, status);
}

void tiff_file_rest(TiffFile *file)
{
    vsi_file_close(&file->bytes);
}

bool tiff_file_wake(TiffFile *file, Status *status)
{
    const TiffFile before = *file;
    if (file->bytes.file != NULL)
        return true;
    if (open_file(file, status) && file->nbytes == before.nbytes &&
        file->is_local == before.is_local &&
        file_id_equal(&file->id, &before.id))
        return true;
    tiff_file_rest(file);
    *file = before;
    return status_fail(status, STATUS_READ,
                       "cannot read %s: it is not the file that it was",
                       file->name);
}

TiffFile *tiff_file_open(GDALDatasetH dataset, GDALRasterBandH band,
                         bool is_new, const char **why_not, Status *status)
{
    const char *name = tiff_file_name_of(dataset, band);
    /* Of GDAL's pool it is open from now on. */
    gtiff_item(band, "IFD_OFFSET");
    *why_not = why_not_file(dataset, name, is_new);
    if (*why_not != NULL)
        return NULL;
    TiffFile *file = calloc(1, sizeof *file);
    if (file == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    file->name = CPLStrdup(name);
    if (open_file(file, status))
        return file;
    *why_not = "a source that does not open by its name";
    tiff_file_close(file);
    return NULL;
}

void tiff_file_close(TiffFile *file)
{
    if (file == NULL)
        return;
    tiff_file_rest(file);
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

uint64_t tiff_file_resting_nbytes(const TiffFile *file)
{
    return sizeof *file + strlen(file->name) + 1;
}

uint64_t tiff_file_held_nbytes(const TiffFile *file)
{
    return file->is_local ? 0 : RANGE_READER_HELD_NBYTES;
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
    TileInOther one = {0};
    bool same = true;
    while (same && other_tiles_next(tiles, own, at, &one))
        same = agrees(band, left + one.x, top + one.y,
                      tiles->offsets[one.other], tiles->nbytes[one.other]);
    return same;
}

/** @return whether GTiff's blocks are others than the file's tiles: of strips
 * without compression it makes others where it likes
 * (frmts/gtiff/geotiff.cpp: GTiffSplitBand) */
static bool has_other_blocks(GDALRasterBandH band, const OtherTiles *tiles)
{
    const LayoutSpec *spec = &tiles->layout.spec;
    int width, height;
    block_size_of(band, &width, &height);
    return width != spec->tile_width || height != spec->tile_height;
}

bool tiff_file_compare(const TiffFile *file, GDALRasterBandH band,
                       const OtherTiles *tiles, const Layout *own,
                       const PlaneInOther *at, bool *same, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    *same = has_other_blocks(band, tiles) ? file->is_local
                                          : all_agree(band, tiles, own, at);
    error_trap_end(&trap);
    return !trap.failed ||
           status_fail(status, STATUS_READ, "cannot read %s: %s", file->name,
                       trap.message);
}
