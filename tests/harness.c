/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_string.h>
#include <cpl_vsi.h>

#include "gtest_c.h"

void expect_copied_with(const char *driver, const char *source,
                        const char *target, const char *options, ErrorLog *log)
{
    const Copy copy = {.driver = driver,
                       .source = source,
                       .target = target,
                       .options = options};
    expect_true(copy_run(&copy, log));
    expect_str_eq(log->failure, "");
}

void expect_copied(const char *driver, const char *source, const char *target,
                   const char *options)
{
    ErrorLog log;
    expect_copied_with(driver, source, target, options, &log);
    expect_str_eq(log.warning, "");
}

/** Compares rows @p y to @p y + @p rows; @p pixels has room for two times so
 * many rows of all bands and is used up. */
static void expect_rows(GDALDatasetH result, const SpySpec *spec, int y,
                        int rows, uint8_t *pixels)
{
    const size_t row_nbytes =
        (size_t)spec->width * (size_t)GDALGetDataTypeSizeBytes(spec->type);
    uint8_t *const expected =
        pixels + row_nbytes * (size_t)(rows * spec->bands);
    require(GDALDatasetRasterIO(result, GF_Read, 0, y, spec->width, rows,
                                pixels, spec->width, rows, spec->type,
                                spec->bands, NULL, 0, 0, 0) == CE_None);
    uint8_t *to = expected;
    for (int band = 1; band <= spec->bands; band++)
        for (int row = 0; row < rows; row++, to += row_nbytes)
            spy_row(spec, 0, y + row, spec->width, band, to);
    expect_mem_eq(pixels, expected, (size_t)(to - expected));
}

static void expect_all_rows(GDALDatasetH result, const SpySpec *spec)
{
    int block_width, block_height;
    GDALGetBlockSize(GDALGetRasterBand(result, 1), &block_width, &block_height);
    const int step = block_height < 64 ? 64 : block_height;
    uint8_t *pixels = VSI_MALLOC3_VERBOSE(
        2 * (size_t)GDALGetDataTypeSizeBytes(spec->type) * (size_t)spec->bands,
        (size_t)spec->width, (size_t)step);
    require(pixels != NULL);
    for (int y = 0; y < spec->height && !test_failed(); y += step)
        expect_rows(result, spec, y,
                    spec->height - y < step ? spec->height - y : step, pixels);
    VSIFree(pixels);
}

static GDALDatasetH open_tiff(const char *path)
{
    static const char *const drivers[] = {"GTiff", NULL};
    return GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, drivers,
                      NULL, NULL);
}

void expect_pixels_of(const char *source, const char *path)
{
    SpySpec spec;
    require(spy_parse(source, &spec));
    GDALDatasetH result = open_tiff(path);
    require(result != NULL);
    expect_int_eq(GDALGetRasterXSize(result), spec.width);
    expect_int_eq(GDALGetRasterYSize(result), spec.height);
    expect_int_eq(GDALGetRasterCount(result), spec.bands);
    expect_int_eq(GDALGetRasterDataType(GDALGetRasterBand(result, 1)),
                  spec.type);
    if (!test_failed())
        expect_all_rows(result, &spec);
    GDALClose(result);
}

void expect_each_block_once(const char *source)
{
    SpySpec spec;
    require(spy_parse(source, &spec));
    const SpyCounts counts = spy_counts(spec.id);
    expect_int_lt(0, counts.blocks);
    expect_int_eq(counts.distinct, counts.blocks);
    expect_int_eq(counts.most, 1);
    expect_int_eq(counts.decodes, counts.blocks);
}

int compared_blocks(const char *result_line)
{
    const char *said = strstr(result_line, " blocks decoded once more");
    expect_true(said != NULL);
    if (said == NULL)
        return -1;
    while (said > result_line && said[-1] != ' ')
        said--;
    return atoi(said);
}

