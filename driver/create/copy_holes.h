/* SPDX-License-Identifier: MIT */
/** @file
 * What a copy makes of what its source does not have.
 */
#ifndef ROWBAND_COPY_HOLES_H
#define ROWBAND_COPY_HOLES_H

#include "file_spec.h"
#include "lossless_copy.h"
#include "source.h"
#include "status.h"

/** Before the plan: finds where @p dataset has nothing, and has the images of
 * @p file accept tiles that come empty. None are found where what overviews
 * make of empty samples may be something else, or PREDICTOR=AUTO must see
 * pixels.
 * @return false with STATUS_READ */
bool copy_holes_find(FileSpec *file, Source *source, GDALDatasetH dataset,
                     Status *status);

/** Before the source begins: has only those pixels read that a tile, or a cell
 * of an overview, with something in it has, and tiles that are copied do not.
 */
void copy_holes_skip(const FileSpec *file, LosslessCopy *lossless,
                     Source *source);

/** Once the pipeline has finished: a result line for CPL_DEBUG=ROWBAND. */
void copy_holes_report(const FileSpec *file, const Pipeline *pipeline);

#endif
