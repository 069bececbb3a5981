/* SPDX-License-Identifier: MIT */
/* The floor of a translation's time: only predicts and compresses the tiles,
 * from RAM to RAM, with the driver's own predictor and codec.
 *
 *     rowband_floor SRC LEVEL PREDICTOR THREADS
 *
 * LEVEL may be AUTO, which then counts the trial as well.
 *
 * Loads the raster as tiles of 512x512, pixel interleaved and padded; warms
 * what the threads write to; then encodes every tile, and prints what that
 * part alone took and made: wall=SECONDS cpu=SECONDS nbytes=N */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gdal.h>

#include "codec.h"
#include "layout.h"
#include "predictor.h"

enum { TILE = 512, MOST_THREADS = 64 };

/** What all threads share. */
typedef struct Floor {
    Layout layout;
    Predictor predictor;
    CodecSetup setup;
    uint8_t *tiles; /**< all, one after another */
    atomic_llong next_tile;
    atomic_llong nbytes; /**< made so far */
    pthread_barrier_t warm, go, done;
} Floor;

/** What a thread has of its own. */
typedef struct Worker {
    Floor *floor;
    pthread_t thread;
    void *codec;
    uint8_t *predicted, *encoded;
} Worker;

static void die(const char *what)
{
    fprintf(stderr, "rowband_floor: %s\n", what);
    exit(1);
}

