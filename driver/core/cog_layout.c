/* SPDX-License-Identifier: MIT */
#include "cog_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "pipeline.h"
#include "tile_order.h"

/* What a tile has around it: its size, and its last bytes again. */
enum { LEADER_NBYTES = 4, TRAILER_NBYTES = 4 };

static const char structure[] = "LAYOUT=IFDS_BEFORE_DATA\n"
                                "BLOCK_ORDER=ROW_MAJOR\n"
                                "BLOCK_LEADER=SIZE_AS_UINT4\n"
                                "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n";
/* Of INTERLEAVE_TILE too: that is told in GDAL's metadata. */
static const char structure_of_bands[] = "INTERLEAVE=BAND\n";
static const char structure_of_edition[] = "KNOWN_INCOMPATIBLE_EDITION=NO\n "
    /* with room for YES */;
static const char structure_of_mask[] = "MASK_INTERLEAVED_WITH_IMAGERY=YES\n";

/** A COG in the making. */
typedef struct Cog {
    const FileLayout *layout;
    int images;                           /**< of all levels */
    Ifd *ifds[PIPELINE_IMAGES_MAX];       /**< in the order of the file */
    TileIndex index[PIPELINE_IMAGES_MAX]; /**< of each image, as it will be in
                                               the file; nbytes are the
                                               layout's */
    bool big;
    char ghost[400]; /**< GDAL's structural metadata */
    uint64_t directories_begin, tiles_begin, end;
    uint8_t *tile; /**< room for the largest, and what is around it */
    uint64_t copied;
} Cog;

/** GDAL's order: the raster and its mask, overviews, overviews of the mask. */
static void order_directories(Cog *cog)
{
    const FileLayout *layout = cog->layout;
    int to = 0;
    for (int i = 0; i < layout->image_count; i++)
        cog->ifds[to++] = layout->ifds[i];
    for (int i = 0; i < layout->image_count; i++)
        for (int level = 1; level < layout->level_count; level++)
            cog->ifds[to++] = layout->ifds[level * layout->image_count + i];
}

static void write_ghost(Cog *cog)
{
    const FileLayout *layout = cog->layout;
    const bool apart = layout->interleave != INTERLEAVE_PIXEL;
    const bool masked = layout->image_count > 1;
    const char *bands = apart && layout->images[0].layout.spec.bands > 1
                            ? structure_of_bands
                            : "";
    const char *mask = masked && !apart ? structure_of_mask : "";
    const size_t nbytes = strlen(structure) + strlen(bands) +
                          strlen(structure_of_edition) + strlen(mask);
    snprintf(cog->ghost, sizeof cog->ghost,
             "GDAL_STRUCTURAL_METADATA_SIZE=%06zu bytes\n%s%s%s%s", nbytes,
             structure, bands, structure_of_edition, mask);
}

/** Bytes that a tile takes in the file; none if it is left out. */
static uint64_t in_file_nbytes(uint32_t nbytes)
{
    return nbytes == 0 ? 0 : (uint64_t)LEADER_NBYTES + nbytes + TRAILER_NBYTES;
}

/** As GDAL has it, for which the overviews of a single band have all bands
 * together, whatever it was told. */
static bool lies_by_plane(const FileLayout *layout, int level)
{
    const bool one_band = layout->images[0].layout.spec.bands == 1;
    return layout->interleave == INTERLEAVE_BAND && !(one_band && level > 0);
}

/** Visits the tiles in the order of the file.
 * @param visit is given @p cog */
static bool for_each_tile(Cog *cog, TileVisit visit, Status *status)
{
    const FileLayout *layout = cog->layout;
    const int per_level = layout->image_count;
    bool ok = true;
    for (int level = layout->level_count - 1; ok && level >= 0; level--)
        ok = tile_order_visit_level(layout->images, level * per_level,
                                    per_level, lies_by_plane(layout, level),
                                    visit, cog, status);
    return ok;
}

/** A TileVisit. */
static bool place_tile(void *user, int image, int64_t tile, Status *status)
{
    Cog *cog = user;
    const TileIndex *index = &cog->index[image];
    (void)status;
    if (index->nbytes[tile] > 0)
        index->offsets[tile] = cog->end + LEADER_NBYTES;
    cog->end += in_file_nbytes(index->nbytes[tile]);
    return true;
}

static uint64_t tiles_nbytes(const Cog *cog)
{
    uint64_t nbytes = 0;
    for (int i = 0; i < cog->images; i++)
        for (int64_t tile = 0; tile < cog->index[i].count; tile++)
            nbytes += in_file_nbytes(cog->index[i].nbytes[tile]);
    return nbytes;
}

