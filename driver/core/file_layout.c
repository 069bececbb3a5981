/* SPDX-License-Identifier: MIT */
#include "file_layout.h"

#include <stdlib.h>

#include "pipeline.h"
#include "tile_order.h"

int file_layout_image_count(const FileLayout *layout)
{
    return layout->image_count * layout->level_count;
}

bool file_layout_go_on(const FileLayout *layout, double done, Status *status)
{
    return layout->go_on(layout->user, done) ||
           status_fail(status, STATUS_CANCELLED, "cancelled");
}

bool file_layout_complete_directories(const FileLayout *layout,
                                      const TileIndex *const *index,
                                      Status *status)
{
    for (int i = 0; i < file_layout_image_count(layout); i++)
        if (!directory_complete(layout->ifds[i], &layout->images[i], index[i],
                                status))
            return false;
    return true;
}

/** The tiles on their way to their places. */
typedef struct Placing {
    const FileLayout *layout;
    TileIndex index[PIPELINE_IMAGES_MAX]; /**< of each image, as it will be in
                                               the file; nbytes are the
                                               layout's */
    bool in_order; /**< they lie in the order of the file already */
    uint64_t end;  /**< of those placed so far, in the file */
    uint8_t *piece;
    uint64_t run_begin, run_end; /**< in the store: to be copied next */
    uint64_t copied;
    double all; /**< bytes that are to be copied */
} Placing;

/** A TileVisit: whether the tile is where the last one ends. */
static bool follow_tile(void *user, int image, int64_t tile, Status *status)
{
    Placing *placing = user;
    const TileIndex *index = placing->layout->index[image];
    (void)status;
    if (index->nbytes[tile] > 0 && index->offsets[tile] != placing->end)
        placing->in_order = false;
    placing->end += index->nbytes[tile];
    return true;
}

/** A TileVisit. */
static bool place_tile(void *user, int image, int64_t tile, Status *status)
{
    Placing *placing = user;
    TileIndex *index = &placing->index[image];
    (void)status;
    if (index->nbytes[tile] > 0)
        index->offsets[tile] = placing->end;
    placing->end += index->nbytes[tile];
    return true;
}

/** Copies what of the store comes next. */
static bool copy_run(Placing *placing, Status *status)
{
    const FileLayout *layout = placing->layout;
    bool ok = true;
    while (ok && placing->run_begin < placing->run_end) {
        const uint64_t left = placing->run_end - placing->run_begin;
        const size_t length = left < FILE_LAYOUT_COPY_NBYTES
                                  ? (size_t)left
                                  : FILE_LAYOUT_COPY_NBYTES;
        ok = file_layout_go_on(layout, (double)placing->copied / placing->all,
                               status) &&
             tile_store_read(layout->tiles, placing->run_begin, placing->piece,
                             length, status) &&
             output_append(&layout->output, placing->piece, length, status);
        placing->run_begin += length;
        placing->copied += length;
    }
    return ok;
}

/** A TileVisit: tiles that follow each other in the store are copied at once.
 */
static bool copy_tile(void *user, int image, int64_t tile, Status *status)
{
    Placing *placing = user;
    const TileIndex *kept = placing->layout->index[image];
    const uint64_t begin = kept->offsets[tile] - FILE_LAYOUT_TILES_BEGIN;
    if (kept->nbytes[tile] == 0)
        return true;
    if (begin != placing->run_end) {
        if (!copy_run(placing, status))
            return false;
        placing->run_begin = begin;
    }
    placing->run_end = begin + kept->nbytes[tile];
    return true;
}

/** Calls @p visit with the tiles in the order of the file. */
static bool for_each_tile(Placing *placing, TileVisit visit, Status *status)
{
    const FileLayout *layout = placing->layout;
    placing->end = FILE_LAYOUT_TILES_BEGIN;
    return tile_order_visit(layout->images, layout->image_count,
                            layout->level_count, visit, placing, status);
}

static bool copy_tiles(Placing *placing, Status *status)
{
    placing->all = (double)(placing->end - FILE_LAYOUT_TILES_BEGIN);
    placing->piece = malloc(FILE_LAYOUT_COPY_NBYTES);
    if (placing->piece == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    return for_each_tile(placing, copy_tile, status) &&
           copy_run(placing, status);
}

/** Gives the tiles places that are not those where they are kept. */
static bool place_anew(Placing *placing, Status *status)
{
    if (placing->layout->tiles == NULL)
        return status_fail(status, STATUS_INVALID,
                           "tiles have come in an order that is not the "
                           "file's");
    for (int i = 0; i < file_layout_image_count(placing->layout); i++) {
        TileIndex *index = &placing->index[i];
        index->offsets = calloc((size_t)index->count, sizeof *index->offsets);
        if (index->offsets == NULL)
            return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    }
    return for_each_tile(placing, place_tile, status);
}

/** Call placing_end() even after a failure. */
static bool placing_begin(Placing *placing, const FileLayout *layout,
                          Status *status)
{
    const bool stay = layout->any_order && layout->tiles == NULL;
    *placing = (Placing){.layout = layout, .in_order = true};
    if (!stay)
        for_each_tile(placing, follow_tile, status);
    for (int i = 0; i < file_layout_image_count(layout); i++) {
        placing->index[i] = *layout->index[i];
        if (!placing->in_order)
            placing->index[i].offsets = NULL;
    }
    return placing->in_order || place_anew(placing, status);
}

static void placing_end(Placing *placing)
{
    for (int i = 0; i < file_layout_image_count(placing->layout); i++)
        if (!placing->in_order)
            free(placing->index[i].offsets);
    free(placing->piece);
}

/** Writes the file, the tiles of which have their places. */
static bool write_placed(Placing *placing, Status *status)
{
    const FileLayout *layout = placing->layout;
    /* TIFF 6.0 section 2: directories begin on a word boundary. */
    const uint64_t tiles_end =
        layout->tiles != NULL ? placing->end : layout->tiles_end;
    const size_t padding = tiles_end & 1;
    const uint64_t directories_begin = tiles_end + padding;
    const int count = file_layout_image_count(layout);
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    uint8_t header[FILE_LAYOUT_HEADER_NBYTES];
    bool big;
    for (int i = 0; i < count; i++)
        index[i] = &placing->index[i];
    if (!file_layout_complete_directories(layout, index, status))
        return false;
    const uint64_t classic_nbytes =
        directories_begin + directory_nbytes(layout->ifds, count, false);
    if (!directory_choose_format(layout->bigtiff, classic_nbytes, &big, status))
        return false;
    ifd_serialize_header(big, directories_begin, header);
    uint64_t offsets[PIPELINE_IMAGES_MAX];
    const int chained =
        count - (layout->aside != NULL ? layout->image_count : 0);
    directory_offsets(layout->ifds, count, directories_begin, big, offsets);
    for (int i = chained; i < count; i++)
        layout->aside[i - chained] = offsets[i];
    return layout->set_header(layout->output.user, header, status) &&
           (layout->tiles == NULL || copy_tiles(placing, status)) &&
           output_append(&layout->output, "", padding, status) &&
           directory_append(&layout->output, layout->ifds, count, chained,
                            directories_begin, big, status);
}

bool file_layout_write(const FileLayout *layout, Status *status)
{
    Placing placing;
    const bool ok = placing_begin(&placing, layout, status) &&
                    write_placed(&placing, status);
    placing_end(&placing);
    return ok;
}
