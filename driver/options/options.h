/* SPDX-License-Identifier: MIT */
/** @file
 * Creation options: what is offered, and what a user's list of them means.
 */
#ifndef ROWBAND_OPTIONS_H
#define ROWBAND_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "codec.h"
#include "cpl_port.h"
#include "directory.h"
#include "predictor.h"
#include "status.h"

/** PREDICTOR=YES: 2 for integers, 3 for floating point. */
enum { PREDICTOR_BY_TYPE = -1 };

/** Immutable after options_parse(). */
typedef struct Options {
    uint64_t budget_nbytes;
    int threads;
    int read_threads; /**< 0: READ_THREADS=AUTO, as many as are of use */
    bool tiled;
    int block_width, block_height; /**< strips: height only */
    char *compress;                /**< the value of COMPRESS */
    const Codec *codec;
    int level;
    int predictor; /**< a Predictor, PREDICTOR_AUTO or PREDICTOR_BY_TYPE */
    bool planar;   /**< INTERLEAVE=BAND */
    BigTiff bigtiff;
    bool sparse_ok;
    bool nan_to_nodata;
    char *discard_lsb; /**< the value of DISCARD_LSB, or NULL */
    bool statistics;
    bool crs_identify;
    bool fsync;       /**< FSYNC */
    char **for_tags;  /**< options for GTiff that only touch tags */
    char **for_codec; /**< options for GTiff where it is the codec */
} Options;

CPL_C_START

/** Reads a list of NAME=VALUE. Options of GDAL's own (with a leading @) and
 * unknown ones, of which GDAL has warned, are passed over.
 * @param raster_width in pixels; a BLOCKXSIZE of as many may be that of strips
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option;
 *         options_free() is due all the same */
bool options_parse(Options *options, CSLConstList list, int raster_width,
                   Status *status);

void options_free(Options *options);

CPL_C_END

#endif
