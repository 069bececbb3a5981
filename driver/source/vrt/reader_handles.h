/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset that several readers have open, each with a handle of its own:
 * GDAL wants one for each thread.
 */
#ifndef ROWBAND_READER_HANDLES_H
#define ROWBAND_READER_HANDLES_H

#include <pthread.h>

#include "cpl_port.h"
#include "gdal.h"

typedef struct ReaderHandle ReaderHandle;

typedef struct ReaderHandles {
    pthread_mutex_t mutex;
    ReaderHandle *first; /**< of a list, under mutex */
} ReaderHandles;

CPL_C_START

void reader_handles_init(ReaderHandles *handles);

/** Frees all handles; their datasets stay open. */
void reader_handles_clear(ReaderHandles *handles);

/** Makes @p dataset, which stays the caller's, the handle of @p reader.
 * @return owned by @p handles; NULL if there is no memory */
ReaderHandle *reader_handles_lend(ReaderHandles *handles, int reader,
                                  GDALDatasetH dataset);

/** The dataset, for what does not read pixels. */
GDALDatasetH reader_handle_dataset(const ReaderHandle *handle);

/** The dataset, for this thread alone until reader_handle_unlock(). */
GDALDatasetH reader_handle_lock(ReaderHandle *handle);
void reader_handle_unlock(ReaderHandle *handle);

CPL_C_END

#endif
