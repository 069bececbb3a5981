/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_utils.h>

#include "copying.h"

#define SQUARE "width=8192,height=6144,type=UInt16,"
#define RGB "width=6144,height=4096,bands=3,"
#define SMALL "width=4096,height=4096,type=UInt16,"
#define WIDE "width=65536,height=4096,"

const Scenario scenarios[] = {
    {"blocks 512x512", SCENARIO_PLAIN, SQUARE "block=512x512", NULL, NULL},
    {"blocks 512x1024", SCENARIO_PLAIN, SQUARE "block=512x1024", NULL, NULL},
    {"blocks 512x2048", SCENARIO_PLAIN, SQUARE "block=512x2048", NULL, NULL},
    {"blocks 512x3000", SCENARIO_PLAIN, SQUARE "block=512x3000", NULL, NULL},
    {"blocks 300x300", SCENARIO_PLAIN, SQUARE "block=300x300", NULL, NULL},
    {"blocks 256x whole height", SCENARIO_PLAIN, SQUARE "block=256x6144", NULL,
     NULL},
    {"scanlines", SCENARIO_PLAIN, SQUARE "block=8192x1", NULL, NULL},
    {"strips of 79 rows", SCENARIO_PLAIN, SQUARE "block=8192x79", NULL, NULL},
    {"blocks 512x512 to strips", SCENARIO_PLAIN, SQUARE "block=512x512", NULL,
     "TILED=NO"},
    {"blocks 512x3000 to strips", SCENARIO_PLAIN, SQUARE "block=512x3000", NULL,
     "TILED=NO"},
    {"200,000x4,096, blocks 1024x1024", SCENARIO_PLAIN,
     "width=200000,height=4096,block=1024x1024", NULL, NULL},
    {"65,536x4,096, blocks 1000x1000", SCENARIO_PLAIN, WIDE "block=1000x1000",
     NULL, NULL},
    {"65,536x4,096, blocks 512x3000", SCENARIO_PLAIN, WIDE "block=512x3000",
     NULL, NULL},
    {"65,536x4,096, blocks 256x whole height", SCENARIO_PLAIN,
     WIDE "block=256x4096", NULL, NULL},
    {"RGB pixel interleaved, blocks 1024x1024", SCENARIO_PLAIN,
     RGB "block=1024x1024", NULL, NULL},
    {"RGB pixel interleaved to INTERLEAVE=BAND", SCENARIO_PLAIN,
     RGB "block=512x512", NULL, "INTERLEAVE=BAND"},
    {"RGB band interleaved, blocks 1024x1024", SCENARIO_PLAIN,
     RGB "block=1024x1024,interleave=BAND", NULL, NULL},
    {"RGB band interleaved, blocks 512x3000", SCENARIO_PLAIN,
     RGB "block=512x3000,interleave=BAND", NULL, NULL},
    {"-srcwin 100 77, blocks 512x512", SCENARIO_TRANSLATE,
     SQUARE "block=512x512", "-srcwin 100 77 8000 6000", NULL},
    {"-srcwin 100 77, blocks 512x2048", SCENARIO_TRANSLATE,
     SQUARE "block=512x2048", "-srcwin 100 77 8000 6000", NULL},
    {"-b 3 -b 2, pixel interleaved", SCENARIO_TRANSLATE, RGB "block=512x512",
     "-b 3 -b 2", NULL},
    {"-b 3 -b 2, band interleaved", SCENARIO_TRANSLATE,
     RGB "block=512x512,interleave=BAND", "-b 3 -b 2", NULL},
    {"-ot Float32, blocks 1024x1024", SCENARIO_TRANSLATE,
     SMALL "block=1024x1024", "-ot Float32", NULL},
    {"-scale -ot Byte, blocks 512x2048", SCENARIO_TRANSLATE,
     SMALL "block=512x2048", "-scale 0 65535 0 255 -ot Byte", NULL},
    {"-a_nodata -mo, strips of 79 rows", SCENARIO_TRANSLATE,
     SQUARE "block=8192x79", "-a_nodata 9 -mo A=B", NULL},
    {"RGB -mo, blocks 512x512", SCENARIO_TRANSLATE, RGB "block=512x512",
     "-mo A=B", NULL},
    {"-outsize 50% -r bilinear", SCENARIO_TRANSLATE, SMALL "block=512x512",
     "-outsize 50% 50% -r bilinear", NULL},
    {"-outsize 50% -r cubic", SCENARIO_TRANSLATE, SMALL "block=512x512",
     "-outsize 50% 50% -r cubic", NULL},
    {"-outsize 50% -r cubic, blocks 512x2048", SCENARIO_TRANSLATE,
     SMALL "block=512x2048", "-outsize 50% 50% -r cubic", NULL},
    {"-outsize 50% -r average", SCENARIO_TRANSLATE, SMALL "block=512x512",
     "-outsize 50% 50% -r average", NULL},
    {"-outsize 37% -r lanczos", SCENARIO_TRANSLATE, SMALL "block=512x512",
     "-outsize 37% 37% -r lanczos", NULL},
    {"65,536x4,096, -srcwin 100 77, blocks 1000x1000", SCENARIO_TRANSLATE,
     WIDE "block=1000x1000", "-srcwin 100 77 65000 4000", NULL},
    {"2x2 mosaic, aligned", SCENARIO_MOSAIC,
     "width=4096,height=3072,block=512x512", NULL, NULL},
    {"2x2 mosaic, unaligned", SCENARIO_MOSAIC,
     "width=4001,height=3001,block=512x512", NULL, NULL},
    {"2x2 mosaic, blocks 512x2048", SCENARIO_MOSAIC,
     "width=4001,height=3001,block=512x2048", NULL, NULL},
    {"VRT of a VRT, -srcwin 100 77", SCENARIO_TWICE, SQUARE "block=512x512",
     "-srcwin 100 77 8000 6000", NULL},
    {"warped VRT", SCENARIO_WARP, SMALL "block=512x512",
     "-t_srs EPSG:4326 -r bilinear", NULL},
    {"UTM to EPSG:3857", SCENARIO_PLACED, SQUARE "block=512x512",
     "-a_srs EPSG:32632 -a_ullr 100000 6500000 300000 6350000;"
     "-t_srs EPSG:3857 -r bilinear",
     NULL},
    {"EPSG:2154 to EPSG:3857, strips of 79 rows", SCENARIO_PLACED,
     SQUARE "block=8192x79",
     "-a_srs EPSG:2154 -a_ullr 100000 7100000 1200000 6275000;"
     "-t_srs EPSG:3857 -r cubic",
     NULL},
    {"polar stereographic to EPSG:4326, blocks 256x256", SCENARIO_PLACED,
     SQUARE "block=256x256",
     "-a_srs EPSG:3413 -a_ullr -2000000 -1000000 -1000000 -1750000;"
     "-t_srs EPSG:4326 -r bilinear",
     NULL},
    {"polar stereographic to EPSG:3857, blocks 512x512", SCENARIO_PLACED,
     SQUARE "block=512x512",
     "-a_srs EPSG:3413 -a_ullr -2000000 -1000000 -1000000 -1750000;"
     "-t_srs EPSG:3857 -r bilinear",
     NULL},
    {"EPSG:4326 around the pole", SCENARIO_PLACED, SQUARE "block=512x512",
     "-a_srs EPSG:4326 -a_ullr -180 90 180 45;"
     "-t_srs EPSG:3413 -ts 6000 6000",
     NULL},
    {"EPSG:4326 across the antimeridian", SCENARIO_PLACED,
     SQUARE "block=512x512",
     "-a_srs EPSG:4326 -a_ullr -180 85 180 -85;-t_srs EPSG:3832 "
     "-te -10000000 -8000000 10000000 8000000 -ts 6000 4800",
     NULL},
};

