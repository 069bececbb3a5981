/* SPDX-License-Identifier: MIT */
/* VERIFY=YES: whatever codec lies about whatever tile of a copy, the copy says
 * so, and there is no file. */
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "codec_fidelity.h"
#include "gtest_c.h"
#include "harness.h"
#include "lies.h"
#include "option_list.h"

#define FOLDER "/vsimem/verify"
#define TARGET FOLDER "/target.tif"

#define SPY "SPY:id=verify,width=200,height=160,block=64x64,pattern=noise"

typedef struct Case {
    const char *source;
    const char *codec;   /**< options for it, the value of COMPRESS first */
    unsigned undetected; /**< lies that it may get away with, as bits */
} Case;

enum {
    ANOTHER = 1 << LIE_ANOTHER,
    OTHER = 1 << LIE_OTHER,
    HALF = 1 << LIE_HALF
};

/* Where only the shape of a tile is known any tile will do, and changed bytes
 * may decode to something. JPEG's decoder warns of a missing half, and goes on;
 * WEBP's does not even do that. */
static const Case cases[] = {
    {SPY ",type=UInt16,bands=2", "NONE", ~0u}, /* which has no encoder */
    {SPY ",type=UInt16,bands=2", "DEFLATE PREDICTOR=2", 0},
    {SPY ",type=Float32", "LZW PREDICTOR=3", 0},
    {SPY ",type=UInt16,bands=2", "LZW", 0},
    {SPY, "PACKBITS", 0},
    {SPY ",type=CFloat32", "ZSTD ZSTD_LEVEL=1", 0},
    {SPY ",type=UInt16", "DEFLATE NBITS=12", 0},
    {SPY ",type=Float32", "ZSTD NBITS=16 PREDICTOR=2", 0},
    {SPY ",type=Int16,bands=3", "LZMA LZMA_PRESET=0", 0},
    {SPY ",type=Float32", "LERC", 0},
    {SPY ",type=Float32,bands=2", "LERC MAX_Z_ERROR=0.001", 0},
    {SPY ",type=UInt16", "LERC_DEFLATE MAX_Z_ERROR=3", 0},
    {SPY, "LERC_ZSTD", 0},
    {SPY, "CCITTFAX4 NBITS=1", 0},
    {SPY ",bands=3", "WEBP WEBP_LOSSLESS=YES", 0},
    {SPY ",bands=3", "WEBP", ANOTHER | OTHER | HALF},
    {SPY ",bands=3", "JPEG", ANOTHER | OTHER}};

static const char *const layouts[] = {
    "BLOCKXSIZE=64 BLOCKYSIZE=80", "TILED=NO BLOCKYSIZE=33",
    "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64",
    "LAYOUT=COG BLOCKSIZE=64 RESAMPLING=NEAREST"};

static char *name_of(const Case *one)
{
    char **words = CSLTokenizeString2(one->codec, " ", 0);
    char *name = CPLStrdup(words[0]);
    CSLDestroy(words);
    return name;
}

static bool gdal_has(const Case *one)
{
    char **compressions = option_list_compressions();
    char *name = name_of(one);
    const bool found = CSLFindString(compressions, name) >= 0;
    CPLFree(name);
    CSLDestroy(compressions);
    return found;
}

/** Copies with one lie.
 * @return whether it was told */
static bool copy_with(const Case *one, const char *layout, bool verify, Lie lie,
                      int nth, ErrorLog *log, bool *copied)
{
    char options[NAME_NCHARS];
    snprintf(options, sizeof options, "COMPRESS=%s %s VERIFY=%s NUM_THREADS=1",
             one->codec, layout, verify ? "YES" : "NO");
    const Copy copy = {
        .source = one->source, .target = TARGET, .options = options};
    test_context("%s %s, lie %d at %d", one->source, options, lie, nth);
    lie_begin(lie, nth);
    *copied = copy_run(&copy, log);
    return lie_end();
}

/** @param early words of whoever else has noticed first, or NULL */
static void expect_caught(const Case *one, const ErrorLog *log, bool copied,
                          const char *early)
{
    char *name = name_of(one);
    const bool by_us = strstr(log->failure, "VERIFY: ") != NULL ||
                       (early != NULL && strstr(log->failure, early) != NULL);
    expect_true(!copied);
    expect_int_eq(log->failures, 1);
    if (!by_us || strstr(log->failure, name) == NULL ||
        strstr(log->failure, TARGET) == NULL)
        expect_str_eq(log->failure, "VERIFY");
    expect_empty_folder(FOLDER);
    CPLFree(name);
}

/** @return whether a lie was told */
static bool check(const Case *one, const char *layout, Lie lie, int nth)
{
    ErrorLog log;
    bool copied;
    const bool told = copy_with(one, layout, true, lie, nth, &log, &copied);
    if (told && (one->undetected >> lie & 1) == 0)
        /* LERC's bytes in others are settled before: see lerc_tile.h. */
        expect_caught(one, &log, copied,
                      STARTS_WITH(one->codec, "LERC_")
                          ? "cannot be compressed again"
                          : NULL);
    else if (!told)
        expect_true(copied);
    remove_raster(TARGET);
    return told;
}