int64_t cache_max_set(int64_t nbytes)
{
    const int64_t before = GDALGetCacheMax64();
    GDALSetCacheMax64(nbytes);
    return before;
}

static Bytes read_part(VSILFILE *file, uint64_t offset, size_t nbytes)
{
    Bytes bytes = {malloc(nbytes + 1), nbytes};
    if (bytes.data != NULL && VSIFSeekL(file, offset, SEEK_SET) == 0 &&
        VSIFReadL(bytes.data, 1, nbytes, file) == nbytes)
        return bytes;
    free(bytes.data);
    return (Bytes){NULL, 0};
}

Bytes bytes_of_file(const char *path)
{
    Bytes bytes = {NULL, 0};
    VSILFILE *file = VSIFOpenL(path, "rb");
    if (file == NULL)
        return bytes;
    VSIFSeekL(file, 0, SEEK_END);
    bytes = read_part(file, 0, (size_t)VSIFTellL(file));
    VSIFCloseL(file);
    return bytes;
}

static Bytes read_tile(VSILFILE *file, GDALRasterBandH band, int x, int y)
{
    char item[64];
    snprintf(item, sizeof item, "BLOCK_OFFSET_%d_%d", x, y);
    const char *offset_text = GDALGetMetadataItem(band, item, "TIFF");
    if (offset_text == NULL)
        return (Bytes){NULL, 0};
    const uint64_t offset = strtoull(offset_text, NULL, 10);
    snprintf(item, sizeof item, "BLOCK_SIZE_%d_%d", x, y);
    const char *size_text = GDALGetMetadataItem(band, item, "TIFF");
    return read_part(file, offset,
                     size_text == NULL ? 0 : strtoull(size_text, NULL, 10));
}

Bytes bytes_of_tile(const char *path, int band, int tile_x, int tile_y)
{
    Bytes bytes = {NULL, 0};
    GDALDatasetH raster = open_tiff(path);
    VSILFILE *file = VSIFOpenL(path, "rb");
    if (raster != NULL && file != NULL)
        bytes =
            read_tile(file, GDALGetRasterBand(raster, band), tile_x, tile_y);
    if (raster != NULL)
        GDALClose(raster);
    if (file != NULL)
        VSIFCloseL(file);
    return bytes;
}

void bytes_free(Bytes *bytes)
{
    free(bytes->data);
    *bytes = (Bytes){NULL, 0};
}

static void expect_same_bytes(const Bytes *bytes, const Bytes *expected)
{
    expect_int_eq(bytes->data != NULL, expected->data != NULL);
    expect_int_eq(bytes->nbytes, expected->nbytes);
    if (bytes->data != NULL && bytes->nbytes == expected->nbytes)
        expect_mem_eq(bytes->data, expected->data, bytes->nbytes);
}

/** All samples, band after band; free() them. */
static uint8_t *pixels_of(GDALDatasetH raster, size_t *nbytes)
{
    const int width = GDALGetRasterXSize(raster);
    const int height = GDALGetRasterYSize(raster);
    const int bands = GDALGetRasterCount(raster);
    const GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(raster, 1));
    *nbytes = (size_t)width * (size_t)height * (size_t)bands *
              (size_t)GDALGetDataTypeSizeBytes(type);
    uint8_t *pixels = malloc(*nbytes);
    if (pixels != NULL &&
        GDALDatasetRasterIO(raster, GF_Read, 0, 0, width, height, pixels, width,
                            height, type, bands, NULL, 0, 0, 0) == CE_None)
        return pixels;
    free(pixels);
    return NULL;
}

static void expect_same_rasters(GDALDatasetH raster, GDALDatasetH expected)
{
    size_t nbytes, expected_nbytes;
    uint8_t *ours = pixels_of(raster, &nbytes);
    uint8_t *theirs = pixels_of(expected, &expected_nbytes);
    expect_true(ours != NULL && theirs != NULL);
    expect_int_eq(nbytes, expected_nbytes);
    if (ours != NULL && theirs != NULL && nbytes == expected_nbytes)
        expect_mem_eq(ours, theirs, nbytes);
    free(ours);
    free(theirs);
}

