/* SPDX-License-Identifier: MIT */
#include "handles.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

struct Handle {
    int reader;
    GDALDatasetH dataset; /**< NULL: not open */
    int acquired;
    bool borrowed; /**< the dataset is somebody else's */
    pthread_mutex_t busy;
    Handle *next;
};

void handles_init(Handles *handles, const char *name, CSLConstList open_options)
{
    handles->name = CPLStrdup(name);
    handles->open_options = CSLDuplicate(open_options);
    handles->first = NULL;
    pthread_mutex_init(&handles->mutex, NULL);
}

void handles_clear(Handles *handles)
{
    for (Handle *handle = handles->first, *next; handle != NULL;
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

bool handles_are_of(const Handles *handles, const char *name,
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
static Handle *handle_of(Handles *handles, int reader)
{
    pthread_mutex_lock(&handles->mutex);
    Handle *handle = handles->first;
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

Handle *handles_acquire(Handles *handles, int reader)
{
    Handle *handle = handle_of(handles, reader);
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

void handle_let_go(Handle *handle)
{
    pthread_mutex_lock(&handle->busy);
    if (--handle->acquired == 0) {
        GDALClose(handle->dataset);
        handle->dataset = NULL;
    }
    pthread_mutex_unlock(&handle->busy);
}

Handle *handles_lend(Handles *handles, int reader, GDALDatasetH dataset)
{
    Handle *handle = handle_of(handles, reader);
    if (handle != NULL) {
        handle->dataset = dataset;
        handle->borrowed = true;
    }
    return handle;
}

GDALDatasetH handle_dataset(const Handle *handle)
{
    return handle->dataset;
}

GDALDatasetH handle_lock(Handle *handle)
{
    pthread_mutex_lock(&handle->busy);
    return handle->dataset;
}

void handle_unlock(Handle *handle)
{
    pthread_mutex_unlock(&handle->busy);
}