static void check_case(const Case *one)
{
    int lies_told = 0;
    for (int i = 0; i < COUNT_OF(layouts); i++) {
        /* Which has no tiles of one band. */
        if (STARTS_WITH(one->codec, "WEBP") && strstr(layouts[i], "=BAND"))
            continue;
        check(one, layouts[i], LIE_NONE, 1);
        for (int lie = LIE_OTHER; lie < LIE_END && !test_failed(); lie++)
            /* A tile of the raster; of it, or of an overview. */
            for (int nth = 2; nth <= 14; nth += 12)
                lies_told += check(one, layouts[i], lie, nth);
    }
    if (one->undetected != ~0u)
        expect_int_le(8, lies_told);
}

TEST_CASE(verify_copy, every_codec_that_lies_is_caught_and_leaves_no_file)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(cases) && !test_failed(); i++)
        if (gdal_has(&cases[i]))
            check_case(&cases[i]);
}

/* The lies are such as nobody notices otherwise. */
TEST_CASE(verify_copy, without_it_the_lie_is_in_the_file)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 1; i < COUNT_OF(cases) && !test_failed(); i++) {
        bool told = false;
        /* The tile before may be too large to lie in the place of one. */
        for (int nth = 2; gdal_has(&cases[i]) && !told && nth < 8; nth++) {
            ErrorLog log;
            bool copied;
            told = copy_with(&cases[i], layouts[0], false, LIE_ANOTHER, nth,
                             &log, &copied);
            expect_true(copied);
            expect_int_eq(log.failures, 0);
            remove_raster(TARGET);
        }
        expect_int_eq(told, gdal_has(&cases[i]));
    }
}

TEST_CASE(verify_copy, message_names_mask_and_overview)
{
    /* Raster, mask and overviews have no other codec. */
    static const Case with_mask = {SPY ",mask=1", "DEFLATE", 0};
    static const char *const places[] = {
        "VERIFY: tile ", " of the mask does not hold its pixels: DEFLATE",
        " of overview 1 does not", " of the mask of overview 1 does not"};
    bool found[COUNT_OF(places)] = {false};
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int nth = 1; nth <= 60 && !test_failed(); nth++) {
        ErrorLog log;
        bool copied;
        if (!copy_with(&with_mask, layouts[3], true, LIE_SHORT, nth, &log,
                       &copied))
            break;
        expect_caught(&with_mask, &log, copied, NULL);
        for (int i = 0; i < COUNT_OF(places); i++)
            found[i] |= strstr(log.failure, places[i]) != NULL;
    }
    for (int i = 0; i < COUNT_OF(places); i++)
        if (!found[i])
            expect_str_eq(places[i], "");
    remove_raster(TARGET);
}

static Fidelity fidelity(const char *compress, const char *options,
                         SampleFormat format, double *max_error)
{
    char **list = CSLTokenizeString2(options, " ", 0);
    const Fidelity result = codec_fidelity(compress, list, format, max_error);
    CSLDestroy(list);
    return result;
}

TEST_CASE(verify_copy, what_a_codec_may_lose_is_known)
{
    static const struct {
        const char *compress, *options;
        SampleFormat format;
        Fidelity fidelity;
        double max_error;
    } expected[] = {
        {"deflate", "", SAMPLE_FORMAT_FLOAT, FIDELITY_EXACT, 0},
        {"LZMA", "", SAMPLE_FORMAT_FLOAT, FIDELITY_EXACT, 0},
        {"WEBP", "", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
        {"WEBP", "WEBP_LOSSLESS=TRUE", SAMPLE_FORMAT_UINT, FIDELITY_EXACT, 0},
        {"JXL", "", SAMPLE_FORMAT_UINT, FIDELITY_EXACT, 0},
        {"JXL", "JXL_LOSSLESS=NO", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
        {"JPEG", "", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
        {"OF_A_LATER_GDAL", "", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
        {"LERC", "", SAMPLE_FORMAT_FLOAT, FIDELITY_WITHIN, 0},
        {"LERC_ZSTD", "MAX_Z_ERROR=0.3", SAMPLE_FORMAT_FLOAT, FIDELITY_WITHIN,
         0.3},
        {"LERC_DEFLATE", "MAX_Z_ERROR=2.7", SAMPLE_FORMAT_INT, FIDELITY_WITHIN,
         2},
        {"LERC", "MAX_Z_ERROR=-0.01", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
        {"LERC", "MAX_Z_ERROR=777", SAMPLE_FORMAT_UINT, FIDELITY_SHAPE, 0},
    };
    for (int i = 0; i < COUNT_OF(expected); i++) {
        double max_error = -1;
        test_context("%s %s", expected[i].compress, expected[i].options);
        expect_int_eq(fidelity(expected[i].compress, expected[i].options,
                               expected[i].format, &max_error),
                      expected[i].fidelity);
        expect_true(max_error == expected[i].max_error);
    }
}
