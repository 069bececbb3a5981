/* SPDX-License-Identifier: MIT */
/** @file
 * What the tests of the driver expect of a copy.
 */
#ifndef ROWBAND_TESTS_HARNESS_H
#define ROWBAND_TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gdal.h>

#include "copying.h"
#include "spy.h"

/** Copies by copy_run(), and expects a result without a failure.
 * @param[out] log what was said */
void expect_copied_with(const char *driver, const char *source,
                        const char *target, const char *options, ErrorLog *log);

/** Likewise, without a word of complaint. */
void expect_copied(const char *driver, const char *source, const char *target,
                   const char *options);

/** Expects every pixel of @p path to be what the spy @p source says. */
void expect_pixels_of(const char *source, const char *path);

/** Expects every block of the spy @p source to have been decoded once since
 * its id was reset. */
void expect_each_block_once(const char *source);

/** The blocks that were decoded once more to compare what a further reader
 * shows: the only ones that ever are. */
int compared_blocks(const char *result_line);

/** Sets GDAL_CACHEMAX for the process.
 * @return what it was */
int64_t cache_max_set(int64_t nbytes);

/** What is in a file. */
typedef struct Bytes {
    uint8_t *data;
    size_t nbytes;
} Bytes;

/** @return empty if @p path cannot be read */
Bytes bytes_of_file(const char *path);

/** @return the stored bytes of a tile, without data if it was left out */
Bytes bytes_of_tile(const char *path, int band, int tile_x, int tile_y);
void bytes_free(Bytes *bytes);

/** Expects all samples of two TIFFs to be the same bits. */
void expect_same_pixels(const char *path, const char *expected_path);

/** Expects two files to be the same, byte for byte. */
void expect_same_files(const char *path, const char *expected_path);

/** Expects the tiles of two TIFFs to be stored as the same bytes, wherever in
 * the files, and the same ones to be left out. */
void expect_same_tiles(const char *path, const char *expected_path);

/** Expects a folder to hold nothing. */
void expect_empty_folder(const char *path);

/** Deletes a file and the sidecars it may have. */
void remove_raster(const char *path);

#endif
