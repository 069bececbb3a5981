/* SPDX-License-Identifier: MIT */
/** @file
 * A source that counts how often each of its blocks is decoded: the GDAL
 * driver SPY, which opens names such as
 *
 *     SPY:id=wide,width=4096,height=3000,block=512x1024,type=UInt16,bands=3
 *
 * | key          | value, default                                            |
 * |--------------|-----------------------------------------------------------|
 * | id           | a name; counts are shared by all handles with it          |
 * | width height | pixels; 512                                               |
 * | block        | WxH; 256x256                                              |
 * | type         | name of a GDAL data type; Byte                            |
 * | bands        | 1                                                         |
 * | interleave   | PIXEL: a decode yields all bands, and the last decoded    |
 * |              | block is kept, as GTiff does it; BAND: a decode yields    |
 * |              | one band; PIXEL                                           |
 * | pattern      | gradient, noise, constant, islands, nan; gradient         |
 * | value        | of constant, and around the islands; 7                    |
 * | nodata       | none                                                      |
 * | mask         | 1: there is a per-dataset mask; 0                         |
 * | mask_block   | WxH; that of block                                        |
 * | own_masks    | none, computed: each band has a mask of its own, which it |
 * |              | computes from its pixels; data: in blocks of mask_block;  |
 * |              | sizeless: in blocks of 0x0, which nobody survives; none   |
 * | maskless     | the number of a band without one; none                    |
 * | fail         | BX/BY: this block cannot be read; none                    |
 * | cost_us      | microseconds that a decode sleeps; 0                      |
 * | file         | a file that each handle has open, and lists; none. Without |
 * |              | one nobody can tell what the name means to another handle |
 *
 * Any number of handles, in any threads, may be open at once. With the
 * configuration option SPY_FAIL=YES every decode fails; one that is opened with
 * SPY_PATTERN=noise has that pattern, whatever its name says.
 */
#ifndef ROWBAND_TESTS_SPY_H
#define ROWBAND_TESTS_SPY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <gdal.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SPY_ID_NCHARS = 64, SPY_FILE_NCHARS = 256 };

/** A file that is always there. */
#define SPY_ANY_FILE "file=/proc/self/exe"

typedef enum SpyPattern {
    SPY_GRADIENT,
    SPY_NOISE,
    SPY_CONSTANT,
    SPY_ISLANDS, /**< noise here and there in a constant sea */
    SPY_NAN      /**< noise; of float types, with NaN and infinities */
} SpyPattern;

/** What masks of their own bands have. */
typedef enum SpyMasks {
    SPY_MASKS_NONE,
    SPY_MASKS_COMPUTED,
    SPY_MASKS_DATA,
    SPY_MASKS_SIZELESS
} SpyMasks;

/** What a name says. */
typedef struct SpySpec {
    char id[SPY_ID_NCHARS];
    int width, height, bands;
    int block_width, block_height;
    GDALDataType type;
    bool pixel_interleaved;
    SpyPattern pattern;
    double value;
    bool has_nodata;
    double nodata;
    bool has_mask;
    int mask_block_width, mask_block_height;
    SpyMasks own_masks;
    int maskless;
    bool fails;
    int fail_x, fail_y;
    int cost_us;
    char file[SPY_FILE_NCHARS];
} SpySpec;

/** How often blocks of one id were decoded since spy_reset(). */
typedef struct SpyCounts {
    int64_t decodes;
    int64_t distinct; /**< blocks decoded at all */
    int64_t blocks;   /**< that there are */
    int64_t most;     /**< decodes of the block that had most */
} SpyCounts;

/** Makes the driver known to GDAL, once. */
void spy_register(void);

/** @return false if @p name is not one that the driver opens */
bool spy_parse(const char *name, SpySpec *spec);

/** The value of one pixel, the real part if complex; within the range of the
 * type and exact in it.
 * @param band 1 and up */
double spy_value(const SpySpec *spec, int64_t x, int64_t y, int band);

/** Writes @p count samples from (x, y) to the right, of the spec's type. */
void spy_row(const SpySpec *spec, int64_t x, int64_t y, int count, int band,
             void *out);

/** 255 or 0. */
uint8_t spy_mask_value(const SpySpec *spec, int64_t x, int64_t y);

/** 255 or 0: of a mask that is a band's own, where the pixel has that value. */
uint8_t spy_own_mask_value(double pixel);

/** Has every decode, of any spy, ask @p strikes whether it is to fail. NULL:
 * none does. Not while a spy is read. */
void spy_set_fault(bool (*strikes)(void));

void spy_reset(const char *id);

/** The most decodes, of all spies, that were under way at once since the last
 * reset of any. */
int spy_most_at_once(void);

/** Counts of the raster's blocks: block positions if pixel interleaved, else
 * blocks of each band. All 0 if the id was never opened. */
SpyCounts spy_counts(const char *id);

/** Counts of the mask's blocks. */
SpyCounts spy_mask_counts(const char *id);

/** Writes a line "SPY report: id=... decodes=N distinct=N blocks=N most=N" for
 * the raster of each id that was ever opened. */
void spy_report(FILE *file);

#ifdef __cplusplus
}
#endif

#endif
