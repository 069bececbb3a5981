/* SPDX-License-Identifier: MIT */
#include "metadata_copy.h"

#include "cpl_string.h"
#include "error_trap.h"
#include "guarded.h"

/* Domains that describe how the source is stored, not what it says. */
static const char *const storage_domains[] = {"IMAGE_STRUCTURE",
                                              "SUBDATASETS",
                                              "DERIVED_SUBDATASETS",
                                              "xml:VRT",
                                              "vrt_sources",
                                              "new_vrt_sources",
                                              "TIFF",
                                              NULL};

/* Domains that drivers may have without listing them. */
static const char *const well_known_domains[] = {
    "",         "RPC",        "IMD",        "COLOR_PROFILE", "xml:XMP",
    "xml:ESRI", "json:ISIS3", "json:VICAR", "GEOLOCATION",   NULL};

static void copy_domain(GDALMajorObjectH from, GDALMajorObjectH to,
                        const char *domain)
{
    /* Not even asked for: drivers look for some in the file, and JP2OpenJPEG of
     * GDAL 3.6 then decodes other pixels. */
    if (CSLFindString((CSLConstList)storage_domains, domain) >= 0)
        return;
    char **items = GDALGetMetadata(from, domain);
    if (items != NULL)
        GDALSetMetadata(to, items, domain);
}

static void copy_metadata(GDALMajorObjectH from, GDALMajorObjectH to)
{
    char **listed = GDALGetMetadataDomainList(from);
    for (int i = 0; listed != NULL && listed[i] != NULL; i++)
        copy_domain(from, to, listed[i]);
    for (int i = 0; well_known_domains[i] != NULL; i++)
        if (CSLFindString(listed, well_known_domains[i]) < 0)
            copy_domain(from, to, well_known_domains[i]);
    CSLDestroy(listed);
}

static bool has_own_domains(GDALMajorObjectH object)
{
    char **listed = GDALGetMetadataDomainList(object);
    bool any = false;
    for (int i = 0; listed != NULL && listed[i] != NULL; i++)
        if (CSLFindString((CSLConstList)storage_domains, listed[i]) < 0 &&
            CSLFindString((CSLConstList)well_known_domains, listed[i]) < 0)
            any = any || GDALGetMetadata(object, listed[i]) != NULL;
    CSLDestroy(listed);
    return any;
}

bool metadata_copy_has_own_domains(GDALDatasetH dataset)
{
    bool any = has_own_domains(dataset);
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++)
        any = any || has_own_domains(GDALGetRasterBand(dataset, i));
    return any;
}

static void copy_georeferencing(GDALDatasetH from, GDALDatasetH to)
{
    double transform[6];
    const OGRSpatialReferenceH crs = GDALGetSpatialRef(from);
    if (crs != NULL)
        GDALSetSpatialRef(to, crs);
    /* That there is none must stay so: GTiff writes GCPs only then. */
    if (GDALGetGeoTransform(from, transform) == CE_None)
        GDALSetGeoTransform(to, transform);
    if (GDALGetGCPCount(from) > 0)
        GDALSetGCPs2(to, GDALGetGCPCount(from), GDALGetGCPs(from),
                     GDALGetGCPSpatialRef(from));
}

static void copy_nodata(GDALRasterBandH from, GDALRasterBandH to)
{
    int has = FALSE;
    const GDALDataType type = GDALGetRasterDataType(from);
    if (type == GDT_Int64) {
        const int64_t value = GDALGetRasterNoDataValueAsInt64(from, &has);
        if (has)
            GDALSetRasterNoDataValueAsInt64(to, value);
    } else if (type == GDT_UInt64) {
        const uint64_t value = GDALGetRasterNoDataValueAsUInt64(from, &has);
        if (has)
            GDALSetRasterNoDataValueAsUInt64(to, value);
    } else {
        const double value = GDALGetRasterNoDataValue(from, &has);
        if (has)
            GDALSetRasterNoDataValue(to, value);
    }
}

