/* SPDX-License-Identifier: MIT */
/** @file
 * Which tiles of an image lie in files of the source already: see
 * lossless_copy.h. On the thread that called the driver.
 */
#ifndef ROWBAND_LOSSLESS_IMAGE_H
#define ROWBAND_LOSSLESS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "encoding.h"
#include "gdal.h"
#include "gtiff_tags.h"
#include "ifd.h"
#include "lossless_files.h"
#include "status.h"
#include "writer.h"

/** Zeroed before. */
typedef struct LosslessImage {
    TileIndex index; /**< where the tiles lie in the store */
    uint8_t *copied; /**< ImageSpec.copied; NULL: none are */
    int64_t copied_count;
    int64_t hole_count; /**< of the others: not there, and what the source shows
                             in their place is what the output does */
    Ifd *tables;        /**< what the output's tags are to take over; or NULL */
} LosslessImage;

/** @return how many tiles are neither copied nor holes: they are made of
 * pixels */
static inline int64_t lossless_image_rest(const LosslessImage *image)
{
    return image->index.count - image->copied_count - image->hole_count;
}

/** Finds all that can be copied of an image: tiles that show tiles of a file as
 * they are.
 * @param files  what they lie in is added to
 * @param spec   of a raster or its mask; kept by reference by @p files
 * @param dataset what it is copied from: the source, or an overview of it
 * @param source  whose name it goes by if it is inside of that and has none
 * @return why nothing is copied, or NULL; or, with a failure in @p status,
 *         either. Call lossless_image_forget() in any case */
const char *lossless_image_find(LosslessImage *image, LosslessFiles *files,
                                const ImageSpec *spec, const GtiffTags *tags,
                                GDALDatasetH dataset, GDALDatasetH source,
                                Status *status);

void lossless_image_forget(LosslessImage *image);

#endif
