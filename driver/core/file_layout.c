/* SPDX-License-Identifier: MIT */
#include "file_layout.h"

#include <stdlib.h>

/* Bytes copied between two questions whether to go on. */
enum { COPY_NBYTES = 1 << 20 };

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

/** Copies the tiles as they lie in the store. */
static bool copy_tiles(const FileLayout *layout, Status *status)
{
    const uint64_t nbytes = layout->tiles_end - FILE_LAYOUT_TILES_BEGIN;
    uint8_t *piece = malloc(COPY_NBYTES);
    bool ok =
        piece != NULL || status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (uint64_t at = 0; ok && at < nbytes; at += COPY_NBYTES) {
        const size_t length =
            nbytes - at < COPY_NBYTES ? (size_t)(nbytes - at) : COPY_NBYTES;
        ok = file_layout_go_on(layout, (double)at / (double)nbytes, status) &&
             tile_store_read(layout->tiles, at, piece, length, status) &&
             output_append(&layout->output, piece, length, status);
    }
    free(piece);
    return ok;
}

bool file_layout_write(const FileLayout *layout, Status *status)
{
    /* TIFF 6.0 section 2: directories begin on a word boundary. */
    const size_t padding = layout->tiles_end & 1;
    const uint64_t directories_begin = layout->tiles_end + padding;
    const int count = file_layout_image_count(layout);
    uint8_t header[FILE_LAYOUT_HEADER_NBYTES];
    bool big;
    if (!file_layout_complete_directories(layout, layout->index, status))
        return false;
    const uint64_t classic_nbytes =
        directories_begin + directory_nbytes(layout->ifds, count, false);
    if (!directory_choose_format(layout->bigtiff, classic_nbytes, &big, status))
        return false;
    ifd_serialize_header(big, directories_begin, header);
    return layout->set_header(layout->output.user, header, status) &&
           (layout->tiles == NULL || copy_tiles(layout, status)) &&
           output_append(&layout->output, "", padding, status) &&
           directory_append(&layout->output, layout->ifds, count,
                            directories_begin, big, status);
}