const int scenario_count = (int)(sizeof scenarios / sizeof *scenarios);

static void spy_name(char *name, const Scenario *scenario, int i)
{
    /* Of what is not behind a VRT further readers would decode a block again,
     * to compare it. */
    const bool plain = scenario->kind == SCENARIO_PLAIN;
    snprintf(name, NAME_NCHARS, "SPY:id=s%d,%s%s", i, scenario->spy,
             plain ? "" : "," SPY_ANY_FILE);
}

static bool warp(const char *source, const char *arguments, const char *target)
{
    char *all = CPLStrdup(CPLSPrintf("-q -of VRT %s", arguments));
    char **list = CSLTokenizeString2(all, " ", 0);
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(list, NULL);
    GDALDatasetH from = GDALOpen(source, GA_ReadOnly);
    GDALDatasetH made =
        from != NULL ? GDALWarp(target, NULL, 1, &from, options, NULL) : NULL;
    const bool ok = made != NULL;
    if (ok)
        GDALClose(made);
    if (from != NULL)
        GDALClose(from);
    GDALWarpAppOptionsFree(options);
    CSLDestroy(list);
    CPLFree(all);
    return ok;
}

/** Writes the VRT that gdalbuildvrt would write for four spies that touch; it
 * would want them to be georeferenced. */
