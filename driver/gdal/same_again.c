/* SPDX-License-Identifier: MIT */
#include "same_again.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "decoding.h"
#include "guarded.h"
#include "open_files.h"
#include "open_options.h"

struct SameAgain {
    char *name, *driver;
    char **options;
    int width, height;
    DatasetShape shape; /**< where pixels have to be compared */
    char **files;       /**< that the name must lead to */
    FileId *ids;        /**< as many */
    bool compared;      /**< whether pixels have to be */
};

/* Drivers that open what holds the pixels when those are read, by names that
 * may mean something else by then. */
static const char *const lazy_drivers[] = {"DERIVED",
                                           "ECRGTOC",
                                           "GTI",
                                           "HTTP",
                                           "KMLSUPEROVERLAY",
                                           "MRF",
                                           "PCIDSK",
                                           "RPFTOC",
                                           "STACIT",
                                           "STACTA",
                                           "SuperOverlayKML",
                                           "TIL",
                                           "VRT",
                                           "WCS",
                                           "WMS",
                                           "WMTS",
                                           NULL};

/* What lies beside a raster and has no part in its pixels at full size. */
static const char *const sidecars[] = {".aux.xml", ".ovr", ".aux", ".prj",
                                       ".tab",     ".wld", ".imd", ".rpb",
                                       ".rpc",     NULL};

static bool has_ending(const char *path, const char *ending)
{
    const size_t length = strlen(path), end = strlen(ending);
    return length > end && EQUAL(path + length - end, ending);
}

/** @return whether that is the name of a sidecar, or of a world file: .tfw,
 * .jgw, and the like */
static bool is_sidecar(const char *path)
{
    for (int i = 0; sidecars[i] != NULL; i++)
        if (has_ending(path, sidecars[i]))
            return true;
    const char *extension = CPLGetExtension(path);
    return strlen(extension) >= 3 && has_ending(path, "w");
}

static const char *driver_of(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    return driver != NULL ? GDALGetDescription((GDALMajorObjectH)driver) : NULL;
}

/** What can be told without the files. */
static const char *why_not_by_itself(GDALDatasetH dataset)
{
    const char *name = GDALGetDescription(dataset);
    const char *driver = driver_of(dataset);
    if (dataset_is_vrt(dataset))
        return "a VRT that is not looked through";
    if (*name == '\0' || driver == NULL || EQUAL(driver, "MEM"))
        return "a source without a name";
    if (GDALGetAccess(dataset) == GA_Update)
        return "a source open for writing";
    if (dataset_name_is_of_python(name))
        return "a source that Python reads";
    if (decoding_of(dataset).reopen == REOPENS_SCANNING)
        return "a source that each reader would read through";
    return CSLFindString((CSLConstList)lazy_drivers, driver) >= 0
               ? "a source that opens files as they are needed"
               : NULL;
}

/** The files that a name stands for: itself; or, where it has a syntax of its
 * own, what the driver says. */
static char **files_of(GDALDatasetH dataset)
{
    FileId id;
    const char *name = GDALGetDescription(dataset);
    char **all = GDALGetFileList(dataset), **files = NULL;
    if (file_id_of(name, &id))
        files = CSLAddString(files, name);
    for (int i = 0; all != NULL && all[i] != NULL; i++)
        if (strcmp(all[i], name) != 0 && !is_sidecar(all[i]))
            files = CSLAddString(files, all[i]);
    CSLDestroy(all);
    return files;
}

/** What a note of files came to. */
typedef enum Noted { NOTED, NOT_THE_FILES, NO_MEMORY } Noted;

/** Notes which files the name means. */
static Noted note_files(SameAgain *again, GDALDatasetH dataset, OpenSince since)
{
    FileId id;
    /* What the name has just been found to mean needs no other proof. */
    const bool is_proven =
        since == OPEN_SINCE_NOW && file_id_of(again->name, &id);
    again->files =
        is_proven ? CSLAddString(NULL, again->name) : files_of(dataset);
    const int count = CSLCount(again->files);
    again->ids = calloc((size_t)count + 1, sizeof *again->ids);
    if (again->ids == NULL)
        return NO_MEMORY;
    bool ok = count > 0;
    for (int i = 0; ok && i < count; i++)
        ok = file_id_of(again->files[i], &again->ids[i]) &&
             (is_proven || open_files_have(again->files[i]));
    return ok ? NOTED : NOT_THE_FILES;
}

static Noted note(SameAgain *again, GDALDatasetH dataset, OpenSince since)
{
    again->name = CPLStrdup(GDALGetDescription(dataset));
    again->driver = CPLStrdup(driver_of(dataset));
    again->options = CSLDuplicate((char **)dataset_open_options(dataset));
    again->compared = since != OPEN_SINCE_NOW;
    again->width = GDALGetRasterXSize(dataset);
    again->height = GDALGetRasterYSize(dataset);
    /* A dataset of GDAL's pool may not have all bands. */
    if (again->compared && !dataset_shape_of(&again->shape, dataset))
        return NO_MEMORY;
    return note_files(again, dataset, since);
}

SameAgain *same_again_new(GDALDatasetH dataset, OpenSince since,
                          const char **why_not)
{
    *why_not = why_not_by_itself(dataset);
    SameAgain *again = *why_not == NULL ? calloc(1, sizeof *again) : NULL;
    if (again == NULL)
        return NULL;
    const Noted noted = note(again, dataset, since);
    if (noted == NOTED)
        return again;
    if (noted == NOT_THE_FILES)
        *why_not = "a source that is not just the files that its name means "
                   "now";
    same_again_free(again);
    return NULL;
}

void same_again_free(SameAgain *again)
{
    if (again == NULL)
        return;
    CPLFree(again->name);
    CPLFree(again->driver);
    CSLDestroy(again->options);
    CSLDestroy(again->files);
    dataset_shape_clear(&again->shape);
    free(again->ids);
    free(again);
}

bool same_again_is_to_be_compared(const SameAgain *again)
{
    return again->compared;
}

/** @return whether the name means the same files */
static bool has_same_files(const SameAgain *again)
{
    bool same = true;
    for (int i = 0; same && again->files[i] != NULL; i++) {
        FileId id;
        same = file_id_of(again->files[i], &id) &&
               file_id_equal(&id, &again->ids[i]);
    }
    return same;
}

static bool has_same_shape(const SameAgain *again, GDALDatasetH dataset)
{
    return GDALGetRasterXSize(dataset) == again->width &&
           GDALGetRasterYSize(dataset) == again->height &&
           (!again->compared ||
            dataset_has_shape(dataset, &again->shape, SHAPE_BLOCKS));
}

GDALDatasetH same_again_open(const SameAgain *again)
{
    const char *const drivers[] = {again->driver, NULL};
    if (!has_same_files(again))
        return NULL;
    const GDALDatasetH opened = guarded_open(
        again->name, 0, drivers, (const char *const *)again->options, NULL);
    /* What is open now was so before and after. */
    if (opened == NULL ||
        (has_same_files(again) && has_same_shape(again, opened)))
        return opened;
    GDALClose(opened);
    return NULL;
}
