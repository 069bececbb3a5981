/* SPDX-License-Identifier: MIT */
#include "reader_handles.h"

#include <stdlib.h>

struct ReaderHandle {
    int reader;
    GDALDatasetH dataset;
    pthread_mutex_t busy;
    ReaderHandle *next;
};

void reader_handles_init(ReaderHandles *handles)
{
    handles->first = NULL;
    pthread_mutex_init(&handles->mutex, NULL);
}

void reader_handles_clear(ReaderHandles *handles)
{
    for (ReaderHandle *handle = handles->first, *next; handle != NULL;
         handle = next) {
        next = handle->next;
        pthread_mutex_destroy(&handle->busy);
        free(handle);
    }
    pthread_mutex_destroy(&handles->mutex);
}

/** The reader's handle, made if there is none.
 * @return NULL if there is no memory */
static ReaderHandle *reader_handle_of(ReaderHandles *handles, int reader)
{
    pthread_mutex_lock(&handles->mutex);
    ReaderHandle *handle = handles->first;
    while (handle != NULL && handle->reader != reader)
        handle = handle->next;
    if (handle == NULL && (handle = calloc(1, sizeof *handle)) != NULL) {
        pthread_mutex_init(&handle->busy, NULL);
        handle->reader = reader;
        handle->next = handles->first;
        handles->first = handle;
    }
    pthread_mutex_unlock(&handles->mutex);
    return handle;
}

ReaderHandle *reader_handles_lend(ReaderHandles *handles, int reader,
                                  GDALDatasetH dataset)
{
    ReaderHandle *handle = reader_handle_of(handles, reader);
    if (handle != NULL)
        handle->dataset = dataset;
    return handle;
}

GDALDatasetH reader_handle_dataset(const ReaderHandle *handle)
{
    return handle->dataset;
}

GDALDatasetH reader_handle_lock(ReaderHandle *handle)
{
    pthread_mutex_lock(&handle->busy);
    return handle->dataset;
}

void reader_handle_unlock(ReaderHandle *handle)
{
    pthread_mutex_unlock(&handle->busy);
}
