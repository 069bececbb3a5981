/* SPDX-License-Identifier: MIT */
#include "warpings.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_utils.h>

#include "copying.h"
#include "gtest_c.h"

const Warping warpings[] = {
    {"-a_srs EPSG:32632 -a_ullr 300000 5500000 400000 5400000",
     "-t_srs EPSG:3857 -r bilinear"},
    {"-a_srs EPSG:32632 -a_ullr 100000 7500000 900000 6700000",
     "-t_srs EPSG:4326 -r cubic"},
    {"-a_srs EPSG:2154 -a_ullr 100000 7100000 1200000 6000000",
     "-t_srs EPSG:3857 -r lanczos"},
    {"-a_srs EPSG:3413 -a_ullr -2000000 -1000000 -1000000 -2000000",
     "-t_srs EPSG:3857"},
    {"-a_srs EPSG:3413 -a_ullr -3000000 3000000 3000000 -3000000",
     "-t_srs EPSG:4326"},
    {"-a_srs EPSG:4326 -a_ullr -180 90 180 45", "-t_srs EPSG:3413"},
    {"-a_srs EPSG:4326 -a_ullr -180 85 180 -85",
     "-t_srs EPSG:3832 -te -9000000 -8000000 9000000 8000000"},
    {"-a_srs EPSG:32601 -a_ullr 100000 6500000 500000 6100000",
     "-t_srs EPSG:3857 -r average -tr 4000 4000"},
    {"-a_srs EPSG:32632 -gcp 0 0 300000 5500000 -gcp 640 100 390000 5540000 "
     "-gcp 640 640 430000 5460000 -gcp 0 640 330000 5400000",
     "-t_srs EPSG:3857 -dstalpha -tps"},
};

const int warping_count = COUNT_OF(warpings);

void make_warped(const Warping *warping, const char *source, const char *placed,
                 const char *warped)
{
    require(vrt_translate(source, warping->placed, placed));
    char **list = CSLTokenizeString2(
        CPLSPrintf("-of VRT %s", warping->arguments), " ", 0);
    GDALDatasetH from = GDALOpen(placed, GA_ReadOnly);
    require(from != NULL);
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(list, NULL);
    const GDALDatasetH made = GDALWarp(warped, NULL, 1, &from, options, NULL);
    expect_true(made != NULL);
    if (made != NULL)
        GDALClose(made);
    GDALWarpAppOptionsFree(options);
    CSLDestroy(list);
    GDALClose(from);
}
