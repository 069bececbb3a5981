/* SPDX-License-Identifier: MIT */
/** @file
 * The source dataset: windows of it, all bands and the mask, into memory, by
 * one reader or several, each of which has it open for itself. What kind of
 * source it is only source_open() knows.
 *
 *     source_open -> source_fill_plan -> source_begin -> source_open_readers
 *     -> read_ahead(source_windows) -> source_counts -> source_close
 */
#ifndef ROWBAND_SOURCE_H
#define ROWBAND_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "gdal.h"
#include "layout.h"
#include "mask_spool.h"
#include "plan.h"
#include "read_ahead.h"
#include "source_holes.h"
#include "status.h"
#include "told_blocks.h"

CPL_C_START

typedef struct Source Source;

/** Looks at @p dataset, which stays the caller's.
 * @param given what the user gave: the dataset itself, or what it was made of
 * @param name for messages; must outlive the source
 * @return NULL with STATUS_READ or STATUS_NO_MEMORY */
Source *source_open(GDALDatasetH dataset, GDALDatasetH given, const char *name,
                    Status *status);

/** Closes what it opened, and reports what GDAL had to say of it.
 * @param source may be NULL */
void source_close(Source *source);

/** @return the mask to be copied, or NULL */
GDALRasterBandH source_mask(const Source *source);

/** @return whether writing the file at @p path would destroy one that the
 * source is, is made of, or is inside of. A file that is not there is none:
 * what GDAL has deleted and what is open can still be read. */
bool source_reads_file(const Source *source, const char *path);

/** Before the plan: has the masks of single bands that are decoded with the
 * pixels read with them, to wait until the .msk file is made.
 * @param target, memory_nbytes see mask_spool_new()
 * @return false with STATUS_NO_MEMORY */
bool source_keep_masks(Source *source, const char *target,
                       uint64_t memory_nbytes, Status *status);

/** @return them; complete when all windows are read; or NULL */
const MaskSpool *source_kept_masks(const Source *source);

/** Fills in what a plan must know of the source: grid, bytes a pixel,
 * straddle_rows and straddle_columns. Where bands or datasets behind it differ,
 * the grid is that of most of the raster, and the others straddle. What cannot
 * be planned for, as the blocks behind a warp, takes a part of the budget,
 * which is added to fixed_nbytes, and is limited to that. What drivers keep
 * themselves is added to foreign_nbytes.
 * @param[in,out] input width, height, pixel_nbytes, budget_nbytes,
 *        fixed_nbytes and readers are set */
void source_fill_plan(Source *source, PlanInput *input);

/** After source_fill_plan(), if the plan that it led to does not fit: has bands
 * pass one after the other through a spool, where a driver decodes a band at
 * once. See band_spool.h.
 * @return whether the source is to be planned for again */
bool source_spool(Source *source, const char *target, uint64_t memory_nbytes);

/** Before the plan: finds where the source says that there is nothing. They are
 * the source's.
 * @return NULL if there are none, or that is not known: see
 *         source_holes_find(); or with STATUS_READ */
const Holes *source_find_holes(Source *source, const HoleSamples *samples,
                               Status *status);

/** Before source_begin(): has nothing read of holes that have nothing within
 * @p margin pixels. What windows hold there is not defined.
 * @param holes of source_find_holes(), or what else is not needed; or NULL */
void source_skip_holes(Source *source, const Holes *holes, int64_t margin);

/** @param more_are_wanted even where they may decode all more than once
 * @return why there must be one reader only, or NULL */
const char *source_why_one_reader(const Source *source, bool more_are_wanted);

/** Before the first read: says what to read as. All must outlive the source.
 * @param plan in whose order windows are read
 * @param type as which every band is read
 * @param layouts image 0: the bands, image 1: the mask
 * @return false with STATUS_NO_MEMORY, or STATUS_IO for the spool of masks */
bool source_begin(Source *source, const Plan *plan, GDALDataType type,
                  const Layout *layouts, Status *status);

/** After the last read: no leaf stands in place of a dataset any more. What
 * was begun must end before another source is opened or begun that shows some
 * of the same datasets: it would take leaves for them. */
void source_end(Source *source);

/** After source_begin(): opens the source for up to @p wanted readers.
 * @return how many there are: if it cannot be opened so often, fewer must do */
int source_open_readers(Source *source, int wanted);

/** @return whether bands may be read in ranges, one range after the other, and
 * nothing be decoded again for it */
bool source_bands_apart(const Source *source);

/** How many readers have the source open. */
int source_reader_count(const Source *source);

/** Windows of some of the bands; kept by reference while they are read. */
typedef struct SourceRange {
    Source *source;
    const Layout *layouts; /**< of a window, as for source_begin() */
    int *numbers;          /**< of the bands, from 1 on, as many as that says;
                                NULL: the first ones */
    bool without_mask;     /**< windows do not hold it */
} SourceRange;

/** Like source_windows(), of a range. */
WindowSource source_windows_of(SourceRange *range);

/** Where read_ahead() reads windows from, once source_begin() was called. Each
 * read drops what it decoded from GDAL's cache, where no block is needed again.
 * It fails with STATUS_READ, or STATUS_CANCELLED if go_on said so; what GDAL
 * reported is in the status and not with its error handler. What else GDAL had
 * to say is reported by done. */
WindowSource source_windows(Source *source);

/** Before the first read: tells of the blocks that will be decoded, holes left
 * aside.
 * @param region of the raster that is read */
void source_tell_blocks(const Source *source, const Window *region,
                        ToldBlocksVisit *visit, void *user);

/** How many files there are besides that are opened only when they are needed,
 * each of which is decoded once. */
size_t source_late_files(const Source *source);

/** @return whether anything is read of a window: see source_skip_holes() */
bool source_reads_window(const Source *source, const Window *window);

/** For the result line. */
typedef struct SourceCounts {
    int readers;
    int64_t windows;      /**< that were read */
    int64_t compared;     /**< blocks decoded once more, to compare what a
                               further reader shows */
    int datasets;         /**< behind the source; 0 if it is read as it is */
    int64_t blocks;       /**< of them, decoded */
    int64_t blocks_again; /**< of these, not for the first time */
    bool known; /**< whether that is all that drivers decoded for it */
} SourceCounts;

SourceCounts source_counts(Source *source);

CPL_C_END

#endif
