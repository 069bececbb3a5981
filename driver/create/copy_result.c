/* SPDX-License-Identifier: MIT */
#include "copy_result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpl_error.h"
#include "dataset.h"
#include "error_trap.h"
#include "guarded.h"
#include "level_trial.h"
#include "target.h"

/** Our own calls are not all that a driver may decode. */
static void report_decodes(const SourceCounts *counts)
{
    const int64_t blocks = counts->blocks, again = counts->blocks_again;
    char amplification[32] = "not known";
    if (counts->known)
        snprintf(amplification, sizeof amplification, "%.2f",
                 blocks > again ? (double)blocks / (double)(blocks - again)
                                : 1.0);
    if (counts->datasets > 0)
        CPLDebug("ROWBAND",
                 "result: %d datasets behind the VRT, %" PRId64
                 " blocks decoded, %" PRId64 " of them again: amplification %s",
                 counts->datasets, blocks, again, amplification);
    else if (counts->known)
        CPLDebug("ROWBAND",
                 "result: %" PRId64 " bands decoded: amplification %s", blocks,
                 amplification);
    else
        CPLDebug("ROWBAND", "result: blocks decoded as the source's driver "
                            "does: amplification not known");
}

void copy_result_report(const SourceCounts *counts, const FileSpec *file,
                        uint64_t peak_nbytes, const PipelineWaits *waits)
{
    report_decodes(counts);
    CPLDebug("ROWBAND",
             "result: %" PRId64 " reads by %d readers, %" PRId64
             " tiles, peak of row bands and carry %" PRIu64
             " bytes, predictor %d, waited: caller %.2f s for the source, "
             "%.2f s for workers; workers %.2f s for tiles, %.2f s to write"
             "; %" PRId64 " blocks decoded once more to compare readers",
             counts->windows, counts->readers, file_spec_tile_count(file),
             peak_nbytes, (int)file->images[0].predictor,
             waits->caller_for_source, waits->caller_for_workers,
             waits->workers_for_jobs, waits->workers_for_turn,
             counts->compared);
}

void copy_result_report_levels(const Pipeline *pipeline)
{
    int64_t counts[LEVELS_TRIED] = {0}, all = 0;
    char said[160] = "";
    pipeline_add_levels(pipeline, counts);
    for (int i = 0; i < LEVELS_TRIED; i++) {
        const size_t length = strlen(said);
        all += counts[i];
        snprintf(said + length, sizeof said - length, "%s%d: %" PRId64,
                 i > 0 ? ", " : "", level_trial_levels[i], counts[i]);
    }
    if (all > 0)
        CPLDebug("ROWBAND", "result: tiles by ZLEVEL=AUTO: %s", said);
}

void copy_result_warn(const FileSpec *file, const Pipeline *pipeline)
{
    if (pipeline_has_clipped(pipeline, 0))
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: samples too large for %d bits were clipped",
                 file->raster.tags.sample_nbits);
}

GDALDatasetH copy_result_nothing(void)
{
    return guarded_create(GDALGetDriverByName("MEM"), "", 1, 1, 0, GDT_Byte,
                          NULL);
}

/** What was written; for what cannot be read back, copy_result_nothing(). */
static GDALDatasetH open_result(const char *target, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const GDALDatasetH made =
        target_is_special(target)
            ? copy_result_nothing()
            : dataset_open_gtiff(target, GDAL_OF_VERBOSE_ERROR);
    error_trap_end(&trap);
    if (made == NULL)
        status_fail(status, STATUS_IO, "what was written does not open: %s",
                    trap.message);
    else
        error_trap_replay(&trap);
    return made;
}

GDALDatasetH copy_result_publish(const char *target, Publication *publication,
                                 CopyProgress *progress, bool can_take_back,
                                 Status *status)
{
    if (!copy_progress_whole(progress) && can_take_back) {
        status_fail(status, STATUS_CANCELLED, "cancelled");
        return NULL;
    }
    if (!publication_take_names(publication, status))
        return NULL;
    const GDALDatasetH result = open_result(target, status);
    if (result != NULL)
        publication_keep(publication);
    return result;
}
