/* SPDX-License-Identifier: MIT */
/** @file
 * Create(): the pixels wait in a RawSpool until all are there; then they are
 * copied as any other source. What is said of them waits in a ToldFile.
 */
#ifndef ROWBAND_CREATE_H
#define ROWBAND_CREATE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "raw_spool.h"

typedef struct Creation Creation;

CPL_C_START

/** Checks the options and the target, and makes a spool: in memory if the
 * pixels take no more than half of BUDGET, otherwise beside @p target.
 * @param options creation options
 * @return NULL after one CPLError(CE_Failure) */
Creation *create_begin(const char *target, int width, int height, int bands,
                       GDALDataType type, CSLConstList options);

/** What pixels are written to, and read back from, with their masks and
 * overviews; owned by @p creation. */
GDALDatasetH create_pixels_dataset(const Creation *creation);

/** @return whether the file will have its bands one after the other */
bool create_is_planar(const Creation *creation);

/** @return whether GTiff, when it opens what it has made, shows other bands
 * than were made: of 8 bits and PHOTOMETRIC=CMYK or CIELAB. That goes for
 * overviews as soon as they are made; GTiff is then not to be asked for them.
 */
bool create_is_shown_as_rgba(const Creation *creation);

/** What is told all the rest, and asked for it; owned by @p creation. */
GDALDatasetH create_told_dataset(const Creation *creation);

/** Notes how overviews are to be encoded, at the time they are built: by
 * options of BuildOverviews(), or GDAL's configuration, as COMPRESS_OVERVIEW.
 * Of several calls the last one counts. */
void create_note_overviews(Creation *creation, CSLConstList options);

/** Notes that the pixels' dataset has got a mask of all bands, and tells
 * whether it has. It is not asked itself: its bands keep the flags that they
 * are asked for, and it may have to read its file for them. */
void create_note_mask(GDALDatasetH pixels);
bool create_has_mask(GDALDatasetH pixels);

/** Where its pixels are; owned by @p creation. */
RawSpool *create_spool(const Creation *creation);

/** Ends what create_begin() began where there is no memory for more: reports
 * that with one CPLError(CE_Failure), and frees @p creation. */
void create_give_up(Creation *creation);

/** Makes the file out of the pixels, and frees @p creation.
 * @param front    what the user writes to: its bands' blocks go to the spool
 * @param complete whether all pixels are known to have got there
 * @return false after one CPLError(CE_Failure), with no file */
bool create_finish(Creation *creation, GDALDatasetH front, bool complete);

CPL_C_END

#endif
