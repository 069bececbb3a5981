/* SPDX-License-Identifier: MIT */
#include "reader_handles.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

struct ReaderHandle {
    int reader;
    GDALDatasetH dataset; /**< NULL: not open */
    int acquired;
    bool borrowed; /**< the dataset is somebody else's */
    pthread_mutex_t busy;
    ReaderHandle *next;
};

void reader_handles_init(ReaderHandles *handles, const char *name,
                         CSLConstList open_options)
{
    handles->name = CPLStrdup(name);
    handles->open_options = CSLDuplicate(open_options);
    handles->first = NULL;
    pthread_mutex_init(&handles->mutex, NULL);
}

void reader_handles_clear(ReaderHandles *handles)
{
    for (ReaderHandle *handle = handles->first, *next; handle != NULL;
         handle = next) {
        next = handle->next;
        if (handle->dataset != NULL && !handle->borrowed)
            GDALClose(handle->dataset);
        pthread_mutex_destroy(&handle->busy);
        free(handle);
    }
    pthread_mutex_destroy(&handles->mutex);
    CSLDestroy(handles->open_options);
    CPLFree(handles->name);
}

bool reader_handles_are_of(const ReaderHandles *handles, const char *name,
                           CSLConstList open_options)
{
    const int count = CSLCount(open_options);
    if (strcmp(handles->name, name) != 0 ||
        CSLCount(handles->open_options) != count)
        return false;
    for (int i = 0; i < count; i++)
        if (strcmp(handles->open_options[i], open_options[i]) != 0)
            return false;
    return true;
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

ReaderHandle *reader_handles_acquire(ReaderHandles *handles, int reader)
{
    ReaderHandle *handle = reader_handle_of(handles, reader);
    if (handle == NULL)
        return NULL;
    pthread_mutex_lock(&handle->busy);
    if (handle->dataset == NULL)
        handle->dataset =
            GDALOpenEx(handles->name, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR,
                       NULL, (const char *const *)handles->open_options, NULL);
    const bool opened = handle->dataset != NULL;
    handle->acquired += opened;
    pthread_mutex_unlock(&handle->busy);
    return opened ? handle : NULL;
}

void reader_handle_let_go(ReaderHandle *handle)
{
    pthread_mutex_lock(&handle->busy);
    if (--handle->acquired == 0) {
        GDALClose(handle->dataset);
        handle->dataset = NULL;
    }
    pthread_mutex_unlock(&handle->busy);
}

ReaderHandle *reader_handles_lend(ReaderHandles *handles, int reader,
                                  GDALDatasetH dataset)
{
    ReaderHandle *handle = reader_handle_of(handles, reader);
    if (handle != NULL) {
        handle->dataset = dataset;
        handle->borrowed = true;
    }
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
