/* SPDX-License-Identifier: MIT */
/** @file
 * PREDICTOR=AUTO: the predictor is found by trying each on the first tile.
 * That is the tile which every plan completes first, so that what is found
 * depends on neither budget nor threads, and nothing is read twice for it.
 */
#ifndef ROWBAND_PREDICTOR_TRIAL_H
#define ROWBAND_PREDICTOR_TRIAL_H

#include <stdbool.h>

#include "encoder.h"

/** Finds the predictor that makes the tile smallest. Where the tile has next to
 * nothing in it, as in the empty corner of a scene, it is
 * predictor_usual().
 * @param image whose codec predicts
 * @param job   of the first tile; its reference is not released
 * @return false with STATUS_NO_MEMORY or STATUS_CODEC */
bool predictor_trial(const ImageSpec *image, const TileJob *job,
                     Predictor *chosen, Status *status);

/** What is taken where there is no tile to try. */
Predictor predictor_trial_of_nothing(const ImageSpec *image);

#endif
