/* SPDX-License-Identifier: MIT */
/** @file
 * TIFF predictors, one row at a time, from the samples as they lie in memory
 * to the bytes that the codec is given: copy and difference in one sweep.
 */
#ifndef ROWBAND_PREDICTOR_H
#define ROWBAND_PREDICTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Values of the Predictor tag (TIFF 6.0 section 14; 3: Adobe TIFF Technical
 * Note 3). */
typedef enum Predictor {
    PREDICTOR_AUTO = 0, /**< to be chosen, see predictor_trial.h */
    PREDICTOR_NONE = 1,
    PREDICTOR_HORIZONTAL = 2,
    PREDICTOR_FLOATING_POINT = 3
} Predictor;

/** @return whether @p predictor can be used on samples of @p sample_nbits bits,
 * floating point or not, as libtiff defines it. */
bool predictor_applies(Predictor predictor, int sample_nbits, bool is_float);

/** @return the one that usually serves best: PREDICTOR=YES */
Predictor predictor_usual(bool is_float);

/** Writes one row of @p samples samples to @p out.
 * @param out            samples * sample_nbytes bytes, not overlapping @p in
 * @param in             aligned to sample_nbytes
 * @param stride         samples per pixel: each sample becomes its
 *                       difference from the one that many before it
 * @param sample_nbytes  1, 2, 4 or 8 for PREDICTOR_HORIZONTAL; 2, 4 or 8 for
 *                       PREDICTOR_FLOATING_POINT; any for PREDICTOR_NONE */
void predictor_row(Predictor predictor, void *out, const void *in,
                   size_t samples, size_t stride, int sample_nbytes);

/** Undoes it.
 * @param out samples * sample_nbytes bytes, aligned to sample_nbytes
 * @param in  as predictor_row() wrote it; it does not survive, and does not
 *            overlap @p out */
void predictor_undo_row(Predictor predictor, void *out, void *in,
                        size_t samples, size_t stride, int sample_nbytes);

#endif
