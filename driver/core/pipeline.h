/* SPDX-License-Identifier: MIT */
/** @file
 * The machine: windows go in on the caller's thread, encoded tiles come out at
 * the Output, in order, encoded by as many workers as the plan says.
 *
 *     caller: take_window -> (fill it) -> feed -> take_window -> ... -> finish
 *     worker: queue -> encoder -> writer
 *             queue -> resampler -> (tiles and cells of overviews) -> queue
 *
 * Every function is for the caller's thread. Workers never call back but
 * into Output.
 */
#ifndef ROWBAND_PIPELINE_H
#define ROWBAND_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "plan.h"
#include "pool.h"
#include "pyramid.h"
#include "status.h"
#include "writer.h"

/** Images of the largest file: a raster, its mask, and overviews of both. */
enum { PIPELINE_IMAGES_MAX = LEVELS_MAX * SWATH_IMAGES_MAX };

/** How long the caller's thread waits before it asks whether to go on. */
enum { PIPELINE_TICK_MS = 40 };

/** Told on the caller's thread how many tiles are written: after each window
 * and every few tens of milliseconds while the pipeline makes it wait.
 * @return false to cancel */
typedef bool (*Tick)(void *user, int64_t tiles_written);

typedef struct PipelineSpec {
    const ImageSpec *images; /**< image_count of each level, level after level;
                                  copied */
    int image_count;         /**< of one level: that windows hold */
    int level_count;         /**< 1: no overviews */
    const Resampler *resampler;   /**< that makes overviews */
    const void *resampler_custom; /**< kept by reference */
    ValidityPlane validity;       /**< for the statistics */
    const Plan *plan;             /**< read at start only */
    Output output;
    uint64_t output_position; /**< of the first byte appended */
    Tick tick;
    void *tick_user;
} PipelineSpec;

typedef struct Pipeline Pipeline;

/** Starts the workers. If only some threads can be had, those must do.
 * @return NULL with STATUS_NO_MEMORY or STATUS_THREAD */
Pipeline *pipeline_start(const PipelineSpec *spec, Status *status);

/** Takes a window buffer of plan->window_nbytes, once there is one.
 * @param wait false: do not wait for one
 * @return NULL after a failure or a cancel, said in @p status; or if there is
 *         none now, with nothing said */
Buffer *pipeline_take_window(Pipeline *pipeline, bool wait, Status *status);

/** How many window buffers are taken and not yet done with. */
int pipeline_windows_out(Pipeline *pipeline);

/** Asks Tick whether to go on.
 * @return false after a failure or a cancel, said in @p status */
bool pipeline_go_on(Pipeline *pipeline, Status *status);

/** Hands over a filled window, and with it the caller's reference to
 * @p buffer.
 * @return false after a failure or a cancel, said in @p status */
bool pipeline_feed(Pipeline *pipeline, const Window *window, Buffer *buffer,
                   Status *status);

/** Waits until every tile is written and joins the workers. All windows must
 * have been fed.
 * @return false after a failure or a cancel, said in @p status */
bool pipeline_finish(Pipeline *pipeline, Status *status);

/** Tiles written so far. */
int64_t pipeline_tiles_written(Pipeline *pipeline);

/** After pipeline_finish(): the images, with nothing left open. */
const ImageSpec *pipeline_images(const Pipeline *pipeline);

/** After pipeline_finish(): where the tiles lie and where the file ends. */
const TileIndex *pipeline_index(const Pipeline *pipeline, int image);
uint64_t pipeline_position(const Pipeline *pipeline);

/** After pipeline_finish(): whether a sample of @p image, or of one encoded
 * like it, was too large for its bits. */
bool pipeline_has_clipped(const Pipeline *pipeline, int image);

/** The most bytes that windows, carried tiles and overviews in progress held at
 * once. */
uint64_t pipeline_peak_nbytes(Pipeline *pipeline);

/** Aborts what is not finished, joins the workers and frees everything. Every
 * buffer taken must have been fed or released. */
void pipeline_free(Pipeline *pipeline);

#endif
