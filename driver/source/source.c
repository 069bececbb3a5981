/* SPDX-License-Identifier: MIT */
#include "source.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "open_options.h"
#include "vrt_rewrite.h"

/** A leaf for a mask whose blocks are not the bands'; NULL if there is no such
 * mask, or no memory. */
static Leaf *leaf_for_mask(GDALDatasetH dataset)
{
    const GDALRasterBandH mask = dataset_mask(dataset);
    int width, height, mask_width, mask_height;
    if (mask == NULL)
        return NULL;
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &width, &height);
    GDALGetBlockSize(mask, &mask_width, &mask_height);
    return width == mask_width && height == mask_height ? NULL
                                                        : leaf_of_mask(dataset);
}

/** Makes @p dataset what a reader reads from.
 * @return false if there is no memory */
static bool set_handle(Source *source, int reader, GDALDatasetH dataset)
{
    SourceHandle *handle = &source->handles[reader];
    handle->dataset = dataset;
    handle->mask = dataset_mask(dataset);
    if (source->mask_leaf != NULL)
        handle->mask_handle = reader_handles_lend(
            leaf_handles(source->mask_leaf), reader, dataset);
    return source->mask_leaf == NULL || handle->mask_handle != NULL;
}

void source_open(Source *source, GDALDatasetH dataset, const char *name)
{
    *source = (Source){.name = name, .given = dataset};
    pthread_mutex_init(&source->mutex, NULL);
    source->vrt =
        vrt_source_open(dataset, source->opaque, sizeof source->opaque);
    if (source->opaque[0] != '\0')
        CPLDebug("ROWBAND", "plan: not looked through the VRT: %s",
                 source->opaque);
    if (source->vrt == NULL)
        source->mask_leaf = leaf_for_mask(dataset);
    source->reader_count = 1;
    /* Without memory for the mask's leaf the mask is read as it is. */
    const GDALDatasetH first =
        source->vrt != NULL ? vrt_source_dataset(source->vrt) : dataset;
    if (!set_handle(source, 0, first)) {
        leaf_free(source->mask_leaf);
        source->mask_leaf = NULL;
    }
}

void source_close(Source *source)
{
    error_trap_report(&source->said);
    for (int i = 1; i < source->reader_count; i++)
        GDALClose(source->handles[i].dataset);
    leaf_free(source->mask_leaf);
    vrt_source_close(source->vrt);
    CSLDestroy(source->config);
    pthread_mutex_destroy(&source->mutex);
}

GDALDatasetH source_dataset(const Source *source)
{
    return source->handles[0].dataset;
}

GDALRasterBandH source_mask(const Source *source)
{
    return source->handles[0].mask;
}

/** @return why no second reader may open the source, or NULL if one may: it
 * would not find there what this one does, or might wait for who waits for it
 */
static const char *why_not_again(const Source *source)
{
    const GDALDatasetH dataset = source->given;
    const char *name = GDALGetDescription(dataset);
    if (source->vrt != NULL)
        return vrt_source_needs_python(source->vrt)
                   ? "a source that Python reads"
                   : NULL;
    if (vrt_is(dataset))
        return "a VRT that is not looked through";
    if (*name == '\0' || GDALGetDatasetDriver(dataset) == NULL ||
        GDALGetDatasetDriver(dataset) == GDALGetDriverByName("MEM"))
        return "a source without a name";
    if (GDALGetAccess(dataset) == GA_Update)
        return "a source open for writing";
    return dataset_name_is_of_python(name) ? "a source that Python reads"
                                           : NULL;
}

const char *source_why_one_reader(const Source *source, bool more_are_wanted)
{
    const char *reason = why_not_again(source);
    if (reason != NULL || more_are_wanted)
        return reason;
    const bool in_order = source->vrt != NULL
                              ? vrt_source_reads_in_order(source->vrt)
                              : dataset_reads_in_order(source->given);
    return in_order ? "a source that is decoded from top to bottom" : NULL;
}

/** @return whether both hold rasters of one shape in one type and blocks */
static bool are_alike(GDALDatasetH a, GDALDatasetH b)
{
    bool alike = GDALGetRasterXSize(a) == GDALGetRasterXSize(b) &&
                 GDALGetRasterYSize(a) == GDALGetRasterYSize(b) &&
                 GDALGetRasterCount(a) == GDALGetRasterCount(b) &&
                 (dataset_mask(a) != NULL) == (dataset_mask(b) != NULL);
    for (int i = 1; alike && i <= GDALGetRasterCount(a); i++) {
        const GDALRasterBandH band_a = GDALGetRasterBand(a, i);
        const GDALRasterBandH band_b = GDALGetRasterBand(b, i);
        int width_a, height_a, width_b, height_b;
        GDALGetBlockSize(band_a, &width_a, &height_a);
        GDALGetBlockSize(band_b, &width_b, &height_b);
        alike = width_a == width_b && height_a == height_b &&
                GDALGetRasterDataType(band_a) == GDALGetRasterDataType(band_b);
    }
    return alike;
}

/** Opens a dataset once more by its name, as it was opened. */
static GDALDatasetH open_again(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    const char *const drivers[] = {GDALGetDescription((GDALMajorObjectH)driver),
                                   NULL};
    const GDALDatasetH again =
        GDALOpenEx(GDALGetDescription(dataset), GDAL_OF_RASTER, drivers,
                   (const char *const *)dataset_open_options(dataset), NULL);
    if (again == NULL || are_alike(dataset, again))
        return again;
    GDALClose(again);
    return NULL;
}

static bool open_once_more(Source *source)
{
    const int reader = source->reader_count;
    const GDALDatasetH dataset =
        source->vrt != NULL ? vrt_source_open_again(source->vrt, reader)
                            : open_again(source->given);
    if (dataset == NULL)
        return false;
    if (!set_handle(source, reader, dataset)) {
        GDALClose(dataset);
        return false;
    }
    source->reader_count++;
    return true;
}

bool source_add_reader(void *user)
{
    Source *source = user;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = open_once_more(source);
    error_trap_end(&trap);
    /* What GDAL got over it may have taken for something else. */
    if (ok && trap.failed) {
        GDALClose(source->handles[--source->reader_count].dataset);
        ok = false;
    }
    if (!ok)
        CPLDebug("ROWBAND", "plan: no reader beside %d: %s",
                 source->reader_count,
                 trap.failed ? trap.message : "it does not open alike");
    return ok;
}

void source_open_readers(Source *source, int wanted)
{
    source->config = CPLGetThreadLocalConfigOptions();
    while (source->reader_count < wanted && source_add_reader(source)) {
    }
}

void source_enter(void *user)
{
    const Source *source = user;
    CPLSetThreadLocalConfigOptions((const char *const *)source->config);
}

void source_done(void *user, const Window *window)
{
    Source *source = user;
    if (source->vrt != NULL)
        vrt_source_drop_behind(source->vrt, source->plan, window);
    if (source->mask_leaf != NULL)
        leaf_drop_behind(source->mask_leaf, source->plan, window);
    source->windows_read++;

    ErrorTrap said = {.scope = TRAP_FAILURES};
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&source->said, &said);
    pthread_mutex_unlock(&source->mutex);
    error_trap_report(&said);
    error_trap_replay(&said);
}
