/* SPDX-License-Identifier: MIT */
/** @file
 * A made-up raster through the pipeline, in one pass or several, into memory,
 * and the check that each tile holds what it should.
 */
#ifndef ROWBAND_TESTS_PIPELINE_RUN_H
#define ROWBAND_TESTS_PIPELINE_RUN_H

#include <stdatomic.h>

#include "pipeline.h"
#include "raster.h"

enum { PIPELINE_RUN_START = 16, PIPELINE_RUN_PASSES = 12 };

/** One way of writing a raster, and what came of it. */
typedef struct PipelineRun {
    const Raster *raster;
    ImageSpec images[PIPELINE_IMAGES_MAX];
    int level_count;
    const Resampler *resampler;
    const void *resampler_custom;
    ValidityPlane validity;
    Plan plans[PIPELINE_RUN_PASSES]; /* of the pass of that number */
    Pass passes[PIPELINE_RUN_PASSES];
    int pass_count;  /* 0: one over everything, with plans[0] */
    bool mask_again; /* passes that are added have the mask, all of them */
    int readers;     /* 0: the caller's thread feeds */
    int append_fails_at, tick_cancels_at, windows_fed_at_most; /* 0: never */

    Status status;
    uint8_t *bytes; /* of the file, from PIPELINE_RUN_START on */
    size_t nbytes, capacity;
    TileIndex index[PIPELINE_IMAGES_MAX];
    Predictor predictor; /* that was found */
    uint64_t peak_nbytes;
    PipelineWaits waits;
    int appends, ticks;
    atomic_bool cancelled;
    int64_t tiles_told;
} PipelineRun;

PipelineRun pipeline_run_of(const Raster *raster, const Codec *codec,
                            Predictor predictor);
void pipeline_run_free(PipelineRun *run);

/** Gives the file overviews, each half the size of the one below. */
void pipeline_run_add_levels(PipelineRun *run, int level_count);

/** Adds a pass with a plan of anything for its region. */
void pipeline_run_add_pass(PipelineRun *run, Random *random, int level,
                           Span bands, const Window *region);

/** The whole of a level. */
Window pipeline_run_level(const PipelineRun *run, int level);

/** Starts the pipeline. The run's fields are not moved from now on.
 * @return NULL with the reason in run->status */
Pipeline *pipeline_run_start(PipelineRun *run);

/** Feeds all windows of all passes.
 * @return what the pipeline said */
bool pipeline_run_feed(PipelineRun *run, Pipeline *pipeline);

/** Finishes the pipeline, keeps what it made, and frees it.
 * @param ok whether all was fed
 * @return what the pipeline said */
bool pipeline_run_end(PipelineRun *run, Pipeline *pipeline, bool ok);

/** All of that.
 * @return what the pipeline said; the rest is in @p run */
bool pipeline_run(PipelineRun *run);

/** Encoded tile @p i of an image. */
const uint8_t *pipeline_run_tile(const PipelineRun *run, int image, int64_t i);

/** Each tile, decoded, holds what the passes and the resampler, which is that
 * of nearest neighbours, put there. */
void pipeline_run_expect_raster(const PipelineRun *run);

/** Each tile is the same to the byte. */
void pipeline_run_expect_same_tiles(const PipelineRun *a, const PipelineRun *b);

/** codec_none, which dawdles now and then. */
Codec pipeline_run_slow_codec(void);

#endif
