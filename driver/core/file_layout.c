/* SPDX-License-Identifier: MIT */
#include "file_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "int_math.h"
#include "pipeline.h"

/* Bytes copied between two questions whether to go on. */
enum { COPY_NBYTES = 1 << 20 };

/* What a tile of a COG has around it: its size as four bytes, and its last four
 * bytes again. */
enum { LEADER_NBYTES = 4, TRAILER_NBYTES = 4 };

/* A classic header; as many bytes of a BigTIFF's as tell what it is. */
enum { COG_HEADER_NBYTES = 8 };

static const char structure[] = "LAYOUT=IFDS_BEFORE_DATA\n"
                                "BLOCK_ORDER=ROW_MAJOR\n"
                                "BLOCK_LEADER=SIZE_AS_UINT4\n"
                                "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
                                "KNOWN_INCOMPATIBLE_EDITION=NO\n "
    /* the blank is room for YES */;
static const char structure_of_mask[] = "MASK_INTERLEAVED_WITH_IMAGERY=YES\n";

size_t file_layout_header_nbytes(bool cog)
{
    return cog ? COG_HEADER_NBYTES : IFD_HEADER_NBYTES;
}

static int images_in_all(const FileLayout *file)
{
    return file->image_count * file->level_count;
}

static bool cancelled(const FileLayout *file, double done, Status *status)
{
    return !file->go_on(file->user, done) &&
           !status_fail(status, STATUS_CANCELLED, "cancelled");
}

/** @param index of each image */
static bool complete_all(const FileLayout *file, const TileIndex *const *index,
                         Status *status)
{
    for (int i = 0; i < images_in_all(file); i++)
        if (!directory_complete(file->ifds[i], &file->images[i], index[i],
                                status))
            return false;
    return true;
}

/** Copies the tiles as they lie. */
static bool copy_tiles(const FileLayout *file, Status *status)
{
    const uint64_t nbytes = file->tiles_end - FILE_LAYOUT_TILES_BEGIN;
    uint8_t *piece = malloc(COPY_NBYTES);
    bool ok =
        piece != NULL || status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (uint64_t at = 0; ok && at < nbytes; at += COPY_NBYTES) {
        const size_t length =
            nbytes - at < COPY_NBYTES ? (size_t)(nbytes - at) : COPY_NBYTES;
        ok = !cancelled(file, (double)at / (double)nbytes, status) &&
             tile_store_read(file->tiles, at, piece, length, status) &&
             output_append(&file->output, piece, length, status);
    }
    free(piece);
    return ok;
}

bool file_layout_gtiff(const FileLayout *file, Status *status)
{
    /* TIFF 6.0 section 2: directories begin on a word boundary. */
    const size_t padding = file->tiles_end & 1;
    const uint64_t position = file->tiles_end + padding;
    const int count = images_in_all(file);
    uint8_t header[IFD_HEADER_NBYTES];
    bool big;
    if (!complete_all(file, file->index, status) ||
        !directory_choose_format(file->bigtiff,
                                 position +
                                     directory_nbytes(file->ifds, count, false),
                                 &big, status))
        return false;
    ifd_serialize_header(big, position, header);
    return file->set_header(file->output.user, header, status) &&
           (file->tiles == NULL || copy_tiles(file, status)) &&
           output_append(&file->output, "", padding, status) &&
           directory_append(&file->output, file->ifds, count, position, big,
                            status);
}

/** A COG in the making. */
typedef struct Cog {
    const FileLayout *file;
    Ifd *ifds[PIPELINE_IMAGES_MAX];        /**< in the order of the file */
    TileIndex placed[PIPELINE_IMAGES_MAX]; /**< of each image: where its tiles
                                                will lie; nbytes are not
                                                owned */
    bool big;
    char ghost[400]; /**< GDAL's structural metadata */
    uint64_t directories_begin, tiles_begin, end;
    uint8_t *tile; /**< room for the largest, and what is around it */
    uint64_t copied;
} Cog;

/** GDAL's order: the raster and its mask, overviews, overviews of the mask. */
static void order_directories(Cog *cog)
{
    const FileLayout *file = cog->file;
    int to = 0;
    for (int i = 0; i < file->image_count; i++)
        cog->ifds[to++] = file->ifds[i];
    for (int i = 0; i < file->image_count; i++)
        for (int level = 1; level < file->level_count; level++)
            cog->ifds[to++] = file->ifds[level * file->image_count + i];
}

static void write_ghost(Cog *cog)
{
    const bool masked = cog->file->image_count > 1;
    const size_t nbytes =
        strlen(structure) + (masked ? strlen(structure_of_mask) : 0);
    snprintf(cog->ghost, sizeof cog->ghost,
             "GDAL_STRUCTURAL_METADATA_SIZE=%06zu bytes\n%s%s", nbytes,
             structure, masked ? structure_of_mask : "");
}

/** Bytes of a tile in the file; none for one that is left out. */
static uint64_t placed_nbytes(uint32_t nbytes)
{
    return nbytes == 0 ? 0 : (uint64_t)LEADER_NBYTES + nbytes + TRAILER_NBYTES;
}

/** Visits the tiles in the order of the file.
 * @param visit false stops */
