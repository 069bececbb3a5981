/* SPDX-License-Identifier: MIT */
/* In C++ because GDAL's JSON is. */
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_json.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "guard.hpp"
#include "ogr_spatialref.h"

extern "C" {
#include "error_trap.h"
#include "tiling_scheme.h"
#include "versions.h"
}

namespace
{

/* OGC 17-083r2, table 2, note g: a pixel is 0.28 mm wide where a scale is told.
 */
constexpr double pixel_metres = 0.28e-3;
constexpr double semi_major_metres = 6378137;

/** Those that GDAL has in its code, not in its data (gcore/tilematrixset.cpp);
 * 17-083r2 annexes D.1 and D.2 have the first two. The pixels of each level are
 * half those of the one before. */
struct BuiltIn {
    const char *crs;
    double half_width;   /* units of the CRS, around 0 */
    double top, height;  /* of the tiles of level 0 */
    double min_y, max_y; /* what must be touched */
    int across, down;    /* tiles of level 0 */
    int (*level_count)();
};

constexpr double half_world = semi_major_metres * M_PI;

int count_30()
{
    return 30;
}

int count_31()
{
    return 31;
}

const BuiltIn web_mercator = {"EPSG:3857",
                              half_world,
                              half_world,
                              2 * half_world,
                              -half_world,
                              half_world,
                              1,
                              1,
                              gdal_levels_of_google_maps};
const BuiltIn crs84 = {"OGC:CRS84",           180, 90, 180, -90, 90, 2, 1,
                       gdal_levels_of_inspire};
const BuiltIn world_mercator = {
    "EPSG:3395", half_world, half_world, 2 * half_world, -half_world,
    half_world,  1,          1,          count_31};
const BuiltIn pseudo_mercator = {
    "EPSG:3857", half_world, half_world, 2 * half_world, -half_world,
    half_world,  2,          2,          count_30};
const BuiltIn google_crs84 = {"OGC:CRS84", 180, 180, 360,     -90,
                              90,          1,   1,   count_31};
const BuiltIn from_lat_270 = {"OGC:CRS84", 180, 270, 360,     -90,
                              270,         1,   1,   count_31};

struct KnownName {
    const char *name;
    const BuiltIn &meaning;
    bool (*is_known)(); /* to this GDAL; NULL: to all */
};

#define OGC_SCHEME "http://www.opengis.net/def/tilematrixset/OGC/1.0/"
const KnownName known_names[] = {
    {"GoogleMapsCompatible", web_mercator, nullptr},
    {OGC_SCHEME "WebMercatorQuad", web_mercator,
     gdal_knows_tiling_schemes_by_url},
    {"WebMercatorQuad", web_mercator, gdal_has_more_tiling_schemes},
    {"InspireCRS84Quad", crs84, nullptr},
    {OGC_SCHEME "WorldCRS84Quad", crs84, gdal_knows_tiling_schemes_by_url},
    {"WorldCRS84Quad", crs84, gdal_has_more_tiling_schemes},
    {"PseudoTMS_GlobalGeodetic", crs84, gdal_has_more_tiling_schemes},
    {"WorldMercatorWGS84Quad", world_mercator, gdal_has_more_tiling_schemes},
    {OGC_SCHEME "WorldMercatorWGS84Quad", world_mercator,
     gdal_has_more_tiling_schemes},
    {"PseudoTMS_GlobalMercator", pseudo_mercator, gdal_has_more_tiling_schemes},
    {"GoogleCRS84Quad", google_crs84, gdal_has_more_tiling_schemes},
    {"http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad", google_crs84,
     gdal_has_more_tiling_schemes},
    {"GlobalGeodeticOriginLat270", from_lat_270, gdal_has_more_tiling_schemes}};

bool allocate_levels(TilingScheme *scheme, size_t count, Status *status)
{
    scheme->levels =
        static_cast<TilingLevel *>(calloc(count, sizeof(TilingLevel)));
    scheme->level_count = static_cast<int>(count);
    return scheme->levels != nullptr ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

bool make_built_in(TilingScheme *scheme, const BuiltIn &known, Status *status)
{
    scheme->crs = CPLStrdup(known.crs);
    scheme->tile_size = 256;
    scheme->left = scheme->min_x = -known.half_width;
    scheme->max_x = known.half_width;
    scheme->top = known.top;
    scheme->min_y = known.min_y;
    scheme->max_y = known.max_y;
    scheme->has_box = true;
    const int count = known.level_count();
    if (!allocate_levels(scheme, static_cast<size_t>(count), status))
        return false;
    for (int i = 0; i < count; i++)
        scheme->levels[i] = {known.height / known.down / scheme->tile_size /
                                 (1 << i),
                             known.across << i, known.down << i};
    return true;
}

bool has(const char *text, const char *key)
{
    return strstr(text, key) != nullptr;
}

/** @return whether it is JSON, rather than where that is */
bool is_json(const char *definition)
{
    const bool lists = has(definition, "\"tileMatrix\"") ||
                       has(definition, "\"tileMatrices\"");
    return has(definition, "\"TileMatrixSetType\"") ||
           (lists && (has(definition, "\"crs\"") ||
                      (has(definition, "\"identifier\"") &&
                       has(definition, "\"boundingBox\""))));
}

bool load(CPLJSONDocument &document, const char *definition)
{
    static const char *const url_options[] = {"MAX_FILE_SIZE=1000000", nullptr};
    if (is_json(definition))
        return document.LoadMemory(definition);
    if (STARTS_WITH_CI(definition, "http://") ||
        STARTS_WITH_CI(definition, "https://"))
        return document.LoadUrl(definition, url_options);
    VSIStatBufL there;
    if (VSIStatL(definition, &there) == 0)
        return document.Load(definition);
    const std::string name = std::string("tms_") + definition + ".json";
    const char *path = CPLFindFile("gdal", name.c_str());
    return path != nullptr && document.Load(path);
}

/** Keys have other names in version 2 of the standard. */
struct Keys {
    const char *crs, *matrices, *corner;
};

/** Two numbers, by the order of the CRS's axes. */
struct Corner {
    double first, second;
};

bool read_corner(const CPLJSONObject &from, const char *key, Corner &corner)
{
    const CPLJSONArray array = from.GetArray(key);
    if (!array.IsValid() || array.Size() != 2)
        return false;
    corner = {array[0].ToDouble(NAN), array[1].ToDouble(NAN)};
    return std::isfinite(corner.first) && std::isfinite(corner.second);
}

/** The CRS as AUTHORITY:CODE if it has one, and what follows from it. */
struct Crs {
    bool inverted = false; /* the axis drawn upwards comes first */
    double metres_per_unit = 1;
};

bool read_crs(TilingScheme *scheme, const std::string &said, Crs &crs,
              Status *status)
{
    OGRSpatialReference srs;
    if (srs.SetFromUserInput(
            said.c_str(),
            OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get()) !=
        OGRERR_NONE)
        return status_fail(status, STATUS_INVALID,
                           "TILING_SCHEME: GDAL does not know the CRS '%s'",
                           said.c_str());
    const char *authority = srs.GetAuthorityName(nullptr);
    const char *code = srs.GetAuthorityCode(nullptr);
    const bool named = authority != nullptr && code != nullptr;
    scheme->crs = CPLStrdup(
        named ? (std::string(authority) + ":" + code).c_str() : said.c_str());
    if (srs.IsProjected())
        crs.metres_per_unit = srs.GetLinearUnits();
    else if (srs.IsGeographic())
        crs.metres_per_unit = srs.GetSemiMajor() * M_PI / 180;
    OGRSpatialReference normal;
    normal.SetFromUserInput(
        scheme->crs,
        OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get());
    crs.inverted = normal.EPSGTreatsAsLatLong() != 0 ||
                   normal.EPSGTreatsAsNorthingEasting() != 0;
    return true;
}

/** Version 2 has it as a text, or as an object with a URI or with WKT, which
 * may be JSON. */
std::string crs_said(const CPLJSONObject &from)
{
    if (from.IsValid() && from.GetType() == CPLJSONObject::Type::String)
        return from.ToString();
    if (!from.IsValid() || from.GetType() != CPLJSONObject::Type::Object)
        return std::string();
    const std::string uri = from.GetString("uri");
    const CPLJSONObject wkt = from.GetObj("wkt");
    return uri.empty() && wkt.IsValid() ? wkt.ToString() : uri;
}

void read_box(TilingScheme *scheme, const CPLJSONObject &root,
              const std::string &said, const Crs &crs)
{
    const CPLJSONObject box = root.GetObj("boundingBox");
    Corner low{}, high{};
    if (!box.IsValid() || crs_said(box.GetObj("crs")) != said ||
        !read_corner(box, "lowerCorner", low) ||
        !read_corner(box, "upperCorner", high))
        return;
    scheme->has_box = true;
    scheme->min_x = crs.inverted ? low.second : low.first;
    scheme->min_y = crs.inverted ? low.first : low.second;
    scheme->max_x = crs.inverted ? high.second : high.first;
    scheme->max_y = crs.inverted ? high.first : high.second;
}

bool refuse(const char *why, Status *status)
{
    return status_fail(status, STATUS_UNSUPPORTED,
                       "TILING_SCHEME is not supported: %s", why);
}

bool has_rows_of_fewer(const CPLJSONObject &matrix)
{
    for (const char *key : {"variableMatrixWidth", "variableMatrixWidths"})
        if (matrix.GetArray(key).IsValid() && matrix.GetArray(key).Size() > 0)
            return true;
    return false;
}

/** Whether level @p number is like the first, and finer than the one before. */
bool check_like_others(const TilingScheme *scheme, int number, double left,
                       double top, int size, Status *status)
{
    if (left != scheme->left || top != scheme->top)
        return refuse("zoom levels have other corners", status);
    if (size != scheme->tile_size)
        return refuse("zoom levels have tiles of other sizes", status);
    return scheme->levels[number].res < scheme->levels[number - 1].res ||
           refuse("zoom levels do not become finer", status);
}

bool read_level(TilingScheme *scheme, const CPLJSONObject &matrix,
                const Keys &keys, const Crs &crs, int number, Status *status)
{
    TilingLevel &level = scheme->levels[number];
    Corner corner{};
    const int size = matrix.GetInteger("tileWidth");
    level.res = matrix.GetDouble("scaleDenominator") * pixel_metres /
                crs.metres_per_unit;
    level.across = matrix.GetInteger("matrixWidth");
    level.down = matrix.GetInteger("matrixHeight");
    if (!read_corner(matrix, keys.corner, corner) || !(level.res > 0) ||
        size <= 0 || level.across <= 0 || level.down <= 0)
        return refuse("a zoom level has no corner, scale or size", status);
    if (has_rows_of_fewer(matrix))
        return refuse("zoom levels have rows of fewer tiles", status);
    const double left = crs.inverted ? corner.second : corner.first;
    const double top = crs.inverted ? corner.first : corner.second;
    if (number > 0)
        return check_like_others(scheme, number, left, top, size, status);
    scheme->left = left;
    scheme->top = top;
    scheme->tile_size = size;
    return true;
}

bool read_json(TilingScheme *scheme, const CPLJSONObject &root, Status *status)
{
    static const Keys version_1 = {"supportedCRS", "tileMatrix",
                                   "topLeftCorner"};
    static const Keys version_2 = {"crs", "tileMatrices", "pointOfOrigin"};
    const bool is_2 =
        root.GetObj("crs").IsValid() && root.GetObj("tileMatrices").IsValid();
    Keys keys = is_2 ? version_2 : version_1;
    if (!root.GetObj(keys.matrices).IsValid())
        keys.matrices = "tileMatrices"; /* GDAL takes version 1 with it, too */
    const CPLJSONArray matrices = root.GetArray(keys.matrices);
    if (!matrices.IsValid() || matrices.Size() == 0)
        return status_fail(status, STATUS_INVALID,
                           "TILING_SCHEME: the definition has no zoom levels");
    const std::string said = crs_said(root.GetObj(keys.crs));
    Crs crs;
    if (!read_crs(scheme, said, crs, status) ||
        !allocate_levels(scheme, static_cast<size_t>(matrices.Size()), status))
        return false;
    read_box(scheme, root, said, crs);
    for (int i = 0; i < matrices.Size(); i++)
        if (!read_level(scheme, matrices[i], keys, crs, i, status))
            return false;
    return true;
}

bool read(TilingScheme *scheme, const char *definition, Status *status)
{
    for (const KnownName &known : known_names)
        if (EQUAL(definition, known.name) &&
            (known.is_known == nullptr || known.is_known()))
            return make_built_in(scheme, known.meaning, status);
    CPLJSONDocument document;
    if (!load(document, definition))
        return status_fail(status, STATUS_INVALID,
                           "TILING_SCHEME=%.100s is no tiling scheme that GDAL "
                           "knows, and no JSON of one",
                           definition);
    return read_json(scheme, document.GetRoot(), status);
}

} // namespace

bool tiling_scheme_read(TilingScheme *scheme, const char *definition,
                        Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool ok =
        guard(false, [&] { return read(scheme, definition, status); });
    error_trap_end(&trap);
    return ok || status_fail(status, STATUS_NO_MEMORY, "out of memory");
}
