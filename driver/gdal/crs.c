/* SPDX-License-Identifier: MIT */
#include "crs.h"

#include <proj.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "ogr_srs_api.h"

static void say_nothing(void *user, int level, const char *message)
{
    (void)user;
    (void)level;
    (void)message;
}

/** A context that finds PROJ's database where GDAL finds it. */
static PJ_CONTEXT *new_context(void)
{
    PJ_CONTEXT *context = proj_context_create();
    char **paths = OSRGetPROJSearchPaths();
    proj_log_func(context, NULL, say_nothing);
    if (paths != NULL && paths[0] != NULL)
        proj_context_set_search_paths(context, CSLCount(paths),
                                      (const char *const *)paths);
    CSLDestroy(paths);
    return context;
}

/** Takes the remarks out of a WKT2 text, in place. To PROJ a CRS differs from
 * itself with a PROJ string as its remark, which GTiff adds to some. */
static void strip_remarks(char *wkt)
{
    static const char opening[] = ",REMARK[\"";
    char *at;
    while ((at = strstr(wkt, opening)) != NULL) {
        char *end = at + strlen(opening);
        /* A quote inside is doubled. */
        while (*end != '\0' && (*end != '"' || end[1] == '"'))
            end += *end == '"' ? 2 : 1;
        if (strncmp(end, "\"]", 2) != 0)
            return;
        memmove(at, end + 2, strlen(end + 2) + 1);
    }
}

/** @return to be destroyed; NULL if PROJ cannot read it */
static PJ *to_proj(PJ_CONTEXT *context, OGRSpatialReferenceH crs)
{
    static const char *const options[] = {"FORMAT=WKT2_2019", NULL};
    char *wkt = NULL;
    PJ *proj = NULL;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    if (OSRExportToWktEx(crs, &wkt, options) == OGRERR_NONE && wkt != NULL) {
        strip_remarks(wkt);
        proj = proj_create_from_wkt(context, wkt, NULL, NULL, NULL);
    }
    error_trap_end(&trap);
    CPLFree(wkt);
    return proj;
}

/** @return whether both mean the same for pixels: parameters, datum and
 *          coordinate epoch are equal, names may differ, and so may the order
 *          of latitude and longitude. NULL is no CRS, which none is the same
 *          as. */
static bool same(OGRSpatialReferenceH a, OGRSpatialReferenceH b)
{
    if (a == NULL || b == NULL)
        return false;
    PJ_CONTEXT *context = new_context();
    PJ *one = to_proj(context, a), *other = to_proj(context, b);
    const bool equal = one != NULL && other != NULL &&
                       proj_is_equivalent_to_with_ctx(
                           context, one, other,
                           PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS) &&
                       OSRGetCoordinateEpoch(a) == OSRGetCoordinateEpoch(b);
    proj_destroy(one);
    proj_destroy(other);
    proj_context_destroy(context);
    return equal;
}

/** The only CRS of @p authority, or of any if NULL, that is @p crs with
 * certainty.
 * @return AUTHORITY:CODE, to be freed; NULL if there is none or several */
static char *find_code(PJ_CONTEXT *context, const PJ *crs,
                       const char *authority)
{
    enum { CERTAIN = 100 };
    int *confidence = NULL, found = 0;
    char *code = NULL;
    PJ_OBJ_LIST *list =
        proj_identify(context, crs, authority, NULL, &confidence);
    const int count = list != NULL ? proj_list_get_count(list) : 0;
    for (int i = 0; i < count; i++) {
        if (confidence[i] < CERTAIN)
            continue;
        PJ *candidate = proj_list_get(context, list, i);
        CPLFree(code);
        code =
            CPLStrdup(CPLSPrintf("%s:%s", proj_get_id_auth_name(candidate, 0),
                                 proj_get_id_code(candidate, 0)));
        proj_destroy(candidate);
        found++;
    }
    proj_int_list_destroy(confidence);
    proj_list_destroy(list);
    if (found != 1) {
        CPLFree(code);
        return NULL;
    }
    return code;
}

static char *identify(OGRSpatialReferenceH crs)
{
    PJ_CONTEXT *context = new_context();
    PJ *proj = to_proj(context, crs);
    char *code = NULL;
    if (proj != NULL)
        code = find_code(context, proj, "EPSG");
    if (proj != NULL && code == NULL)
        code = find_code(context, proj, NULL);
    proj_destroy(proj);
    proj_context_destroy(context);
    return code;
}

void crs_identify(GDALDatasetH dataset)
{
    const OGRSpatialReferenceH own = GDALGetSpatialRef(dataset);
    if (own == NULL || OSRGetAuthorityCode(own, NULL) != NULL)
        return;
    char *code = identify(own);
    OGRSpatialReferenceH found = OSRNewSpatialReference(NULL);
    OSRSetAxisMappingStrategy(found, OAMS_TRADITIONAL_GIS_ORDER);
    const bool use =
        code != NULL && OSRSetFromUserInput(found, code) == OGRERR_NONE;
    CPLDebug("ROWBAND", "CRS_IDENTIFY: %s is %s", crs_name(dataset),
             use ? code : "not known for certain");
    if (use) {
        OSRSetCoordinateEpoch(found, OSRGetCoordinateEpoch(own));
        GDALSetSpatialRef(dataset, found);
    }
    OSRDestroySpatialReference(found);
    CPLFree(code);
}

