/* SPDX-License-Identifier: MIT */
#include "copying.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal_utils.h>

#include "spy.h"

void GDALRegister_ROWBAND(void);

static void start(void)
{
    CPLSetConfigOption("GDAL_DRIVER_PATH", "disable");
    CPLSetConfigOption("CPL_DEBUG", "ROWBAND");
    GDALAllRegister();
    GDALRegister_ROWBAND();
    spy_register();
}

void copying_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}

static void CPL_STDCALL log_error(CPLErr severity, CPLErrorNum number,
                                  const char *message)
{
    ErrorLog *log = CPLGetErrorHandlerUserData();
    if (severity == CE_Debug) {
        if (strstr(message, "ROWBAND: plan") != NULL)
            snprintf(log->plan, sizeof log->plan, "%s", message);
        if (strstr(message, "ROWBAND: plan: part ") != NULL)
            snprintf(log->part, sizeof log->part, "%s", message);
        if (strstr(message, "ROWBAND: groups") != NULL)
            strncat(log->groups, message,
                    sizeof log->groups - strlen(log->groups) - 1);
        if (strstr(message, "ROWBAND: result") != NULL)
            snprintf(log->result, sizeof log->result, "%s", message);
    } else if (severity == CE_Warning) {
        if (log->warnings++ == 0)
            snprintf(log->warning, sizeof log->warning, "%s", message);
    } else if (severity >= CE_Failure && log->failures++ == 0) {
        log->number = number;
        snprintf(log->failure, sizeof log->failure, "%s", message);
    }
}

void error_log_begin(ErrorLog *log)
{
    memset(log, 0, sizeof *log);
    CPLPushErrorHandlerEx(log_error, log);
}

void error_log_end(void)
{
    CPLPopErrorHandler();
}

bool copy_run(const Copy *copy, ErrorLog *log)
{
    copying_start();
    const char *driver = copy->driver == NULL ? "ROWBAND" : copy->driver;
    char **options =
        CSLTokenizeString2(copy->options == NULL ? "" : copy->options, " ", 0);
    bool copied = false;

    error_log_begin(log);
    GDALDatasetH source = GDALOpenEx(
        copy->source, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
    if (source != NULL) {
        GDALDatasetH result =
            GDALCreateCopy(GDALGetDriverByName(driver), copy->target, source,
                           FALSE, options, copy->progress, copy->progress_user);
        copied = result != NULL;
        if (copied)
            GDALClose(result);
        GDALClose(source);
    }
    error_log_end();
    CSLDestroy(options);
    return copied;
}

bool one_left_out(void)
{
    static int calls;
    return calls++ % TEST_ONE_IN != 0;
}

bool long_form(void)
{
    const char *value = getenv("ROWBAND_LONG");
    return value != NULL && CPLTestBool(value);
}

bool vrt_translate(const char *source, const char *arguments,
                   const char *target)
{
    copying_start();
    char *all = CPLStrdup(CPLSPrintf("-q -of VRT %s", arguments));
    char **list = CSLTokenizeString2(all, " ", 0);
    GDALTranslateOptions *options = GDALTranslateOptionsNew(list, NULL);
    GDALDatasetH from = GDALOpen(source, GA_ReadOnly);
    GDALDatasetH made =
        from != NULL ? GDALTranslate(target, from, options, NULL) : NULL;
    const bool ok = made != NULL;
    if (ok)
        GDALClose(made);
    if (from != NULL)
        GDALClose(from);
    GDALTranslateOptionsFree(options);
    CSLDestroy(list);
    CPLFree(all);
    return ok;
}
