/* SPDX-License-Identifier: MIT */
/** @file
 * What tells whether two parts are of one run, and whether a part that is there
 * already is the one that would be made: a digest of
 *
 * - the source: the files that it is made of, those of VRTs behind VRTs too, by
 *   name without folder, size and time of last change (of many remote files by
 *   name alone); for a VRT without a file, what it says; its size and types,
 * and the tags that it leads to
 * - the creation options that concern the file; not NUM_THREADS, READ_THREADS,
 *   BUDGET, FSYNC, VERIFY and PLAN
 * - the versions of this driver and of GDAL
 * - how many parts there are, and, unless it is the run's, which one it is
 *
 * Folders do not count, so that machines may have the source at different
 * places. On the thread that called the driver.
 */
#ifndef ROWBAND_PART_DIGEST_H
#define ROWBAND_PART_DIGEST_H

#include <stdbool.h>

#include "cpl_port.h"
#include "file_spec.h"
#include "gdal.h"
#include "parts.h"

/** Hexadecimal digits and the end of the text. */
enum { PART_DIGEST_SIZE = 17 };

typedef struct PartDigest {
    char run[PART_DIGEST_SIZE];  /**< what all parts of a run have in common */
    char part[PART_DIGEST_SIZE]; /**< of one of them */
} PartDigest;

CPL_C_START

/** The digest, once @p file is described.
 * @param given by the caller
 * @param options those that part_options() gives */
PartDigest part_digest_of(const FileSpec *file, GDALDatasetH given,
                          CSLConstList options, const Part *part);

/** The options of @p list that concern the file, in alphabetical order; to be
 * freed with CSLDestroy(). */
char **part_options(CSLConstList list);

/** @return whether an option says how a file is made, and not what is in it */
bool part_option_is_of_run(const char *name);

CPL_C_END

#endif
