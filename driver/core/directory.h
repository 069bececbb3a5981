/* SPDX-License-Identifier: MIT */
/** @file
 * The directories of the file, of which a GtiffTags gives the tags.
 */
#ifndef ROWBAND_DIRECTORY_H
#define ROWBAND_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "ifd.h"
#include "status.h"
#include "writer.h"

/** When a file is a BigTIFF. */
typedef enum BigTiff {
    BIGTIFF_NO,
    BIGTIFF_YES,
    BIGTIFF_IF_NEEDED,
    BIGTIFF_IF_SAFER
} BigTiff;

/** Turns the tags that a GtiffTags has for one pixel into those of @p image.
 * @param index where its tiles lie; kept by reference */
bool directory_complete(Ifd *ifd, const ImageSpec *image,
                        const TileIndex *index, Status *status);

/** The tags of an overview.
 * @param raster those of the raster or the mask that it is of
 * @return NULL with STATUS_NO_MEMORY; to be freed with ifd_free() */
Ifd *directory_of_overview(const Ifd *raster, Status *status);

/** Decides between classic TIFF and BigTIFF: classic, unless that is too small
 * or BIGTIFF says otherwise.
 * @param nbytes what a classic file would have
 * @return false with STATUS_INVALID if BIGTIFF=NO and the file is too large */
bool directory_choose_format(BigTiff bigtiff, uint64_t nbytes, bool *big,
                             Status *status);

/** Bytes of all directories. */
uint64_t directory_nbytes(Ifd *const *ifds, int count, bool big);

/** Appends the directories, chained in their order.
 * @param chained how many are; those behind lie there alone
 * @param position where the first will lie; even */
bool directory_append(const Output *output, Ifd *const *ifds, int count,
                      int chained, uint64_t position, bool big, Status *status);

/** Where each will lie, once their tags are complete. */
void directory_offsets(Ifd *const *ifds, int count, uint64_t position, bool big,
                       uint64_t *offsets);

#endif
