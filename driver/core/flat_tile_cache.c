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

bool flat_tile_cache_find(const FlatTileCache *cache, const Layout *layout,
                          const TileJob *job, Payload *found)
{
    if (cache->nbytes == 0 || cache->image != job->image ||
        cache->plane != job->plane ||
        cache->columns != layout_valid_columns(layout, job->tile_x) ||
        cache->rows != layout_valid_rows(layout, job->tile_y) ||
        memcmp(cache->pixel, job->payload.of.pixels.samples,
               layout_pixel_nbytes(layout)) != 0)
        return false;
    *found = payload_encoded(cache->bytes, cache->nbytes);
    return true;
}

void flat_tile_cache_keep(FlatTileCache *cache, const Layout *layout,
                          const TileJob *job, const EncodedTile *encoded)
{
    if (encoded->nbytes > FLAT_TILE_NBYTES)
        return;
    memcpy(cache->bytes, encoded->bytes, encoded->nbytes);
    memcpy(cache->pixel, job->payload.of.pixels.samples,
           layout_pixel_nbytes(layout));
    cache->nbytes = encoded->nbytes;
    cache->image = job->image;
    cache->plane = job->plane;
    cache->columns = layout_valid_columns(layout, job->tile_x);
    cache->rows = layout_valid_rows(layout, job->tile_y);
}
