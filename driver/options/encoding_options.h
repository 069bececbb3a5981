/* SPDX-License-Identifier: MIT */
/** @file
 * What the user says of how an image is encoded: the raster, or its overviews.
 */
#ifndef ROWBAND_ENCODING_OPTIONS_H
#define ROWBAND_ENCODING_OPTIONS_H

#include <stdbool.h>

#include "codec.h"
#include "cpl_port.h"
#include "status.h"

typedef struct EncodingOptions {
    char *compress;     /**< the value of COMPRESS; NULL: nothing is said */
    const Codec *codec; /**< static */
    int level;
    int predictor;     /**< a Predictor, PREDICTOR_AUTO or PREDICTOR_BY_TYPE */
    bool effort_named; /**< an option that concerns the codec alone is given: a
                            level, a quality, the error that LERC may make */
    char **for_codec;  /**< options for GTiff where it is the codec */
} EncodingOptions;

CPL_C_START

/** Reads what @p list says of the raster, in the words of GTiff or, with
 * LAYOUT=COG, of the COG driver. Warns of LEVEL and QUALITY where they have no
 * effect.
 * @return false with STATUS_INVALID naming the option;
 *         encoding_options_free() is due all the same */
bool encoding_options_parse(EncodingOptions *raster, CSLConstList list,
                            Status *status);

/** The same of the overviews, which are encoded as the raster where nothing is
 * said of them.
 * @param wanted whether there are any; if not, values are checked all the same,
 *               and nothing is said */
bool encoding_options_parse_overview(EncodingOptions *overview,
                                     const EncodingOptions *raster,
                                     CSLConstList list, bool wanted,
                                     Status *status);

void encoding_options_free(EncodingOptions *options);

CPL_C_END

#endif