/** Decides where everything lies. */
static bool place(Cog *cog, Status *status)
{
    const FileLayout *layout = cog->layout;
    write_ghost(cog);
    const uint64_t ghost_nbytes = strlen(cog->ghost);
    const uint64_t padding = ghost_nbytes & 1;
    const uint64_t classic_nbytes =
        COG_LAYOUT_HEADER_NBYTES + ghost_nbytes + padding +
        directory_nbytes(cog->ifds, cog->images, false) + tiles_nbytes(cog);
    if (!directory_choose_format(layout->bigtiff, classic_nbytes, &cog->big,
                                 status))
        return false;
    cog->directories_begin =
        (cog->big ? IFD_HEADER_NBYTES : COG_LAYOUT_HEADER_NBYTES) +
        ghost_nbytes + padding;
    cog->tiles_begin = cog->directories_begin +
                       directory_nbytes(cog->ifds, cog->images, cog->big);
    cog->end = cog->tiles_begin;
    return for_each_tile(cog, place_tile, status);
}

static bool append_head(const Cog *cog, Status *status)
{
    const FileLayout *layout = cog->layout;
    const Output *output = &layout->output;
    const size_t ghost_nbytes = strlen(cog->ghost);
    uint8_t header[IFD_HEADER_NBYTES];
    ifd_serialize_header(cog->big, cog->directories_begin, header);
    return layout->set_header(output->user, header, status) &&
           output_append(output, header + COG_LAYOUT_HEADER_NBYTES,
                         cog->big ? IFD_HEADER_NBYTES - COG_LAYOUT_HEADER_NBYTES
                                  : 0,
                         status) &&
           output_append(output, cog->ghost, ghost_nbytes, status) &&
           output_append(output, "", ghost_nbytes & 1, status) &&
           directory_append(output, cog->ifds, cog->images, cog->images,
                            cog->directories_begin, cog->big, status);
}

/** Reads a tile from where it is kept to behind its leader. */
static bool read_tile(const Cog *cog, int image, int64_t tile, Status *status)
{
    const TileIndex *kept = cog->layout->index[image];
    return tile_store_read(
        cog->layout->tiles, kept->offsets[tile] - FILE_LAYOUT_TILES_BEGIN,
        cog->tile + LEADER_NBYTES, kept->nbytes[tile], status);
}

/** Puts around a tile what a COG has there; less than four bytes are repeated
 * with zeros behind them. */
static void frame_tile(uint8_t *tile, uint32_t nbytes)
{
    uint8_t *end = tile + LEADER_NBYTES + nbytes;
    const size_t repeated = nbytes < TRAILER_NBYTES ? nbytes : TRAILER_NBYTES;
    memcpy(tile, &nbytes, LEADER_NBYTES);
    memset(end, 0, TRAILER_NBYTES);
    memcpy(end, end - repeated, repeated);
}

/** A TileVisit. */
static bool copy_tile(void *user, int image, int64_t tile, Status *status)
{
    Cog *cog = user;
    const FileLayout *layout = cog->layout;
    const uint32_t nbytes = cog->index[image].nbytes[tile];
    const uint64_t framed_nbytes = in_file_nbytes(nbytes);
    const double all = (double)(cog->end - cog->tiles_begin);
    if (nbytes == 0)
        return true;
    if (!read_tile(cog, image, tile, status))
        return false;
    frame_tile(cog->tile, nbytes);
    cog->copied += framed_nbytes;
    return file_layout_go_on(layout, (double)cog->copied / all, status) &&
           output_append(&layout->output, cog->tile, (size_t)framed_nbytes,
                         status);
}

/** @return false with STATUS_NO_MEMORY; call cog_end() even then */
static bool cog_begin(Cog *cog, const FileLayout *layout, Status *status)
{
    uint32_t largest = 0;
    bool ok = true;
    memset(cog, 0, sizeof *cog);
    cog->layout = layout;
    cog->images = file_layout_image_count(layout);
    for (int i = 0; i < cog->images; i++) {
        const TileIndex *kept = layout->index[i];
        cog->index[i] = *kept;
        cog->index[i].offsets = calloc((size_t)kept->count, sizeof(uint64_t));
        ok = ok && cog->index[i].offsets != NULL;
        for (int64_t tile = 0; tile < kept->count; tile++)
            if (kept->nbytes[tile] > largest)
                largest = kept->nbytes[tile];
    }
    cog->tile = malloc((size_t)LEADER_NBYTES + largest + TRAILER_NBYTES);
    return (ok && cog->tile != NULL) ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

static void cog_end(Cog *cog)
{
    for (int i = 0; i < cog->images; i++)
        free(cog->index[i].offsets);
    free(cog->tile);
}

static bool make_cog(Cog *cog, Status *status)
{
    const TileIndex *index[PIPELINE_IMAGES_MAX] = {NULL};
    for (int i = 0; i < cog->images; i++)
        index[i] = &cog->index[i];
    order_directories(cog);
    return file_layout_complete_directories(cog->layout, index, status) &&
           place(cog, status) && append_head(cog, status) &&
           for_each_tile(cog, copy_tile, status);
}

bool cog_layout_write(const FileLayout *layout, Status *status)
{
    Cog cog;
    const bool ok = cog_begin(&cog, layout, status) && make_cog(&cog, status);
    cog_end(&cog);
    return ok;
}
