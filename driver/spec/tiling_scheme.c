/* SPDX-License-Identifier: MIT */
#include "tiling_scheme.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "option_table.h"

/* Resolutions that differ by less are the same. */
static const double same_res = 1e-8;

void tiling_scheme_free(TilingScheme *scheme)
{
    CPLFree(scheme->crs);
    free(scheme->levels);
    memset(scheme, 0, sizeof *scheme);
}

double tiling_scheme_res(const TilingScheme *scheme, int zoom, int tile_size)
{
    return scheme->levels[zoom].res * scheme->tile_size / tile_size;
}

bool tiling_scheme_choose_zoom(const TilingScheme *scheme, double res,
                               int tile_size, int strategy, int *zoom,
                               Status *status)
{
    int found = 0;
    double below = 0, at = 0;
    for (; found < scheme->level_count; found++) {
        at = tiling_scheme_res(scheme, found, tile_size);
        if (res > at || fabs(res - at) / at <= same_res)
            break;
        below = at;
    }
    if (found == scheme->level_count)
        return status_fail(status, STATUS_INVALID,
                           "TILING_SCHEME has no zoom level of a resolution "
                           "of %.6g or finer; give ZOOM_LEVEL",
                           res);
    const bool between = found > 0 && fabs(res - at) / at > same_res;
    if (between && (strategy == ZOOM_LOWER ||
                    (strategy == ZOOM_NEAREST && below / res < res / at)))
        found--;
    *zoom = found;
    return true;
}

/** Of how many tiles at @p zoom one of the level above is a whole number along
 * an axis: 2 where pixels there are twice as large, 5 where they are 5/2.
 * @return 0 if the ratio has no denominator that divides 60 */
static int tiles_of_one_above(const TilingScheme *scheme, int zoom)
{
    enum { MANY_DIVISORS = 60 };
    const double ratio =
        scheme->levels[zoom - 1].res / scheme->levels[zoom].res;
    const double inverse = MANY_DIVISORS / ratio;
    if (inverse < 1 || inverse > MANY_DIVISORS ||
        fabs(round(inverse) - inverse) > 1e-10)
        return 0;
    int divisor = (int)round(inverse);
    while (divisor >= 2 &&
           (MANY_DIVISORS % divisor != 0 || (int)round(inverse) % divisor != 0))
        divisor--;
    return divisor >= 2 ? MANY_DIVISORS / divisor : 0;
}

/** @return the multiple at which tiles of the aligned levels begin, or 0 with
 *         STATUS_UNSUPPORTED */
static int64_t alignment_of(const TilingScheme *scheme,
                            const TilingPlace *place, Status *status)
{
    int64_t multiple = 1;
    for (int i = 0; i < place->aligned_levels - 1; i++) {
        const int zoom = place->zoom - i;
        const int tiles = tiles_of_one_above(scheme, zoom);
        multiple *= tiles;
        if (tiles == 0 || multiple > INT_MAX) {
            status_fail(status, STATUS_UNSUPPORTED,
                        "ALIGNED_LEVELS cannot align zoom levels %d and %d, "
                        "whose resolutions have a ratio of %g",
                        zoom - 1, zoom,
                        scheme->levels[zoom - 1].res /
                            scheme->levels[zoom].res);
            return 0;
        }
    }
    return multiple;
}

/** Tiles from one to the one behind the last; 64 bits, since a raster may lie
 * anywhere. */
typedef struct TileSpan {
    int64_t begin, end;
} TileSpan;

/** @return false if the numbers are none */
static bool span_of(double begin, double end, const TilingPlace *place,
                    double res, TileSpan *span)
{
    const double limit = 1e15, tile = res * place->tile_size;
    double from, to;
    if (place->in_pixels) {
        from = floor((begin + place->tolerance * res) / tile);
        to = ceil((end - place->tolerance * res) / tile);
    } else {
        from = floor(begin / tile + place->tolerance);
        to = ceil(end / tile - place->tolerance);
    }
    if (!(fabs(from) < limit && fabs(to) < limit))
        return false;
    *span = (TileSpan){(int64_t)from, (int64_t)to};
    return true;
}

/** Rounds towards zero where it begins, as the COG driver does. */
static void align(TileSpan *span, int64_t multiple)
{
    span->begin = span->begin / multiple * multiple;
    span->end = (span->end + multiple - 1) / multiple * multiple;
}

/** @return whether something was cut off */
static bool clamp(TileSpan *span, int count)
{
    const bool outside = span->begin < 0 || span->end > count;
    if (span->begin < 0)
        span->begin = 0;
    if (span->end > count)
        span->end = count;
    return outside;
}

static bool is_outside_box(const TilingScheme *scheme, const Extent *extent)
{
    return scheme->has_box &&
           (extent->max_x < scheme->min_x || extent->min_x > scheme->max_x ||
            extent->max_y < scheme->min_y || extent->min_y > scheme->max_y);
}

static bool fail_outside(Status *status)
{
    return status_fail(status, STATUS_INVALID,
                       "the source lies outside of TILING_SCHEME");
}

bool tiling_scheme_extend(const TilingScheme *scheme, TilingPlace *place,
                          Extent *extent, bool *clamped, Status *status)
{
    enum { ALIGNED_MAX = 10 };
    const TilingLevel *level = &scheme->levels[place->zoom];
    const double res = tiling_scheme_res(scheme, place->zoom, place->tile_size);
    const double tile = res * place->tile_size;
    TileSpan x, y;
    if (is_outside_box(scheme, extent) ||
        !span_of(extent->min_x - scheme->left, extent->max_x - scheme->left,
                 place, res, &x) ||
        !span_of(scheme->top - extent->max_y, scheme->top - extent->min_y,
                 place, res, &y))
        return fail_outside(status);
    if (place->aligned_levels > ALIGNED_MAX)
        place->aligned_levels = ALIGNED_MAX;
    if (place->aligned_levels > place->zoom)
        place->aligned_levels = place->zoom;
    const int64_t multiple = alignment_of(scheme, place, status);
    if (multiple == 0)
        return false;
    align(&x, multiple);
    align(&y, multiple);
    *clamped = clamp(&x, level->across);
    *clamped |= clamp(&y, level->down);
    if (x.begin >= x.end || y.begin >= y.end)
        return fail_outside(status);
    *extent = (Extent){scheme->left + (double)x.begin * tile,
                       scheme->top - (double)y.end * tile,
                       scheme->left + (double)x.end * tile,
                       scheme->top - (double)y.begin * tile};
    return true;
}

int64_t tiling_scheme_size_above(const TilingScheme *scheme, int zoom,
                                 int level, int64_t below)
{
    const int at = zoom - level + 1;
    const double ratio =
        at >= 1 ? scheme->levels[at - 1].res / scheme->levels[at].res : 2;
    const int64_t size = (int64_t)((double)below / ratio + 0.5);
    return size > 0 ? size : 1;
}
