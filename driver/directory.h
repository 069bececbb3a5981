/* SPDX-License-Identifier: MIT */
/** @file
 * The end of the file: the directories of its images.
 */
#ifndef ROWBAND_DIRECTORY_H
#define ROWBAND_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "ifd.h"
#include "options.h"
#include "sink.h"
#include "status.h"
#include "writer.h"

/** Turns the tags that a Profile has for one pixel into those of @p image.
 * @param index where its tiles lie; kept by reference */
bool directory_complete(Ifd *ifd, const ImageSpec *image,
                        const TileIndex *index, Status *status);

/** Appends the directories, chained in their order, and decides between
 * classic TIFF and BigTIFF, now that the size of the file is known.
 * @param position    bytes in the file so far
 * @param[out] header to be written at the beginning of the file
 * @return false with STATUS_INVALID if BIGTIFF=NO and the file is too large */
bool directory_append_all(Sink *sink, Ifd *const *ifds, int count,
                          uint64_t position, BigTiff bigtiff,
                          uint8_t header[IFD_HEADER_NBYTES], Status *status);

#endif
