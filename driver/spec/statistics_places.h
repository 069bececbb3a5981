/* SPDX-License-Identifier: MIT */
/** @file
 * Statistics that are not known yet: what a part says of them is a place for
 * each, which merging fills. The text around it, of GDAL's metadata in a tag or
 * beside the file, is GTiff's, and stays as it is.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_STATISTICS_PLACES_H
#define ROWBAND_STATISTICS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_port.h"
#include "gtiff_tags.h"
#include "ifd.h"
#include "statistics.h"
#include "status.h"

CPL_C_START

/** The statistics of all bands, once they are known. */
typedef struct BandsCounted {
    const Statistics *of_bands;
    int count;
    double pixels; /**< of the raster */
} BandsCounted;

/** Has the proxy of the tags hold places; the tags are to be made from it once
 * more. */
void statistics_places_set(GtiffTags *tags);

/** Fills the places in what a file holds.
 * @param counted NULL: lines with places go
 * @return the new text, to be freed with CPLFree(); NULL if there are none */
char *statistics_places_fill_file(const uint8_t *bytes, size_t nbytes,
                                  const BandsCounted *counted);

/** The same for GDAL's metadata in a directory.
 * @return false with STATUS_NO_MEMORY */
bool statistics_places_fill_tag(Ifd *ifd, const BandsCounted *counted,
                                Status *status);

CPL_C_END

#endif
