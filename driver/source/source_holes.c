/* SPDX-License-Identifier: MIT */
#include "source_holes.h"

#include <string.h>

#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "gtiff_item.h"
#include "guarded.h"
#include "int_math.h"

/* Holes of which a pixel is read. */
enum { TRIED_MAX = 8 };

static bool has_sample(GDALRasterBandH band, const Window *pixel,
                       GDALDataType type, const uint8_t *sample)
{
    uint8_t found[16] = {0};
    const GuardedBuffer buffer = {.data = found, .type = type};
    return guarded_band_io(band, GF_Read, pixel, &buffer, NULL) == CE_None &&
           memcmp(found, sample, (size_t)GDALGetDataTypeSizeBytes(type)) == 0;
}

static bool is_as_said(const SourceReader *reader, const Window *square,
                       const HoleSamples *samples)
{
    const Window pixel = {square->x + square->width / 2,
                          square->y + square->height / 2, 1, 1};
    const int bands = GDALGetRasterCount(reader->dataset);
    bool same = true;
    for (int i = 1; same && i <= bands; i++)
        same = has_sample(GDALGetRasterBand(reader->dataset, i), &pixel,
                          samples->type, samples->of_bands);
    return same &&
           (reader->mask == NULL ||
            has_sample(reader->mask, &pixel, GDT_Byte, &samples->of_mask));
}

/** Looks at the first ones. */
static bool are_as_said(const Holes *holes, const SourceReader *reader,
                        const HoleSamples *samples)
{
    Window square = {0};
    bool same = true;
    for (int i = 0; same && i < TRIED_MAX && holes_next(holes, &square); i++)
        same = is_as_said(reader, &square, samples);
    return same;
}

Holes *source_holes_find(const SourceKind *kind, const SourceReader *reader,
                         const HoleSamples *samples, char *why,
                         size_t why_nbytes)
{
    Holes *holes = holes_new(GDALGetRasterXSize(reader->dataset),
                             GDALGetRasterYSize(reader->dataset));
    *why = '\0';
    if (holes == NULL)
        return NULL;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool known = kind->ops->fill_holes(kind->state, holes) &&
                       holes_settle(holes) > 0 &&
                       are_as_said(holes, reader, samples);
    error_trap_end(&trap);
    if (trap.failed)
        CPLStrlcpy(why, trap.message, why_nbytes);
    if (known && !trap.failed)
        return holes;
    holes_free(holes);
    return NULL;
}

/** @return whether a band has nothing there */
static bool is_empty(GDALRasterBandH band, const Window *at)
{
    return gtiff_coverage(band, at,
                          GDAL_DATA_COVERAGE_STATUS_DATA |
                              GDAL_DATA_COVERAGE_STATUS_UNIMPLEMENTED) ==
           GDAL_DATA_COVERAGE_STATUS_EMPTY;
}

static void fill_square(GDALDatasetH dataset, GDALRasterBandH mask,
                        const Window *square, Holes *holes)
{
    bool empty = mask == NULL || is_empty(mask, square);
    for (int i = 1; empty && i <= GDALGetRasterCount(dataset); i++)
        empty = is_empty(GDALGetRasterBand(dataset, i), square);
    if (!empty)
        holes_fill(holes, square);
}

/** @return whether any block of a band is missing: stops at the first */
static bool has_gaps(GDALRasterBandH band)
{
    const Window all = {0, 0, GDALGetRasterBandXSize(band),
                        GDALGetRasterBandYSize(band)};
    const int status =
        gtiff_coverage(band, &all, GDAL_DATA_COVERAGE_STATUS_EMPTY);
    return (status & GDAL_DATA_COVERAGE_STATUS_EMPTY) != 0;
}

bool source_holes_fill_sparse(GDALDatasetH dataset, GDALRasterBandH mask,
                              Holes *holes)
{
    if (!dataset_is_gtiff(dataset) || GDALGetAccess(dataset) != GA_ReadOnly ||
        !has_gaps(GDALGetRasterBand(dataset, 1)))
        return false;
    Window square = {0};
    while (holes_next(holes, &square))
        fill_square(dataset, mask, &square, holes);
    return true;
}
