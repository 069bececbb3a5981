/* SPDX-License-Identifier: MIT */
#include "overview_method.h"

#include "cpl_string.h"

static const char own_domain[] = "ROWBAND";

static const char *item_of(int number)
{
    return CPLSPrintf("OVERVIEW_METHOD_%d", number);
}

void overview_method_note(GDALDatasetH pixels, int number, const char *method)
{
    GDALSetMetadataItem(pixels, item_of(number), method, own_domain);
}

const char *overview_method_of(GDALDatasetH pixels, int number)
{
    return GDALGetMetadataItem(pixels, item_of(number), own_domain);
}
