/* SPDX-License-Identifier: MIT */
/** @file
 * What a copy came to, for its caller and for whoever debugs. On the thread
 * that called the driver.
 */
#ifndef ROWBAND_COPY_RESULT_H
#define ROWBAND_COPY_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "copy_progress.h"
#include "file_spec.h"
#include "gdal.h"
#include "pipeline.h"
#include "publication.h"
#include "source.h"
#include "status.h"

/** Warns of samples that were not kept as they are.
 * @param pipeline finished */
void copy_result_warn(const FileSpec *file, const Pipeline *pipeline);

/** The result lines of CPL_DEBUG=ROWBAND.
 * @param peak_nbytes of row bands and carry */
void copy_result_report(const SourceCounts *counts, const FileSpec *file,
                        uint64_t peak_nbytes, const PipelineWaits *waits);

/** Once the pipeline has finished: at which levels tiles were compressed, if
 * those were found for them; another line. */
void copy_result_report_levels(const Pipeline *pipeline);

/** A dataset without bands that only says that all is well, where there is no
 * raster to be opened.
 * @return NULL if there is no memory */
GDALDatasetH copy_result_nothing(void);

/** Hands over a file that is complete, under its name. After a failure what was
 * there before is there again.
 * @param can_take_back false for a pipe or an archive, which keeps what it has
 *                      whole: then it is too late to cancel
 * @return the file, opened by GTiff, or copy_result_nothing() if it cannot be
 *         read back; NULL with STATUS_CANCELLED or STATUS_IO */
GDALDatasetH copy_result_publish(const char *target, Publication *publication,
                                 CopyProgress *progress, bool can_take_back,
                                 Status *status);

#endif
