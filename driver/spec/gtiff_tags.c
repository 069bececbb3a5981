/* SPDX-License-Identifier: MIT */
#include "gtiff_tags.h"

#include <math.h>
#include <string.h>

#include "config.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "crs.h"
#include "dataset.h"
#include "error_trap.h"
#include "gtiff_codec.h"
#include "ifd_read.h"
#include "metadata_copy.h"
#include "ogr_srs_api.h"

char **gtiff_tags_options(const Options *options)
{
    char **list = CSLDuplicate(options->for_tags);
    if (options->codec == &codec_gtiff)
        list = CSLMerge(list, options->for_codec);
    if (options->discard_lsb != NULL)
        list = CSLSetNameValue(list, "DISCARD_LSB", options->discard_lsb);
    list = CSLSetNameValue(list, "COMPRESS", options->compress);
    list = CSLSetNameValue(list, "INTERLEAVE",
                           options->interleave == INTERLEAVE_PIXEL ? "PIXEL"
                                                                   : "BAND");
    list = CSLSetNameValue(list, "BIGTIFF", "NO");
    list = CSLSetNameValue(list, "SPARSE_OK", "YES");
    return list;
}

/** Lets GTiff write @p proxy to @p path, with a mask inside the file.
 * @param trap holds what it had to say, as if it were of @p target;
 *             error_trap_report() or error_trap_forget() is due
 * @return false if there is no file */
static bool write_proxy(GDALDatasetH proxy, const char *path,
                        const char *target, const Options *options, bool strict,
                        ErrorTrap *trap)
{
    ConfigChange mask_inside;
    char **list = gtiff_tags_options(options);

    error_trap_begin(trap, TRAP_NOTHING);
    error_trap_rename(trap, path, target);
    config_begin(&mask_inside, "GDAL_TIFF_INTERNAL_MASK", "YES");
    const GDALDatasetH written = GDALCreateCopy(
        GDALGetDriverByName("GTiff"), path, proxy, strict, list, NULL, NULL);
    if (written != NULL)
        GDALClose(written);
    config_end(&mask_inside);
    error_trap_stop(trap);

    CSLDestroy(list);
    return written != NULL;
}

/** Sets the CRS of @p proxy and of its GCPs; NULL: none. */
static void set_crs(GDALDatasetH proxy, OGRSpatialReferenceH crs,
                    OGRSpatialReferenceH of_gcps)
{
    const int count = GDALGetGCPCount(proxy);
    GDALSetSpatialRef(proxy, crs);
    if (count > 0) {
        /* MEM frees its own before it takes others. */
        GDAL_GCP *gcps = GDALDuplicateGCPs(count, GDALGetGCPs(proxy));
        GDALSetGCPs2(proxy, count, gcps, of_gcps);
        GDALDeinitGCPs(count, gcps);
        CPLFree(gcps);
    }
}

static OGRSpatialReferenceH clone_crs(OGRSpatialReferenceH crs)
{
    return crs != NULL ? OSRClone(crs) : NULL;
}

/** The same for a source whose CRS GTiff fails at, a vertical one for example:
 * without it. What the file does not say is then kept beside it. */
static bool write_without_crs(GDALDatasetH proxy, const char *path,
                              const char *target, const Options *options,
                              bool strict, ErrorTrap *trap)
{
    const OGRSpatialReferenceH crs = clone_crs(GDALGetSpatialRef(proxy));
    const OGRSpatialReferenceH of_gcps = clone_crs(GDALGetGCPSpatialRef(proxy));
    set_crs(proxy, NULL, NULL);
    const bool ok = write_proxy(proxy, path, target, options, strict, trap);
    set_crs(proxy, crs, of_gcps);
    OSRDestroySpatialReference(crs);
    OSRDestroySpatialReference(of_gcps);
    return ok;
}

/** Has GTiff write the file, and passes on what it reports: where GTiff goes on
 * after an error, a colour table that TIFF cannot hold for example, so do we.
 * @param again it has reported it before */
static bool write_file(GDALDatasetH proxy, const char *path, const char *target,
                       const Options *options, bool strict, bool again,
                       Status *status)
{
    ErrorTrap trap, without;
    bool written = write_proxy(proxy, path, target, options, strict, &trap);
    if (trap.failed && (GDALGetSpatialRef(proxy) != NULL ||
                        GDALGetGCPSpatialRef(proxy) != NULL)) {
        if (write_without_crs(proxy, path, target, options, strict, &without) &&
            (!written || without.failures < trap.failures))
            written = true;
        else {
            error_trap_forget(&without);
            written =
                write_proxy(proxy, path, target, options, strict, &without);
        }
        error_trap_forget(&trap);
        trap = without;
    }
    if (again || !written)
        error_trap_forget(&trap);
    error_trap_report(&trap);
    return written ||
           status_fail(status, STATUS_INVALID,
                       "GTiff cannot express the source: %s", trap.message);
}

/** PIXELTYPE of a band, which GDAL warns of being asked for since it has a type
 * for signed bytes. */