static bool for_each_tile(Cog *cog,
                          bool (*visit)(Cog *, int image, int64_t tile,
                                        Status *),
                          Status *status)
{
    const int per_level = cog->file->image_count;
    for (int level = cog->file->level_count - 1; level >= 0; level--) {
        const int first = level * per_level;
        for (int64_t tile = 0; tile < cog->placed[first].count; tile++)
            for (int image = first; image < first + per_level; image++)
                if (cog->placed[image].nbytes[tile] > 0 &&
                    !visit(cog, image, tile, status))
                    return false;
    }
    return true;
}

static bool place_tile(Cog *cog, int image, int64_t tile, Status *status)
{
    (void)status;
    cog->placed[image].offsets[tile] = cog->end + LEADER_NBYTES;
    cog->end += placed_nbytes(cog->placed[image].nbytes[tile]);
    return true;
}

/** Decides where everything lies. */
static bool place(Cog *cog, Status *status)
{
    const FileLayout *file = cog->file;
    const int count = images_in_all(file);
    uint64_t tiles_nbytes = 0;
    for (int i = 0; i < count; i++)
        for (int64_t tile = 0; tile < cog->placed[i].count; tile++)
            tiles_nbytes += placed_nbytes(cog->placed[i].nbytes[tile]);
    write_ghost(cog);
    const uint64_t ghost_nbytes = strlen(cog->ghost);
    const uint64_t classic = COG_HEADER_NBYTES + ghost_nbytes + 1 +
                             directory_nbytes(cog->ifds, count, false) +
                             tiles_nbytes;
    if (!directory_choose_format(file->bigtiff, classic, &cog->big, status))
        return false;
    const uint64_t position =
        (cog->big ? IFD_HEADER_NBYTES : COG_HEADER_NBYTES) + ghost_nbytes;
    cog->directories_begin = position + (position & 1);
    cog->tiles_begin =
        cog->directories_begin + directory_nbytes(cog->ifds, count, cog->big);
    cog->end = cog->tiles_begin;
    return for_each_tile(cog, place_tile, status);
}

static bool append_head(const Cog *cog, Status *status)
{
    const FileLayout *file = cog->file;
    const Output *output = &file->output;
    const size_t ghost_nbytes = strlen(cog->ghost);
    uint8_t header[IFD_HEADER_NBYTES];
    ifd_serialize_header(cog->big, cog->directories_begin, header);
    return file->set_header(output->user, header, status) &&
           output_append(output, header + COG_HEADER_NBYTES,
                         cog->big ? IFD_HEADER_NBYTES - COG_HEADER_NBYTES : 0,
                         status) &&
           output_append(output, cog->ghost, ghost_nbytes, status) &&
           output_append(output, "", ghost_nbytes & 1, status) &&
           directory_append(output, cog->ifds, images_in_all(cog->file),
                            cog->directories_begin, cog->big, status);
}

static bool copy_tile(Cog *cog, int image, int64_t tile, Status *status)
{
    const FileLayout *file = cog->file;
    const uint32_t nbytes = cog->placed[image].nbytes[tile];
    const uint64_t all = cog->end - cog->tiles_begin;
    uint8_t *data = cog->tile + LEADER_NBYTES;
    const size_t repeated = nbytes < TRAILER_NBYTES ? nbytes : TRAILER_NBYTES;
    if (!tile_store_read(file->tiles,
                         file->index[image]->offsets[tile] -
                             FILE_LAYOUT_TILES_BEGIN,
                         data, nbytes, status))
        return false;
    memcpy(cog->tile, &nbytes, LEADER_NBYTES);
    memset(data + nbytes, 0, TRAILER_NBYTES);
    memcpy(data + nbytes, data + nbytes - repeated, repeated);
    cog->copied += placed_nbytes(nbytes);
    return !cancelled(file, (double)cog->copied / (double)all, status) &&
           output_append(&file->output, cog->tile,
                         (size_t)placed_nbytes(nbytes), status);
}

/** @return false with STATUS_NO_MEMORY; cog_end() is due in any case */
static bool cog_begin(Cog *cog, const FileLayout *file, Status *status)
{
    uint32_t largest = 0;
    bool ok = true;
    memset(cog, 0, sizeof *cog);
    cog->file = file;
    for (int i = 0; i < images_in_all(file); i++) {
        const TileIndex *index = file->index[i];
        TileIndex *placed = &cog->placed[i];
        placed->count = index->count;
        placed->nbytes = index->nbytes;
        placed->offsets = calloc((size_t)index->count, sizeof(uint64_t));
        ok = ok && placed->offsets != NULL;
        for (int64_t tile = 0; tile < index->count; tile++)
            if (index->nbytes[tile] > largest)
                largest = index->nbytes[tile];
    }
    cog->tile = malloc((size_t)LEADER_NBYTES + largest + TRAILER_NBYTES);
    return (ok && cog->tile != NULL) ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

static void cog_end(Cog *cog)
{
    for (int i = 0; i < images_in_all(cog->file); i++)
        free(cog->placed[i].offsets);
    free(cog->tile);
}

static bool make_cog(Cog *cog, Status *status)
{
    const TileIndex *index[PIPELINE_IMAGES_MAX] = {NULL};
    for (int i = 0; i < images_in_all(cog->file); i++)
        index[i] = &cog->placed[i];
    order_directories(cog);
    return complete_all(cog->file, index, status) && place(cog, status) &&
           append_head(cog, status) && for_each_tile(cog, copy_tile, status);
}

bool file_layout_cog(const FileLayout *file, Status *status)
{
    Cog cog;
    const bool ok = cog_begin(&cog, file, status) && make_cog(&cog, status);
    cog_end(&cog);
    return ok;
}