/** The CRS of what @p file is georeferenced by. A TIFF has one only: where the
 * source has a geotransform as well as GCPs, or one CRS for each, GTiff has
 * chosen. */
static OGRSpatialReferenceH crs_as_in(GDALDatasetH file, GDALDatasetH wanted)
{
    return GDALGetGCPCount(file) > 0 ? GDALGetGCPSpatialRef(wanted)
                                     : GDALGetSpatialRef(wanted);
}

/** Without a CRS there is none to lose: GTiff reads one without a name where
 * only AREA_OR_POINT is in the keys. */
static bool has_wanted(GDALDatasetH file, GDALDatasetH wanted)
{
    const OGRSpatialReferenceH crs = crs_as_in(file, wanted);
    return crs == NULL || same(crs_as_in(file, file), crs);
}

/** What else GTiff reads in the keys, and no longer once the CRS is outside. */
typedef struct KeysToo {
    char *area_or_point; /**< NULL: nothing */
    char *unit; /**< of bands without one, by a vertical CRS; or NULL */
} KeysToo;

static void keys_free(KeysToo *keys)
{
    CPLFree(keys->area_or_point);
    CPLFree(keys->unit);
}

static char *copy_if_any(const char *text)
{
    return text != NULL && *text != '\0' ? CPLStrdup(text) : NULL;
}

static bool has_unit(GDALDatasetH dataset, int band)
{
    return *GDALGetRasterUnitType(GDALGetRasterBand(dataset, band)) != '\0';
}

static KeysToo keys_read(const char *path, GDALDatasetH wanted)
{
    KeysToo keys = {NULL, NULL};
    const GDALDatasetH file = dataset_open_gtiff(path, 0);
    if (file == NULL)
        return keys;
    /* A file without a CRS may have no keys. */
    const GDALDatasetH says =
        GDALGetMetadataItem(file, GDALMD_AREA_OR_POINT, NULL) != NULL ? file
                                                                      : wanted;
    keys.area_or_point =
        copy_if_any(GDALGetMetadataItem(says, GDALMD_AREA_OR_POINT, NULL));
    const int bands = GDALGetRasterCount(file);
    for (int i = 1; keys.unit == NULL && i <= bands; i++)
        if (!has_unit(wanted, i))
            keys.unit =
                copy_if_any(GDALGetRasterUnitType(GDALGetRasterBand(file, i)));
    GDALClose(file);
    return keys;
}

/** Puts the unit of a vertical CRS into the .aux.xml, with all metadata. */
static void tell_unit(const char *path, const char *unit, GDALDatasetH wanted)
{
    const GDALDatasetH file = dataset_open_gtiff(path, 0);
    const int bands = file != NULL ? GDALGetRasterCount(file) : 0;
    for (int i = 1; i <= bands; i++)
        if (!has_unit(wanted, i))
            GDALSetRasterUnitType(GDALGetRasterBand(file, i), unit);
    if (file != NULL)
        GDALClose(file);
}

/** A dataset that is open for reading puts what it is told into the
 * .aux.xml. */
static void tell_crs(const char *path, const char *area_or_point,
                     GDALDatasetH wanted)
{
    const GDALDatasetH file = dataset_open_gtiff(path, 0);
    if (file == NULL)
        return;
    if (GDALGetGCPCount(file) > 0)
        GDALSetGCPs2(file, GDALGetGCPCount(wanted), GDALGetGCPs(wanted),
                     GDALGetGCPSpatialRef(wanted));
    else
        GDALSetSpatialRef(file, GDALGetSpatialRef(wanted));
    if (area_or_point != NULL)
        GDALSetMetadataItem(file, GDALMD_AREA_OR_POINT, area_or_point, NULL);
    GDALClose(file);
}

static void tell(const char *path, GDALDatasetH wanted)
{
    KeysToo keys = keys_read(path, wanted);
    if (keys.unit != NULL)
        tell_unit(path, keys.unit, wanted);
    tell_crs(path, keys.area_or_point, wanted);
    keys_free(&keys);
}

static bool reads_as(const char *path, GDALDatasetH wanted)
{
    const GDALDatasetH file = dataset_open_gtiff(path, 0);
    const bool as_wanted = file != NULL && has_wanted(file, wanted);
    if (file != NULL)
        GDALClose(file);
    return as_wanted;
}

CrsFate crs_guard(const char *path, GDALDatasetH wanted)
{
    CrsFate fate = CRS_KEPT;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    if (!reads_as(path, wanted)) {
        tell(path, wanted);
        fate = reads_as(path, wanted) ? CRS_IN_AUXXML : CRS_LOST;
    }
    error_trap_end(&trap);
    return fate;
}

const char *crs_name(GDALDatasetH dataset)
{
    OGRSpatialReferenceH crs = GDALGetSpatialRef(dataset);
    if (crs == NULL)
        crs = GDALGetGCPSpatialRef(dataset);
    const char *name = crs != NULL ? OSRGetName(crs) : NULL;
    return name != NULL && *name != '\0' ? name : "unnamed";
}
