/* SPDX-License-Identifier: MIT */
/** @file
 * How a cell of an overview is made from the level below.
 */
#ifndef ROWBAND_RESAMPLER_H
#define ROWBAND_RESAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "gather.h"
#include "layout.h"
#include "status.h"

/** One axis of a level and of the one below. */
typedef struct Scale {
    int64_t source_size, size; /**< pixels */
} Scale;

/** Source pixels for one of the level's, as GDAL's overview code has it
 * (gcore/overview.cpp: dfXRatioDstToSrc). */
double scale_ratio(Scale scale);

/** One cell to be made. Both buffers are as swath.h says. */
typedef struct Resampling {
    int level; /**< that the cell is of; 1: the first overview */
    Scale x, y;
    const Layout *layouts; /**< of the level; sample layouts of all are alike */
    int image_count;
    int first_band;  /**< of the raster, from 0 on; image 0 has the bands from
                          it on that its layout says */
    Window held;     /**< what @p source holds, in pixels of the level below */
    uint8_t *source; /**< only read */
    Window cell;     /**< what @p out holds, in pixels of the level */
    uint8_t *out;
} Resampling;

/** A way of resampling. Immutable, used by all workers. */
typedef struct Resampler {
    /** Which pixels of the level below pixels @p of of the level are made from;
     * neither end decreases as those of @p of grow. */
    Span (*needs)(const void *custom, Scale scale, Span of);

    /** @return a state for one thread at a time, or NULL for want of memory */
    void *(*open)(const void *custom);
    void (*close)(void *state);

    /** Bytes of a state while it runs, for the budget. */
    uint64_t (*state_nbytes)(const void *custom);

    /** @return false with a reason in @p status */
    bool (*run)(void *state, const Resampling *task, Status *status);
} Resampler;

/** Picks one pixel for each, the one that GDAL's overview code picks
 * (gcore/overview.cpp: GDALResampleChunk32R_Near), bit by bit. Needs no
 * custom. */
extern const Resampler resampler_nearest;

#endif