static bool build_mosaic(const Scenario *scenario, const char *target)
{
    SpySpec spec;
    char name[NAME_NCHARS];
    spy_name(name, scenario, 0);
    VSILFILE *file = VSIFOpenL(target, "wb");
    if (file == NULL || !spy_parse(name, &spec))
        return false;
    VSIFPrintfL(file,
                "<VRTDataset rasterXSize='%d' rasterYSize='%d'>"
                "<VRTRasterBand dataType='%s' band='1'>",
                2 * spec.width, 2 * spec.height,
                GDALGetDataTypeName(spec.type));
    for (int i = 0; i < SCENARIO_SPIES_MAX; i++) {
        spy_name(name, scenario, i);
        VSIFPrintfL(
            file,
            "<SimpleSource><SourceFilename relativeToVRT='0'>%s"
            "</SourceFilename><SourceBand>1</SourceBand>"
            "<SourceProperties RasterXSize='%d' RasterYSize='%d' "
            "DataType='%s' BlockXSize='%d' BlockYSize='%d'/>"
            "<SrcRect xOff='0' yOff='0' xSize='%d' ySize='%d'/>"
            "<DstRect xOff='%d' yOff='%d' xSize='%d' ySize='%d'/>"
            "</SimpleSource>",
            name, spec.width, spec.height, GDALGetDataTypeName(spec.type),
            spec.block_width, spec.block_height, spec.width, spec.height,
            i % 2 * spec.width, i / 2 * spec.height, spec.width, spec.height);
    }
    VSIFPrintfL(file, "</VRTRasterBand></VRTDataset>");
    return VSIFCloseL(file) == 0;
}

/** @param arguments as SCENARIO_PLACED has them */
static bool place_and_warp(const char *source, const char *arguments,
                           const char *placed, const char *target)
{
    const char *warping = strchr(arguments, ';');
    char placing[NAME_NCHARS];
    if (warping == NULL)
        return false;
    snprintf(placing, sizeof placing, "%.*s", (int)(warping - arguments),
             arguments);
    return vrt_translate(source, placing, placed) &&
           warp(placed, warping + 1, target);
}

bool scenario_make(const Scenario *scenario, char *name)
{
    static const char *const georeferenced =
        "-a_srs EPSG:32632 -a_ullr 300000 5500000 400000 5400000";
    static const char *const target = "/vsimem/scenario.vrt";
    static const char *const inner = "/vsimem/inner.vrt";
    char spy[NAME_NCHARS];
    spy_name(spy, scenario, 0);
    snprintf(name, NAME_NCHARS, "%s",
             scenario->kind == SCENARIO_PLAIN ? spy : target);
    switch (scenario->kind) {
    case SCENARIO_PLAIN:
        return true;
    case SCENARIO_TRANSLATE:
        return vrt_translate(spy, scenario->arguments, target);
    case SCENARIO_TWICE:
        return vrt_translate(spy, scenario->arguments, inner) &&
               vrt_translate(inner, "-mo A=B", target);
    case SCENARIO_WARP:
        return vrt_translate(spy, georeferenced, inner) &&
               warp(inner, scenario->arguments, target);
    case SCENARIO_PLACED:
        return place_and_warp(spy, scenario->arguments, inner, target);
    case SCENARIO_MOSAIC:
        return build_mosaic(scenario, target);
    }
    return false;
}

static void id_of(char *id, int i)
{
    snprintf(id, SPY_ID_NCHARS, "s%d", i);
}

void scenario_reset_counts(void)
{
    char id[SPY_ID_NCHARS];
    for (int i = 0; i < SCENARIO_SPIES_MAX; i++) {
        id_of(id, i);
        spy_reset(id);
    }
}

SpyCounts scenario_counts(void)
{
    SpyCounts all = {0, 0, 0, 0};
    char id[SPY_ID_NCHARS];
    for (int i = 0; i < SCENARIO_SPIES_MAX; i++) {
        id_of(id, i);
        const SpyCounts counts = spy_counts(id);
        all.decodes += counts.decodes;
        all.distinct += counts.distinct;
        all.blocks += counts.blocks;
        if (counts.most > all.most)
            all.most = counts.most;
    }
    return all;
}
