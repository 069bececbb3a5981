/* SPDX-License-Identifier: MIT */
#include "memo.h"

#include <stdlib.h>
#include <string.h>

bool memo_init(Memo *memo, size_t pixel_nbytes)
{
    *memo = (Memo){.bytes = malloc(MEMO_NBYTES), .pixel = malloc(pixel_nbytes)};
    return memo->bytes != NULL && memo->pixel != NULL;
}

void memo_clear(Memo *memo)
{
    free(memo->pixel);
    free(memo->bytes);
}

bool memo_has(const Memo *memo, const Layout *layout, const TileJob *job)
{
    return memo->nbytes > 0 && memo->image == job->image &&
           memo->plane == job->plane &&
           memo->columns == layout_valid_columns(layout, job->tile_x) &&
           memo->rows == layout_valid_rows(layout, job->tile_y) &&
           memcmp(memo->pixel, job->pixels, layout_pixel_nbytes(layout)) == 0;
}

void memo_keep(Memo *memo, const Layout *layout, const TileJob *job,
               const uint8_t *bytes, size_t nbytes)
{
    if (nbytes > MEMO_NBYTES)
        return;
    memcpy(memo->bytes, bytes, nbytes);
    memcpy(memo->pixel, job->pixels, layout_pixel_nbytes(layout));
    memo->nbytes = nbytes;
    memo->image = job->image;
    memo->plane = job->plane;
    memo->columns = layout_valid_columns(layout, job->tile_x);
    memo->rows = layout_valid_rows(layout, job->tile_y);
}