static double seconds_on(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static Layout layout_of(GDALDatasetH source, GDALDataType type)
{
    Layout layout;
    Status status = {0};
    const int sample_nbytes = GDALGetDataTypeSizeBytes(type);
    const LayoutSpec spec = {.width = GDALGetRasterXSize(source),
                             .height = GDALGetRasterYSize(source),
                             .bands = GDALGetRasterCount(source),
                             .sample_nbytes = sample_nbytes,
                             .sample_nbits = 8 * sample_nbytes,
                             .tile_width = TILE,
                             .tile_height = TILE};
    if (!layout_init(&layout, &spec, &status))
        die(status.message);
    return layout;
}

/** Fills the tiles; what is beyond the raster's edge stays 0. */
static void load_tiles(Floor *floor, GDALDatasetH source, GDALDataType type)
{
    const Layout *layout = &floor->layout;
    const int pixel_nbytes =
        layout->spec.sample_nbytes * layout->samples_per_pixel;
    floor->tiles = calloc((size_t)layout->tile_count, layout->tile_nbytes);
    if (floor->tiles == NULL)
        die("no memory for the tiles");
    for (int64_t y = 0; y < layout->tiles_down; y++)
        for (int64_t x = 0; x < layout->tiles_across; x++) {
            const int columns = (int)layout_valid_columns(layout, x);
            const int rows = (int)layout_valid_rows(layout, y);
            uint8_t *tile =
                floor->tiles + (size_t)layout_tile_index(layout, 0, x, y) *
                                   layout->tile_nbytes;
            if (GDALDatasetRasterIO(source, GF_Read, (int)x * TILE,
                                    (int)y * TILE, columns, rows, tile, columns,
                                    rows, type, layout->spec.bands, NULL,
                                    pixel_nbytes, (int)layout->row_nbytes,
                                    layout->spec.sample_nbytes) != CE_None)
                die("cannot read the source");
        }
}

/** Predicts and compresses one tile. Returns the bytes that it makes. */
static size_t encode_tile(Worker *own, const uint8_t *tile)
{
    Floor *floor = own->floor;
    const Layout *layout = &floor->layout;
    const size_t pixels = (size_t)layout->samples_per_pixel;
    for (size_t at = 0; at < layout->tile_nbytes; at += layout->row_nbytes)
        predictor_row(floor->predictor, own->predicted + at, tile + at,
                      TILE * pixels, pixels, layout->spec.sample_nbytes);

    const CodecInput in = {own->predicted, layout->row_nbytes, TILE, TILE, 0};
    size_t nbytes = 0;
    Status status = {0};
    if (!codec_deflate.encode(own->codec, &in, own->encoded,
                              codec_deflate.bound(&floor->setup), &nbytes,
                              &status))
        die(status.message);
    return nbytes;
}

static void *work(void *argument)
{
    Worker *own = argument;
    Floor *floor = own->floor;
    encode_tile(own, floor->tiles);
    pthread_barrier_wait(&floor->warm);
    pthread_barrier_wait(&floor->go);
    long long tile;
    while ((tile = atomic_fetch_add(&floor->next_tile, 1)) <
           floor->layout.tile_count) {
        const size_t nbytes = encode_tile(
            own, floor->tiles + (size_t)tile * floor->layout.tile_nbytes);
        atomic_fetch_add(&floor->nbytes, (long long)nbytes);
    }
    pthread_barrier_wait(&floor->done);
    return NULL;
}

static void start_worker(Worker *own, Floor *floor)
{
    /* Written to by hand: fresh pages would be part of the time. */
    const size_t capacity = codec_deflate.bound(&floor->setup);
    own->floor = floor;
    own->codec = codec_deflate.open(&floor->setup);
    own->predicted = malloc(floor->layout.tile_nbytes);
    own->encoded = malloc(capacity);
    if (own->codec == NULL || own->predicted == NULL || own->encoded == NULL)
        die("no memory for a thread");
    memset(own->predicted, 1, floor->layout.tile_nbytes);
    memset(own->encoded, 1, capacity);
    if (pthread_create(&own->thread, NULL, work, own) != 0)
        die("cannot start a thread");
}

static void end_worker(Worker *own)
{
    pthread_join(own->thread, NULL);
    codec_deflate.close(own->codec);
    free(own->predicted);
    free(own->encoded);
}

/** Encodes all tiles on so many threads and prints what it took. */
static void run(Floor *floor, int threads)
{
    Worker workers[MOST_THREADS];
    const unsigned parties = (unsigned)threads + 1;
    pthread_barrier_init(&floor->warm, NULL, parties);
    pthread_barrier_init(&floor->go, NULL, parties);
    pthread_barrier_init(&floor->done, NULL, parties);
    for (int i = 0; i < threads; i++)
        start_worker(&workers[i], floor);
    pthread_barrier_wait(&floor->warm);
    const double wall = seconds_on(CLOCK_MONOTONIC);
    const double cpu = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
    pthread_barrier_wait(&floor->go);
    pthread_barrier_wait(&floor->done);
    printf(
        "wall=%.6f cpu=%.6f nbytes=%lld\n", seconds_on(CLOCK_MONOTONIC) - wall,
        seconds_on(CLOCK_PROCESS_CPUTIME_ID) - cpu, (long long)floor->nbytes);
    for (int i = 0; i < threads; i++)
        end_worker(&workers[i]);
}

static int level_of(const char *text)
{
    return strcmp(text, "AUTO") == 0 ? LEVEL_AUTO : atoi(text);
}

int main(int argc, char **argv)
{
    static Floor floor;
    const int threads = argc == 5 ? atoi(argv[4]) : 0;
    if (threads < 1 || threads > MOST_THREADS)
        die("usage: rowband_floor SRC LEVEL PREDICTOR THREADS");
    GDALAllRegister();
    GDALDatasetH source = GDALOpen(argv[1], GA_ReadOnly);
    if (source == NULL)
        die("cannot open the source");
    const GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(source, 1));
    floor.layout = layout_of(source, type);
    floor.predictor = (Predictor)atoi(argv[3]);
    floor.setup =
        (CodecSetup){.layout = &floor.layout, .level = level_of(argv[2])};
    if (!predictor_applies(floor.predictor, floor.layout.spec.sample_nbits,
                           GDALDataTypeIsFloating(type)))
        die("this predictor is not for this type");
    load_tiles(&floor, source, type);
    GDALClose(source);
    run(&floor, threads);
    free(floor.tiles);
    return 0;
}