static const char *pixel_type_of(GDALRasterBandH band)
{
#if GDAL_VERSION_NUM < GDAL_COMPUTE_VERSION(3, 7, 0)
    return GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
#else
    (void)band;
    return NULL;
#endif
}

/** @return whether NaN can become @p value: GDAL takes what half floats round
 * it to for data, unlike what wider ones do */
static bool can_replace_nan(const GtiffTags *tags, double value)
{
    double stored;
    GDALCopyWords(tags->nodata, tags->type, 0, &stored, GDT_Float64, 0, 1);
    return isfinite(value) &&
           (GDALGetDataTypeSizeBytes(tags->type) != 2 || stored == value);
}

/** What GTiff made of the nodata value, as a sample of the output: converted
 * as GTiff itself does when it fills in for a tile that is left out. */
static void read_nodata(GtiffTags *tags, GDALRasterBandH band)
{
    int has = FALSE;
    memset(tags->nodata, 0, sizeof tags->nodata);
    if (tags->type == GDT_Int64) {
        const int64_t value = GDALGetRasterNoDataValueAsInt64(band, &has);
        tags->nodata_value = (double)value;
        if (has)
            memcpy(tags->nodata, &value, sizeof value);
    } else if (tags->type == GDT_UInt64) {
        const uint64_t value = GDALGetRasterNoDataValueAsUInt64(band, &has);
        tags->nodata_value = (double)value;
        if (has)
            memcpy(tags->nodata, &value, sizeof value);
    } else {
        double value = GDALGetRasterNoDataValue(band, &has);
        tags->nodata_value = value;
        const char *pixel_type = pixel_type_of(band);
        if (pixel_type != NULL && EQUAL(pixel_type, "SIGNEDBYTE") && value < 0)
            value += 256; /* the type is Byte, its samples mean other values */
        if (has)
            GDALCopyWords(&value, GDT_Float64, 0, tags->nodata, tags->type, 0,
                          1);
        tags->nodata_replaces_nan = has && can_replace_nan(tags, value);
    }
    tags->has_nodata = has;
}

/** Reads back what GTiff made of types and nodata. What it has to say of that,
 * it has said when it wrote it. */
static bool read_samples(GtiffTags *tags, const char *path, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const GDALDatasetH written = dataset_open_gtiff(path, 0);
    if (written != NULL) {
        const GDALRasterBandH band = GDALGetRasterBand(written, 1);
        tags->type = GDALGetRasterDataType(band);
        read_nodata(tags, band);
        tags->mask_flags = GDALGetMaskFlags(band);
        GDALClose(written);
    }
    error_trap_end(&trap);
    return written != NULL || status_fail(status, STATUS_INVALID,
                                          "GTiff cannot read what it wrote");
}

static bool read_directories(GtiffTags *tags, const char *path, Status *status)
{
    vsi_l_offset nbytes = 0;
    const uint8_t *file = VSIGetMemFileBuffer(path, &nbytes, FALSE);
    if (file == NULL)
        return status_fail(status, STATUS_IO, "GTiff wrote no file");
    tags->image = ifd_parse(file, (size_t)nbytes, 0, status);
    if (tags->image != NULL && tags->with_mask)
        tags->mask = tags->told != NULL
                         ? told_file_directory(tags->told, TOLD_MASK, 0, status)
                         : ifd_parse(file, (size_t)nbytes, 1, status);
    if (status->code != STATUS_OK)
        return false;
    tags->sample_nbits = (int)ifd_number(tags->image, TAG_BITS_PER_SAMPLE, 1);
    return true;
}

bool gtiff_tags_begin(GtiffTags *tags, GDALDatasetH source, bool with_mask,
                      Status *status)
{
    *tags = (GtiffTags){.with_mask = with_mask};
    /* The tags's address makes the folder its own in this process. */
    tags->folder = CPLStrdup(CPLSPrintf("/vsimem/rowband_%p", (void *)tags));
    tags->proxy = metadata_copy_proxy(source, with_mask);
    return tags->proxy != NULL ||
           status_fail(status, STATUS_NO_MEMORY,
                       "cannot gather the source's metadata");
}

bool gtiff_tags_begin_told(GtiffTags *tags, const ToldFile *told,
                           Status *status)
{
    *tags = (GtiffTags){.told = told,
                        .with_mask = told_file_has_mask(told),
                        .folder = CPLStrdup(told_file_folder(told))};
    tags->proxy = metadata_copy_proxy(told_file_proxy(told), tags->with_mask);
    return tags->proxy != NULL ||
           status_fail(status, STATUS_NO_MEMORY,
                       "cannot gather what was said of the dataset");
}

/** Lets the file say the CRS, or what is beside it. */
static void keep_crs(const GtiffTags *tags, const char *path,
                     const char *target, bool again)
{
    const CrsFate fate = crs_guard(path, tags->proxy);
    if (fate != CRS_KEPT && !again)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: GeoTIFF keys cannot express the CRS '%s'; the rest "
                 "is %s%s",
                 crs_name(tags->proxy),
                 fate == CRS_LOST ? "lost in " : "kept in the .aux.xml of ",
                 target);
}

