/* SPDX-License-Identifier: MIT */
#include "versions.h"

#include <stdlib.h>

#include "gdal.h"

static bool is_from(int version)
{
    return atoi(GDALVersionInfo("VERSION_NUM")) >= version;
}

enum { GDAL_3_7 = GDAL_COMPUTE_VERSION(3, 7, 0) };

bool gdal_counts_masks(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_knows_overviews_of_masks(void)
{
    return is_from(GDAL_3_7);
}

bool gdal_makes_mask_of_alpha_beside_grey(void)
{
    return is_from(GDAL_3_7);
}
