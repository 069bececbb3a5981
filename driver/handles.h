/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset that several readers have open, each with a handle of its own:
 * GDAL wants one for each thread.
 */
#ifndef ROWBAND_HANDLES_H
#define ROWBAND_HANDLES_H

#include <pthread.h>
#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

typedef struct Handle Handle;

typedef struct Handles {
    char *name;
    char **open_options;
    pthread_mutex_t mutex;
    Handle *first; /**< of a list, under mutex */
} Handles;

CPL_C_START

void handles_init(Handles *handles, const char *name,
                  CSLConstList open_options);

/** Closes what is open; nothing may be acquired any more. */
void handles_clear(Handles *handles);

/** @return whether they open just that */
bool handles_are_of(const Handles *handles, const char *name,
                    CSLConstList open_options);

/** The handle of @p reader, opened if it is not, to be given back with
 * handle_let_go(), which closes what nobody has acquired any more.
 * @return NULL if it cannot be opened */
Handle *handles_acquire(Handles *handles, int reader);
void handle_let_go(Handle *handle);

/** Makes @p dataset, which stays the caller's, the handle of @p reader.
 * @return a handle not to be let go; NULL if there is no memory */
Handle *handles_lend(Handles *handles, int reader, GDALDatasetH dataset);

/** The dataset, for what does not read pixels. */
GDALDatasetH handle_dataset(const Handle *handle);

/** The dataset, for this thread alone until handle_unlock(). */
GDALDatasetH handle_lock(Handle *handle);
void handle_unlock(Handle *handle);

CPL_C_END

#endif