void expect_same_pixels(const char *path, const char *expected_path)
{
    GDALDatasetH raster = open_tiff(path);
    GDALDatasetH expected = open_tiff(expected_path);
    expect_true(raster != NULL && expected != NULL);
    if (raster != NULL && expected != NULL)
        expect_same_rasters(raster, expected);
    if (raster != NULL)
        GDALClose(raster);
    if (expected != NULL)
        GDALClose(expected);
}

void expect_same_files(const char *path, const char *expected_path)
{
    Bytes bytes = bytes_of_file(path);
    Bytes expected = bytes_of_file(expected_path);
    expect_true(expected.data != NULL);
    expect_same_bytes(&bytes, &expected);
    bytes_free(&bytes);
    bytes_free(&expected);
}

/** A TIFF of which both views are open. */
typedef struct Tiff {
    GDALDatasetH raster;
    VSILFILE *file;
} Tiff;

static Tiff tiff_open(const char *path)
{
    return (Tiff){open_tiff(path), VSIFOpenL(path, "rb")};
}

static void tiff_close(const Tiff *tiff)
{
    if (tiff->raster != NULL)
        GDALClose(tiff->raster);
    if (tiff->file != NULL)
        VSIFCloseL(tiff->file);
}

static void expect_same_tiles_of_band(const Tiff *tiff, const Tiff *expected,
                                      int band_number)
{
    GDALRasterBandH band = GDALGetRasterBand(tiff->raster, band_number);
    GDALRasterBandH wanted = GDALGetRasterBand(expected->raster, band_number);
    int width, height, wanted_width, wanted_height;
    GDALGetBlockSize(band, &width, &height);
    GDALGetBlockSize(wanted, &wanted_width, &wanted_height);
    expect_int_eq(width, wanted_width);
    expect_int_eq(height, wanted_height);
    for (int y = 0; y * height < GDALGetRasterBandYSize(band); y++)
        for (int x = 0; x * width < GDALGetRasterBandXSize(band); x++) {
            if (test_failed())
                return;
            Bytes ours = read_tile(tiff->file, band, x, y);
            Bytes theirs = read_tile(expected->file, wanted, x, y);
            expect_same_bytes(&ours, &theirs);
            bytes_free(&ours);
            bytes_free(&theirs);
        }
}

void expect_same_tiles(const char *path, const char *expected_path)
{
    const Tiff tiff = tiff_open(path), expected = tiff_open(expected_path);
    expect_true(tiff.raster != NULL && tiff.file != NULL);
    expect_true(expected.raster != NULL && expected.file != NULL);
    if (!test_failed()) {
        const char *interleave =
            GDALGetMetadataItem(tiff.raster, "INTERLEAVE", "IMAGE_STRUCTURE");
        const bool planar = interleave != NULL && EQUAL(interleave, "BAND");
        const int planes = planar ? GDALGetRasterCount(tiff.raster) : 1;
        expect_str_eq(interleave,
                      GDALGetMetadataItem(expected.raster, "INTERLEAVE",
                                          "IMAGE_STRUCTURE"));
        for (int band = 1; band <= planes; band++)
            expect_same_tiles_of_band(&tiff, &expected, band);
    }
    tiff_close(&tiff);
    tiff_close(&expected);
}

void expect_empty_folder(const char *path)
{
    char **names = VSIReadDir(path);
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], ".") != 0 && strcmp(names[i], "..") != 0)
            expect_str_eq(names[i], "");
    CSLDestroy(names);
}

void remove_raster(const char *path)
{
    static const char *const suffixes[] = {"", ".aux.xml", ".msk", ".ovr"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[NAME_NCHARS];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        VSIUnlink(name);
    }
}
