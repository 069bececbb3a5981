/* SPDX-License-Identifier: MIT */
/** @file
 * What a copy came to, for whoever debugs.
 */
#ifndef ROWBAND_COPY_RESULT_H
#define ROWBAND_COPY_RESULT_H

#include "file_spec.h"
#include "pipeline.h"
#include "source.h"

/** The result lines of CPL_DEBUG=ROWBAND.
 * @param peak_nbytes of row bands and carry */
void copy_result_report(const SourceCounts *counts, const FileSpec *file,
                        uint64_t peak_nbytes, const PipelineWaits *waits);

#endif
