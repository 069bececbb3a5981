/* SPDX-License-Identifier: MIT */
#include "versions.h"

#include <stdlib.h>

#include <libdeflate.h>

#include "cpl_error.h"
#include "gdal.h"

const char *rowband_version(void)
{
    return ROWBAND_VERSION;
}

void versions_report(void)
{
    CPLDebug("ROWBAND", "version %s, GDAL %s, libdeflate %s", rowband_version(),
             GDALVersionInfo("RELEASE_NAME"), LIBDEFLATE_VERSION_STRING);
}

static bool is_from(int version)
{
    return atoi(GDALVersionInfo("VERSION_NUM")) >= version;
}

enum {
    GDAL_3_7 = GDAL_COMPUTE_VERSION(3, 7, 0),
    GDAL_3_8 = GDAL_COMPUTE_VERSION(3, 8, 0),
    GDAL_3_8_1 = GDAL_COMPUTE_VERSION(3, 8, 1),
    GDAL_3_9 = GDAL_COMPUTE_VERSION(3, 9, 0),
    GDAL_3_9_2 = GDAL_COMPUTE_VERSION(3, 9, 2),
    GDAL_3_11 = GDAL_COMPUTE_VERSION(3, 11, 0),
    GDAL_3_11_4 = GDAL_COMPUTE_VERSION(3, 11, 4),
    GDAL_3_12 = GDAL_COMPUTE_VERSION(3, 12, 0)
};

bool gdal_counts_masks(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_knows_overviews_of_masks(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_threads_of_vrts_report(void)
{
    return is_from(GDAL_3_11);
}

bool gdal_makes_mask_of_alpha_beside_grey(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_overviews_say_their_method(void)
{
    return is_from(GDAL_3_9);
}

bool gdal_cogs_say_the_method_of_overviews(void)
{
    return is_from(GDAL_3_12);
}

int gdal_levels_of_google_maps(void)
{
    return is_from(GDAL_3_7) ? 31 : 25;
}

int gdal_levels_of_inspire(void)
{
    return is_from(GDAL_3_9) ? 30 : 18;
}

bool gdal_has_more_tiling_schemes(void)
{
    return is_from(GDAL_3_11);
}

bool gdal_knows_tiling_schemes_by_url(void)
{
    return is_from(GDAL_3_9);
}

bool gdal_tiles_tolerate_half_a_pixel(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_suggests_web_mercator_without_poles(void)
{
    return is_from(GDAL_3_8_1);
}

bool gdal_counts_statistics_of_reprojected(void)
{
    return is_from(GDAL_3_8);
}

bool gdal_tells_integer_nodata_as_double(void)
{
    return is_from(GDAL_3_9_2);
}

bool gdal_cogs_take_nearest_for_complex(void)
{
    return is_from(GDAL_3_11_4);
}
