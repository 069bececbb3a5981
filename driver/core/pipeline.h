/* SPDX-License-Identifier: MIT */
/** @file
 * The machine: windows go in on the caller's thread, encoded tiles come out at
 * the Output, in order, encoded by as many workers as the plan says.
 *
 *     caller: take_window -> (fill it) -> feed -> take_window -> ... -> finish
 *     worker: queue -> encoder -> writer
 *             queue -> resampler -> (tiles and cells of overviews) -> queue
 *
 * Windows come in passes, one after the other; passes with the same bands may
 * share tiles and cells, and where the next has other bands, the workers finish
 * what they have first. Which passes share out a raster does not change the
 * bytes of any tile, except that with PREDICTOR_AUTO they must have the same
 * first whole tile, which decides. It does change the order of tiles in the
 * output: pass after pass, and within a pass as carve.h says, levels that are
 * made here in between. Where that is not the file's order (tile_order.h), the
 * output must be a store.
 *
 * Every function is for the caller's thread. Workers never call back but
 * into Output.
 */
#ifndef ROWBAND_PIPELINE_H
#define ROWBAND_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "dispatch.h"
#include "encoder.h"
#include "pass.h"
#include "pool.h"
#include "pyramid.h"
#include "status.h"
#include "writer.h"

/** Images of the largest file: a raster, its mask, and overviews of both; and
 * of one level a second time. */
enum { PIPELINE_IMAGES_MAX = LEVELS_MAX * SWATH_IMAGES_MAX + SWATH_IMAGES_MAX };

typedef struct PipelineSpec {
    const ImageSpec *images; /**< image_count of each level, level after level;
                                  copied */
    int image_count;         /**< of one level: that windows hold */
    int level_count;         /**< 1: no overviews */
    const ImageSpec *twice;  /**< NULL; or image_count images like those of
                                  level twice_level, tiles of which are encoded
                                  so as well: numbered behind all the others */
    int twice_level;
    const Resampler *resampler;   /**< that makes overviews */
    const void *resampler_custom; /**< kept by reference */
    ValidityPlane validity;       /**< for the statistics */
    const Pass *passes;           /**< in the order in which they will be fed;
                                       kept by reference */
    int pass_count;               /**< at least 1. Workers, slots and window
                                       buffers are the most that a plan has */
    const Holes *holes;           /**< of the raster: tiles there, and those of
                                       overviews that are made from there alone,
                                       come empty, and nothing is looked at of
                                       their pixels in windows. Images accept
                                       empty tiles then. NULL: there are none */
    const LevelRows *rows;   /**< of each level, what is made of it; the tiles
                                  of other rows are elsewhere. NULL: all */
    int64_t tiles_elsewhere; /**< that neither passes bring nor pipeline_put():
                                  see ImageSpec.copied */
    Output output;
    uint64_t output_position; /**< of the first byte appended */
    Tick tick;
    void *tick_user;
} PipelineSpec;

typedef struct Pipeline Pipeline;

/** Starts the workers. If only some threads can be had, those must do.
 * @return NULL with STATUS_NO_MEMORY or STATUS_THREAD; with STATUS_INVALID if
 *         pass_check_all() says so, or if a pass with some of the bands only
 *         cannot know which pixels are valid */
Pipeline *pipeline_start(const PipelineSpec *spec, Status *status);

/** Takes a window buffer with room for the largest window of any pass, once
 * there is one.
 * @param wait false: do not wait for one
 * @return NULL after a failure or a cancel, said in @p status; or if there is
 *         none now, with nothing said */
Buffer *pipeline_take_window(Pipeline *pipeline, bool wait, Status *status);

/** How many window buffers are taken and not yet done with. */
int pipeline_windows_out(Pipeline *pipeline);

/** Asks Tick whether to go on.
 * @return false after a failure or a cancel, said in @p status */
bool pipeline_go_on(Pipeline *pipeline, Status *status);

/** Hands over a filled window of a pass, and with it the caller's reference to
 * @p buffer.
 * @param pass one of those that the pipeline was started with
 * @return false after a failure or a cancel, said in @p status; with
 *         STATUS_INVALID if the pass has other bands than the one before, and
 *         that one has left tiles or cells of overviews unfinished */
bool pipeline_feed(Pipeline *pipeline, const Pass *pass, const Window *window,
                   Buffer *buffer, Status *status);

/** Hands over a tile, and with it the caller's reference to job->owner: one
 * that comes encoded or empty, and no pass brings. Nothing is made from it:
 * levels above need passes of their own. What may be on its way at once is up
 * to the pool of job->owner.
 * @return false after a failure or a cancel, said in @p status; with
 *         STATUS_INVALID for encoded bytes where the predictor is left open */
bool pipeline_put(Pipeline *pipeline, const TileJob *job, Status *status);

/** Waits until every tile is written and joins the workers.
 * @return false after a failure or a cancel, said in @p status; with
 *         STATUS_INVALID if not all tiles of the file have come */
bool pipeline_finish(Pipeline *pipeline, Status *status);

/** Tiles written so far. */
int64_t pipeline_tiles_written(Pipeline *pipeline);

/** Adds to what the caller's thread has waited for windows to be read. */
void pipeline_waited_for_source(Pipeline *pipeline, int64_t ns);

/** Who waited for whom so far, in seconds of the clock; what workers waited is
 * the sum over all of them. */
typedef struct PipelineWaits {
    double caller_for_source;  /**< for windows to be read */
    double caller_for_workers; /**< for window buffers, for what is carried to
                                    be encoded, and for the end */
    double workers_for_jobs;   /**< with nothing to do */
    double workers_for_turn;   /**< with all slots taken by tiles that wait for
                                    an earlier one to be encoded or written */
} PipelineWaits;

PipelineWaits pipeline_waits(Pipeline *pipeline);

/** After pipeline_finish(): the images, with nothing left open. */
const ImageSpec *pipeline_images(const Pipeline *pipeline);

/** After pipeline_finish(): where the tiles lie and where the file ends. */
const TileIndex *pipeline_index(const Pipeline *pipeline, int image);

/** The same, for who frees its arrays. */
TileIndex pipeline_take_index(Pipeline *pipeline, int image);
uint64_t pipeline_position(const Pipeline *pipeline);

/** After pipeline_finish(): how many tiles came empty and were not left out.
 * @param[out] encoded for how many of them one was encoded */
int64_t pipeline_empty_tiles(const Pipeline *pipeline, int64_t *encoded);

/** After pipeline_finish(): whether a sample of @p image, or of one encoded
 * like it, was too large for its bits. */
bool pipeline_has_clipped(const Pipeline *pipeline, int image);

/** After pipeline_finish(): adds to each of @p counts, by level_trial_levels,
 * how many tiles were encoded at a level that was found for them. */
void pipeline_add_levels(const Pipeline *pipeline, int64_t *counts);

/** The most bytes that windows, carried tiles and overviews in progress held at
 * once. */
uint64_t pipeline_peak_nbytes(Pipeline *pipeline);

/** Aborts what is not finished, joins the workers and frees everything. Every
 * buffer taken must have been fed or released. */
void pipeline_free(Pipeline *pipeline);

#endif
