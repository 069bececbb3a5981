/* SPDX-License-Identifier: MIT */
/** @file
 * Copying through the real GDALCreateCopy().
 */
#ifndef ROWBAND_TESTS_COPYING_H
#define ROWBAND_TESTS_COPYING_H

#include <stdbool.h>

#include <gdal.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof *(array)))

enum { NAME_NCHARS = 512, MESSAGE_NCHARS = 1024 };

/** What GDAL reported on this thread. */
typedef struct ErrorLog {
    int failures, warnings;
    CPLErrorNum number;           /**< of the first failure */
    char failure[MESSAGE_NCHARS]; /**< the first */
    char warning[MESSAGE_NCHARS]; /**< the first */
    char plan[MESSAGE_NCHARS];    /**< the driver's debug line */
    char part[MESSAGE_NCHARS];    /**< the line about the part that is made */
    char groups[MESSAGE_NCHARS];  /**< the lines about groups of bands */
    char result[MESSAGE_NCHARS];  /**< the last of them */
} ErrorLog;

/** Clears @p log and has it filled instead of printing, until
 * error_log_end(). */
void error_log_begin(ErrorLog *log);
void error_log_end(void);

/** One call of GDALCreateCopy(). */
typedef struct Copy {
    const char *driver; /**< NULL: ROWBAND */
    const char *source; /**< a name that GDAL opens */
    const char *target;
    const char *options; /**< "NAME=VALUE NAME=VALUE", or NULL */
    GDALProgressFunc progress;
    void *progress_user;
} Copy;

/** Makes the drivers of GDAL, the one of this build and SPY known, and keeps
 * installed plugins out. copy_run() does it itself. */
void copying_start(void);

/** Opens, copies and closes all, logging in @p log what was reported.
 * @return whether there was a result */
bool copy_run(const Copy *copy, ErrorLog *log);

/** Makes a VRT @p target of @p source with arguments of gdal_translate.
 * @return false if GDAL could not */
bool vrt_translate(const char *source, const char *arguments,
                   const char *target);

/** @return true for all but one call in TEST_ONE_IN: loops over many like cases
 * leave those out. Sanitizers make each take tenfold. */
bool one_left_out(void);

/** @return whether the environment variable ROWBAND_LONG asks for the tests
 * that take long */
bool long_form(void);

#endif
