/* SPDX-License-Identifier: MIT */
/* GDAL's resampler makes of some of the bands what it makes of all. */
#include <gdal.h>

#include "copying.h"
#include "gdal_resampler.h"
#include "gtest_c.h"
#include "pipeline_run.h"

enum { WIDTH = 300, HEIGHT = 200, BANDS = 4 };

static Raster planar_raster(void)
{
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = BANDS,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .planar = true,
                             .tile_width = 64,
                             .tile_height = 64};
    Raster raster = {.image_count = 1};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&raster.layouts[0], &spec, &status));
    return raster;
}

/** @return what the bands are like: the third has nodata */
static GDALDatasetH bands_like(GDALColorInterp last)
{
    GDALDatasetH bands = GDALCreate(GDALGetDriverByName("MEM"), "", WIDTH,
                                    HEIGHT, BANDS, GDT_UInt16, NULL);
    GDALSetRasterNoDataValue(GDALGetRasterBand(bands, 3), 77);
    GDALSetRasterColorInterpretation(GDALGetRasterBand(bands, BANDS), last);
    return bands;
}

/** Writes the raster with overviews, in passes cut at @p cut; 0: in one. */
static bool run_cut(PipelineRun *run, const GdalResampling *resampling, int cut)
{
    Random random = {.state = 1};
    pipeline_run_add_levels(run, 3);
    run->resampler = &resampler_gdal;
    run->resampler_custom = resampling;
    const Window all = pipeline_run_level(run, 0);
    if (cut > 0)
        pipeline_run_add_pass(run, &random, 0, (Span){0, cut}, &all);
    pipeline_run_add_pass(run, &random, 0, (Span){cut, BANDS}, &all);
    return pipeline_run(run);
}

static GdalResampling resampling_of(GDALDatasetH bands, const char *method)
{
    GdalResampling resampling = {.bands = bands,
                                 .type = GDT_UInt16,
                                 .sample_nbits = 16,
                                 .band_count = BANDS};
    expect_true(gdal_resampling_find(method, &resampling));
    return resampling;
}

TEST_CASE(pass_overviews, ranges_of_bands_make_the_tiles_of_one_pass)
{
    static const char *const methods[] = {"AVERAGE", "CUBIC", "MODE"};
    copying_start();
    const Raster raster = planar_raster();
    GDALDatasetH bands = bands_like(GCI_GrayIndex);
    for (int i = 0; i < COUNT_OF(methods) && !test_failed(); i++) {
        const GdalResampling resampling = resampling_of(bands, methods[i]);
        PipelineRun one = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
        expect_true(run_cut(&one, &resampling, 0));
        for (int cut = 1; cut < BANDS; cut++) {
            PipelineRun two =
                pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
            test_context("%s, cut at band %d", methods[i], cut);
            expect_true(run_cut(&two, &resampling, cut));
            expect_str_eq(two.status.message, "");
            pipeline_run_expect_same_tiles(&one, &two);
            pipeline_run_free(&two);
        }
        pipeline_run_free(&one);
    }
    GDALClose(bands);
}

TEST_CASE(pass_overviews, colours_need_their_alpha_beside_them)
{
    copying_start();
    const Raster raster = planar_raster();
    GDALDatasetH bands = bands_like(GCI_AlphaBand);
    const GdalResampling resampling = resampling_of(bands, "AVERAGE");
    PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
    expect_true(!run_cut(&run, &resampling, 2));
    expect_int_eq(run.status.code, STATUS_UNSUPPORTED);
    pipeline_run_free(&run);
    GDALClose(bands);
}
