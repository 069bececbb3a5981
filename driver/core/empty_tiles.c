/* SPDX-License-Identifier: MIT */
#include "empty_tiles.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/** One of them; tiles in the last column and row may be smaller. */
typedef struct Kept {
    uint8_t *bytes; /**< NULL: none is */
    size_t nbytes;
    int64_t like;
} Kept;

enum { SHAPES = 4 };

struct EmptyTiles {
    pthread_mutex_t mutex;
    const ImageSpec *images;
    int planes; /**< the most that an image has */
    int64_t count;
    Kept *kept; /**< by image, plane and shape */
    size_t nbytes;
    int64_t asked, found;
};

EmptyTiles *empty_tiles_new(const ImageSpec *images, int image_count)
{
    EmptyTiles *tiles = calloc(1, sizeof *tiles);
    if (tiles == NULL)
        return NULL;
    pthread_mutex_init(&tiles->mutex, NULL);
    tiles->images = images;
    for (int i = 0; i < image_count; i++)
        if (images[i].layout.planes > tiles->planes)
            tiles->planes = images[i].layout.planes;
    tiles->count = (int64_t)image_count * tiles->planes * SHAPES;
    tiles->kept = calloc((size_t)tiles->count, sizeof *tiles->kept);
    if (tiles->kept == NULL) {
        empty_tiles_free(tiles);
        return NULL;
    }
    return tiles;
}

void empty_tiles_free(EmptyTiles *tiles)
{
    if (tiles == NULL)
        return;
    for (int64_t i = 0; tiles->kept != NULL && i < tiles->count; i++)
        free(tiles->kept[i].bytes);
    free(tiles->kept);
    pthread_mutex_destroy(&tiles->mutex);
    free(tiles);
}

static Kept *kept_for(EmptyTiles *tiles, const TileJob *job)
{
    const Layout *layout = &tiles->images[job->image].layout;
    const int shape = (job->tile_x == layout->tiles_across - 1) +
                      2 * (job->tile_y == layout->tiles_down - 1);
    const int64_t plane = (int64_t)job->image * tiles->planes + job->plane;
    return &tiles->kept[plane * SHAPES + shape];
}

bool empty_tiles_find(EmptyTiles *tiles, const TileJob *job,
                      EncodedTile *encoded, int64_t *like)
{
    if (tiles == NULL)
        return false;
    pthread_mutex_lock(&tiles->mutex);
    const Kept *kept = kept_for(tiles, job);
    *encoded = (EncodedTile){kept->bytes, kept->nbytes};
    *like = kept->like;
    tiles->asked++;
    tiles->found += kept->bytes != NULL;
    pthread_mutex_unlock(&tiles->mutex);
    return encoded->bytes != NULL;
}

void empty_tiles_keep(EmptyTiles *tiles, const TileJob *job,
                      const EncodedTile *encoded)
{
    if (tiles == NULL)
        return;
    const Layout *layout = &tiles->images[job->image].layout;
    pthread_mutex_lock(&tiles->mutex);
    Kept *kept = kept_for(tiles, job);
    if (kept->bytes == NULL &&
        tiles->nbytes + encoded->nbytes <= EMPTY_TILES_NBYTES &&
        (kept->bytes = malloc(encoded->nbytes)) != NULL) {
        memcpy(kept->bytes, encoded->bytes, encoded->nbytes);
        kept->nbytes = encoded->nbytes;
        kept->like =
            layout_tile_index(layout, job->plane, job->tile_x, job->tile_y);
        tiles->nbytes += encoded->nbytes;
    }
    pthread_mutex_unlock(&tiles->mutex);
}

int64_t empty_tiles_count(EmptyTiles *tiles, int64_t *encoded)
{
    pthread_mutex_lock(&tiles->mutex);
    const int64_t asked = tiles->asked;
    *encoded = asked - tiles->found;
    pthread_mutex_unlock(&tiles->mutex);
    return asked;
}
