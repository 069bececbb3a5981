/* SPDX-License-Identifier: MIT */
#include "flat_tile_cache.h"

#include <stdlib.h>
#include <string.h>

bool flat_tile_cache_init(FlatTileCache *cache, size_t pixel_nbytes)
{
    *cache = (FlatTileCache){.bytes = malloc(FLAT_TILE_NBYTES),
                             .pixel = malloc(pixel_nbytes)};
    return cache->bytes != NULL && cache->pixel != NULL;
}

void flat_tile_cache_clear(FlatTileCache *cache)
{
    free(cache->pixel);
    free(cache->bytes);
}

bool flat_tile_cache_has(const FlatTileCache *cache, const Layout *layout,
                         const TileJob *job)
{
    return cache->nbytes > 0 && cache->image == job->image &&
           cache->plane == job->plane &&
           cache->columns == layout_valid_columns(layout, job->tile_x) &&
           cache->rows == layout_valid_rows(layout, job->tile_y) &&
           memcmp(cache->pixel, job->pixels, layout_pixel_nbytes(layout)) == 0;
}

void flat_tile_cache_keep(FlatTileCache *cache, const Layout *layout,
                          const TileJob *job, const uint8_t *bytes,
                          size_t nbytes)
{
    if (nbytes > FLAT_TILE_NBYTES)
        return;
    memcpy(cache->bytes, bytes, nbytes);
    memcpy(cache->pixel, job->pixels, layout_pixel_nbytes(layout));
    cache->nbytes = nbytes;
    cache->image = job->image;
    cache->plane = job->plane;
    cache->columns = layout_valid_columns(layout, job->tile_x);
    cache->rows = layout_valid_rows(layout, job->tile_y);
}
