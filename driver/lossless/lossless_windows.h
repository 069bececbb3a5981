/* SPDX-License-Identifier: MIT */
/** @file
 * Windows of pixels out of tiles that are copied: what is made of pixels
 * besides, overviews and statistics, has them decoded from the bytes that are
 * copied, by as many readers as there are cores, whatever the source's driver
 * can do at once. What does not decode so is read as it would be otherwise, and
 * its driver says what is wrong with it.
 */
#ifndef ROWBAND_LOSSLESS_WINDOWS_H
#define ROWBAND_LOSSLESS_WINDOWS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "file_spec.h"
#include "lossless_copy.h"
#include "plan.h"
#include "source.h"
#include "tile_decoder.h"

/** Zeroed before; fields are this module's. */
typedef struct LosslessWindows {
    bool active;
    LosslessCopy *copy;
    const FileSpec *file;
    WindowSource source; /**< of the source itself */
    TileDecoder *decoders[READERS_MAX];
    int count; /**< of decoders */

    pthread_mutex_t mutex; /**< guards what follows, and reading of files */
    Window left[READERS_MAX + 1]; /**< windows that are left to the source, and
                                       not read yet */
    int left_count;
    int64_t decoded, left_all; /**< tiles; windows */
} LosslessWindows;

/** Before the plan: has @p file say whether windows of the raster are decoded
 * here.
 * @param others_need whether the source is read for something else, too */
void lossless_windows_choose(const LosslessCopy *copy, FileSpec *file,
                             bool others_need);

/** Where windows of the raster are read from: here, if the plan keeps to tiles,
 * or from the source. All must outlive @p windows; call lossless_windows_end()
 * afterwards.
 * @param[in,out] readers how many are wanted, and how many there are */
WindowSource lossless_windows_begin(LosslessWindows *windows,
                                    LosslessCopy *copy, const FileSpec *file,
                                    Source *source, const Plan *plan,
                                    int *readers);

/** Says what was decoded. No reader is at work. */
void lossless_windows_end(LosslessWindows *windows);

#endif
