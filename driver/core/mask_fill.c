/* SPDX-License-Identifier: MIT */
#include "mask_fill.h"

#include <math.h>
#include <string.h>

/* Until one pixel is left of 2^31. */
enum { SQUARES_MAX = 32 };

/** One band of the tile in squares of 1, 2, 4... pixels. */
typedef struct Squares {
    int64_t columns, rows;
    float *means;
    uint8_t *visible; /**< whether there is a mean */
} Squares;

bool mask_fill_can(SampleFormat format, int sample_nbytes)
{
    return format == SAMPLE_FORMAT_UINT
               ? sample_nbytes <= 2
               : format == SAMPLE_FORMAT_FLOAT && sample_nbytes == 4;
}

static int64_t half(int64_t n)
{
    return n / 2 + n % 2;
}

/** @return how many sizes of squares there are
 * @param[out] pixels of all of them */
static int count_sizes(int64_t columns, int64_t rows, size_t *pixels)
{
    int sizes = 1;
    *pixels = (size_t)columns * (size_t)rows;
    for (; columns > 1 || rows > 1; sizes++) {
        columns = half(columns);
        rows = half(rows);
        *pixels += (size_t)columns * (size_t)rows;
    }
    return sizes;
}

size_t mask_fill_nbytes(int64_t columns, int64_t rows)
{
    size_t pixels;
    count_sizes(columns, rows, &pixels);
    return pixels * (sizeof(float) + 1);
}

/** @return how many sizes of squares @p all has room for, laid into the
 * tile's scratch: all means, then all flags */
static int lay_out(const MaskFill *tile, Squares *all)
{
    size_t pixels, before = 0;
    const int sizes = count_sizes(tile->columns, tile->rows, &pixels);
    float *means = (float *)(void *)tile->scratch;
    uint8_t *visible = tile->scratch + pixels * sizeof(float);
    int64_t columns = tile->columns, rows = tile->rows;
    for (int i = 0; i < sizes; i++) {
        all[i] = (Squares){columns, rows, means + before, visible + before};
        before += (size_t)columns * (size_t)rows;
        columns = half(columns);
        rows = half(rows);
    }
    return sizes;
}

static float sample_at(const MaskFill *tile, const uint8_t *at)
{
    uint16_t whole;
    float number;
    if (tile->format == SAMPLE_FORMAT_FLOAT) {
        memcpy(&number, at, sizeof number);
        return number;
    }
    if (tile->sample_nbytes == 1)
        return *at;
    memcpy(&whole, at, sizeof whole);
    return whole;
}

static void set_sample(const MaskFill *tile, uint8_t *at, float number)
{
    if (tile->format == SAMPLE_FORMAT_FLOAT) {
        memcpy(at, &number, sizeof number);
        return;
    }
    const uint16_t whole = (uint16_t)lroundf(number);
    if (tile->sample_nbytes == 1)
        *at = (uint8_t)whole;
    else
        memcpy(at, &whole, sizeof whole);
}

static uint8_t *sample_of(const MaskFill *tile, int band, int64_t x, int64_t y)
{
    return tile->samples + (size_t)y * tile->row_nbytes +
           ((size_t)x * (size_t)tile->bands + (size_t)band) *
               (size_t)tile->sample_nbytes;
}

static bool is_visible(const MaskFill *tile, int64_t x, int64_t y)
{
    const uint8_t *sample = tile->mask.pixels +
                            (size_t)y * tile->mask.row_nbytes +
                            (size_t)x * tile->mask.pixel_nbytes;
    bool visible = false;
    for (size_t i = 0; i < tile->mask_nbytes; i++)
        visible |= sample[i] != 0;
    return visible;
}

/** @return how many pixels are visible */
static int64_t take_pixels(const MaskFill *tile, int band, Squares *pixels)
{
    int64_t count = 0;
    size_t i = 0;
    for (int64_t y = 0; y < tile->rows; y++)
        for (int64_t x = 0; x < tile->columns; x++, i++) {
            pixels->visible[i] = is_visible(tile, x, y);
            pixels->means[i] = sample_at(tile, sample_of(tile, band, x, y));
            count += pixels->visible[i];
        }
    return count;
}

/** The mean of those of the four squares in one that have a mean. */
static void merge(const Squares *from, Squares *to, int64_t x, int64_t y)
{
    const size_t at = (size_t)(y * to->columns + x);
    float sum = 0;
    int count = 0;
    for (int64_t v = 2 * y; v < 2 * y + 2 && v < from->rows; v++)
        for (int64_t u = 2 * x; u < 2 * x + 2 && u < from->columns; u++) {
            const size_t of = (size_t)(v * from->columns + u);
            if (from->visible[of] != 0) {
                sum += from->means[of];
                count++;
            }
        }
    to->visible[at] = count > 0;
    to->means[at] = count > 0 ? sum / (float)count : 0;
}

static void merge_all(const Squares *from, Squares *to)
{
    for (int64_t y = 0; y < to->rows; y++)
        for (int64_t x = 0; x < to->columns; x++)
            merge(from, to, x, y);
}

/** Gives each square without a mean that of the one that it is in. */
static void spread(const Squares *from, Squares *to)
{
    size_t i = 0;
    for (int64_t y = 0; y < to->rows; y++)
        for (int64_t x = 0; x < to->columns; x++, i++)
            if (to->visible[i] == 0)
                to->means[i] = from->means[y / 2 * from->columns + x / 2];
}

static void put_hidden(const MaskFill *tile, int band, const Squares *pixels)
{
    size_t i = 0;
    for (int64_t y = 0; y < tile->rows; y++)
        for (int64_t x = 0; x < tile->columns; x++, i++)
            if (pixels->visible[i] == 0)
                set_sample(tile, sample_of(tile, band, x, y), pixels->means[i]);
}

void mask_fill(const MaskFill *tile)
{
    Squares all[SQUARES_MAX];
    const int sizes = lay_out(tile, all);
    const int64_t pixels = tile->columns * tile->rows;
    for (int band = 0; band < tile->bands; band++) {
        const int64_t visible = take_pixels(tile, band, &all[0]);
        if (visible == 0 || visible == pixels)
            return;
        for (int i = 1; i < sizes; i++)
            merge_all(&all[i - 1], &all[i]);
        for (int i = sizes - 1; i > 0; i--)
            spread(&all[i], &all[i - 1]);
        put_hidden(tile, band, &all[0]);
    }
}
