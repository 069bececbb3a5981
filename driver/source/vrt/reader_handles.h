/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset that several readers have open, each with a handle of its own:
 * GDAL wants one for each thread.
 */
#ifndef ROWBAND_READER_HANDLES_H
#define ROWBAND_READER_HANDLES_H

#include <pthread.h>
#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

typedef struct ReaderHandle ReaderHandle;

typedef struct ReaderHandles {
    char *name;
    char **open_options;
    pthread_mutex_t mutex;
    ReaderHandle *first; /**< of a list, under mutex */
} ReaderHandles;

CPL_C_START

void reader_handles_init(ReaderHandles *handles, const char *name,
                         CSLConstList open_options);

/** Closes what is open; nothing may be acquired any more. */
void reader_handles_clear(ReaderHandles *handles);

/** @return whether they open just that */
bool reader_handles_are_of(const ReaderHandles *handles, const char *name,
                           CSLConstList open_options);

/** The handle of @p reader, opened if it is not, to be given back with
 * reader_handle_let_go(), which closes what nobody has acquired any more.
 * @return NULL if it cannot be opened */
ReaderHandle *reader_handles_acquire(ReaderHandles *handles, int reader);
void reader_handle_let_go(ReaderHandle *handle);

/** Makes @p dataset, which stays the caller's, the handle of @p reader.
 * @return a handle not to be let go; NULL if there is no memory */
ReaderHandle *reader_handles_lend(ReaderHandles *handles, int reader,
                                  GDALDatasetH dataset);

/** The dataset, for what does not read pixels. */
GDALDatasetH reader_handle_dataset(const ReaderHandle *handle);

/** The dataset, for this thread alone until reader_handle_unlock(). */
GDALDatasetH reader_handle_lock(ReaderHandle *handle);
void reader_handle_unlock(ReaderHandle *handle);

CPL_C_END

#endif