void metadata_copy_nodata(GDALDatasetH from, GDALDatasetH to)
{
    for (int i = 1; i <= GDALGetRasterCount(from); i++) {
        GDALDeleteRasterNoDataValue(GDALGetRasterBand(to, i));
        copy_nodata(GDALGetRasterBand(from, i), GDALGetRasterBand(to, i));
    }
}

/** The two items of the storage domain that say what samples mean. */
static void copy_sample_meaning(GDALRasterBandH from, GDALRasterBandH to)
{
    /* Since GDAL has a type for signed bytes it warns of being asked. */
    static const char *const items[] = {
        "NBITS",
#if GDAL_VERSION_NUM < GDAL_COMPUTE_VERSION(3, 7, 0)
        "PIXELTYPE",
#endif
        NULL
    };
    for (int i = 0; items[i] != NULL; i++) {
        const char *value =
            GDALGetMetadataItem(from, items[i], "IMAGE_STRUCTURE");
        if (value != NULL)
            GDALSetMetadataItem(to, items[i], value, "IMAGE_STRUCTURE");
    }
}

static void copy_scale(GDALRasterBandH from, GDALRasterBandH to)
{
    int has = FALSE;
    const double offset = GDALGetRasterOffset(from, &has);
    if (has)
        GDALSetRasterOffset(to, offset);
    const double scale = GDALGetRasterScale(from, &has);
    if (has)
        GDALSetRasterScale(to, scale);
}

void metadata_copy_meaning(GDALRasterBandH from, GDALRasterBandH to)
{
    copy_nodata(from, to);
    GDALSetRasterColorInterpretation(to,
                                     GDALGetRasterColorInterpretation(from));
}

static void copy_band(GDALRasterBandH from, GDALRasterBandH to)
{
    GDALSetDescription(to, GDALGetDescription(from));
    copy_metadata(from, to);
    copy_sample_meaning(from, to);
    /* A colour table makes MEM say that the band is a palette. */
    if (GDALGetRasterColorTable(from) != NULL)
        GDALSetRasterColorTable(to, GDALGetRasterColorTable(from));
    metadata_copy_meaning(from, to);
    copy_scale(from, to);
    if (GDALGetRasterCategoryNames(from) != NULL)
        GDALSetRasterCategoryNames(to, GDALGetRasterCategoryNames(from));
    if (*GDALGetRasterUnitType(from) != '\0')
        GDALSetRasterUnitType(to, GDALGetRasterUnitType(from));
    if (GDALGetDefaultRAT(from) != NULL)
        GDALSetDefaultRAT(to, GDALGetDefaultRAT(from));
}

void metadata_copy_all(GDALDatasetH from, GDALDatasetH to)
{
    for (int i = 1; i <= GDALGetRasterCount(from); i++)
        copy_band(GDALGetRasterBand(from, i), GDALGetRasterBand(to, i));
    copy_metadata(from, to);
    copy_georeferencing(from, to);
}

GDALDatasetH metadata_copy_proxy(GDALDatasetH source, bool with_mask)
{
    const int bands = GDALGetRasterCount(source);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    GDALDatasetH proxy =
        guarded_create(GDALGetDriverByName("MEM"), "", 1, 1, 0, GDT_Byte, NULL);
    error_trap_end(&trap);
    bool ok = proxy != NULL;
    for (int i = 1; ok && i <= bands; i++)
        ok = GDALAddBand(proxy,
                         GDALGetRasterDataType(GDALGetRasterBand(source, i)),
                         NULL) == CE_None;
    if (ok)
        metadata_copy_all(source, proxy);
    if (ok && with_mask)
        ok = GDALCreateDatasetMaskBand(proxy, GMF_PER_DATASET) == CE_None;
    if (!ok && proxy != NULL) {
        GDALClose(proxy);
        proxy = NULL;
    }
    return proxy;
}
