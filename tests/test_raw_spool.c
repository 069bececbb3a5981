/* SPDX-License-Identifier: MIT */
#include "raw_spool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "folders.h"
#include "gtest_c.h"
#include "harness.h"

enum { WIDTH = 600, HEIGHT = 520, BANDS = 2, NBYTES = WIDTH * HEIGHT * BANDS };

static RawSpoolSpec spec_of(const char *target, uint64_t memory_nbytes)
{
    return (RawSpoolSpec){.target = target,
                          .width = WIDTH,
                          .height = HEIGHT,
                          .bands = BANDS,
                          .type = GDT_Byte,
                          .memory_nbytes = memory_nbytes};
}

/** Writes or reads all pixels, the second band first. */
static void transfer(GDALDatasetH dataset, GDALRWFlag flag, uint8_t *pixels)
{
    for (int band = BANDS; band >= 1; band--)
        expect_int_eq(GDALRasterIO(GDALGetRasterBand(dataset, band), flag, 0, 0,
                                   WIDTH, HEIGHT,
                                   pixels + (band - 1) * WIDTH * HEIGHT, WIDTH,
                                   HEIGHT, GDT_Byte, 0, 0),
                      CE_None);
}

/** Expects what is written to be read back. */
static void check_pixels(RawSpool *spool)
{
    const GDALDatasetH dataset = raw_spool_dataset(spool);
    Status status = {.code = STATUS_OK};
    uint8_t *written = malloc(NBYTES), *read = malloc(NBYTES);
    for (int i = 0; i < NBYTES; i++)
        written[i] = (uint8_t)(i * 7 + i / 251);
    transfer(dataset, GF_Write, written);
    expect_true(raw_spool_flush(spool, dataset, &status));
    transfer(dataset, GF_Read, read);
    expect_mem_eq(read, written, NBYTES);
    free(written);
    free(read);
}

/** @return whether its file is there, under a name in memory */
static bool is_in_memory(const RawSpool *spool)
{
    VSIStatBufL stat;
    return VSIStatL(raw_spool_path(spool), &stat) == 0 &&
           strncmp(raw_spool_path(spool), "/vsimem/", 8) == 0;
}

TEST_CASE(raw_spool, what_fits_is_in_memory_and_goes_with_the_spool)
{
    const RawSpoolSpec spec = spec_of("/vsimem/raw_target.tif", NBYTES);
    Status status = {.code = STATUS_OK};
    copying_start();
    RawSpool *spool = raw_spool_open(&spec, &status);
    require(spool != NULL);
    char *path = strdup(raw_spool_path(spool));
    expect_true(is_in_memory(spool));
    expect_int_eq(raw_spool_held_nbytes(spool), NBYTES);
    check_pixels(spool);
    raw_spool_free(spool);
    expect_int_eq(bytes_of_file(path).nbytes, 0);
    free(path);
}

TEST_CASE(raw_spool, what_does_not_fit_is_in_a_file_without_a_name)
{
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    Status status = {.code = STATUS_OK};
    copying_start();
    require(mkdtemp(folder) != NULL);
    folder_join(target, folder, "target.tif");
    const RawSpoolSpec spec = spec_of(target, NBYTES - 1);
    RawSpool *spool = raw_spool_open(&spec, &status);
    require(spool != NULL);
    expect_true(strncmp(raw_spool_path(spool), folder, strlen(folder)) == 0);
    expect_int_eq(raw_spool_held_nbytes(spool), 0);
    expect_empty_folder(folder);
    check_pixels(spool);
    expect_empty_folder(folder);
    raw_spool_free(spool);
    expect_empty_folder(folder);
    rmdir(folder);
}

TEST_CASE(raw_spool, what_cannot_be_made_is_a_status)
{
    const RawSpoolSpec spec = spec_of("/tmp/rowband_no_such/target.tif", 0);
    Status status = {.code = STATUS_OK};
    ErrorLog log;
    copying_start();
    CPLSetThreadLocalConfigOption("CPL_TMPDIR", "/tmp/rowband_no_such");
    error_log_begin(&log);
    expect_true(raw_spool_open(&spec, &status) == NULL);
    error_log_end();
    CPLSetThreadLocalConfigOption("CPL_TMPDIR", NULL);
    expect_int_eq(status.code, STATUS_IO);
    expect_int_eq(log.failures, 0);
}