/** @return whether georeferencing is outside the file */
static bool is_outside(const Options *options)
{
    return EQUAL(CSLFetchNameValueDef(options->for_tags, "PROFILE", ""),
                 "BASELINE");
}

/** A TIFF has a geotransform or GCPs. GTiff writes the geotransform and then
 * warns that it clears it, which it does not; PROFILE=BASELINE, whose
 * georeferencing is outside the file, is left to it. */
static void leave_out_gcps(const GtiffTags *tags, const Options *options,
                           const char *target)
{
    double transform[6];
    if (GDALGetGCPCount(tags->proxy) == 0 ||
        GDALGetGeoTransform(tags->proxy, transform) != CE_None ||
        is_outside(options))
        return;
    GDALSetGCPs2(tags->proxy, 0, NULL, NULL);
    if (!tags->quiet)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: the source has a geotransform and GCPs, of which "
                 "TIFF can hold one; the GCPs are left out of %s",
                 target);
}

static void forget_directories(GtiffTags *tags)
{
    ifd_free(tags->image);
    ifd_free(tags->mask);
    tags->image = tags->mask = NULL;
}

/** Has GTiff write the file, unless it has been told all already.
 * @param again whether it has written it before */
static bool make_file(const GtiffTags *tags, const Options *options,
                      const char *path, const char *target, bool strict,
                      bool again, Status *status)
{
    if (tags->told != NULL)
        return !again ||
               told_file_set_statistics(tags->told, tags->proxy, status);
    leave_out_gcps(tags, options, target);
    return write_file(tags->proxy, path, target, options, strict, again,
                      status);
}

bool gtiff_tags_make(GtiffTags *tags, const Options *options,
                     const char *target, bool strict, Status *status)
{
    /* The file's name makes GTiff name the sidecars as they shall be. */
    char *path =
        CPLStrdup(CPLFormFilename(tags->folder, CPLGetFilename(target), NULL));
    const bool again = tags->image != NULL || tags->quiet;
    forget_directories(tags);
    const bool ok =
        make_file(tags, options, path, target, strict, again, status) &&
        read_samples(tags, path, status) &&
        read_directories(tags, path, status);
    /* What was told and is outside the file is as it was told. */
    if (ok && !(tags->told != NULL && is_outside(options)))
        keep_crs(tags, path, target, again);
    CPLFree(path);
    return ok;
}

bool gtiff_tags_take(GtiffTags *tags, const Ifd *image, Status *status)
{
    Ifd *copy = ifd_copy(image, NULL, 0);
    if (copy == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    ifd_free(tags->image);
    tags->image = copy;
    tags->sample_nbits = (int)ifd_number(copy, TAG_BITS_PER_SAMPLE, 1);
    return true;
}

bool gtiff_tags_each_sidecar(const GtiffTags *tags, const char *target,
                             SidecarVisit *visit, void *user, Status *status)
{
    char **files = VSIReadDir(tags->folder);
    bool ok = true;
    for (int i = 0; ok && files != NULL && files[i] != NULL; i++) {
        vsi_l_offset nbytes = 0;
        if (strcmp(files[i], CPLGetFilename(target)) == 0)
            continue;
        char *path = CPLStrdup(CPLFormFilename(tags->folder, files[i], NULL));
        const uint8_t *bytes = VSIGetMemFileBuffer(path, &nbytes, FALSE);
        ok = bytes != NULL ? visit(user, path, bytes, (size_t)nbytes, status)
                           : status_fail(status, STATUS_IO, "GTiff wrote no %s",
                                         files[i]);
        CPLFree(path);
    }
    CSLDestroy(files);
    return ok;
}

/** Where sidecars go. */
typedef struct Beside {
    const char *target;
    Publication *publication;
} Beside;

/** A SidecarVisit. */
static bool publish_sidecar(void *user, const char *path, const uint8_t *bytes,
                            size_t nbytes, Status *status)
{
    const Beside *beside = user;
    const char *name = CPLGetFilename(path);
    if (!STARTS_WITH(beside->target, "/vsistdout"))
        return publication_add_sidecar(beside->publication, name, bytes, nbytes,
                                       status);
    CPLError(CE_Warning, CPLE_AppDefined,
             "ROWBAND: cannot write %s beside %s: anything the file "
             "itself cannot hold is lost",
             name, beside->target);
    return true;
}

bool gtiff_tags_write_sidecars(const GtiffTags *tags, const char *target,
                               Publication *publication, Status *status)
{
    Beside beside = {target, publication};
    return gtiff_tags_each_sidecar(tags, target, publish_sidecar, &beside,
                                   status);
}

void gtiff_tags_free(GtiffTags *tags)
{
    if (tags->folder != NULL && tags->told == NULL)
        VSIRmdirRecursive(tags->folder);
    CPLFree(tags->folder);
    if (tags->proxy != NULL)
        GDALClose(tags->proxy);
    forget_directories(tags);
    memset(tags, 0, sizeof *tags);
}
