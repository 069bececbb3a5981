/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include "int_math.h"

/* Rows of the raster, in units of the top level's pixels, that a seam has read
 * twice, on both sides together: cells are made whole, at each level, and have
 * kernels. */
enum { SEAM_ROWS = 2 * (CELL_HEIGHT + 4) };

static const Layout *layout_of(const PartsShape *shape, int level)
{
    return &shape->layouts[(ptrdiff_t)level * shape->image_count];
}

/** What is not divided, where the top level is @p top: rows of its tiles, each
 * with the rows of tiles below it. */
static int64_t unit_count(const PartsShape *shape, int top)
{
    return divide_up(layout_of(shape, 0)->tiles_down, (int64_t)1 << top);
}

/** The first of @p units that is not of a part before @p number. */
static int64_t cut_of(int64_t units, int64_t number, int64_t count)
{
    return units * (number - 1) / count;
}

/** In rows of the raster. */
static int64_t cost_of(const PartsShape *shape, int count, int top)
{
    const LayoutSpec *spec = &layout_of(shape, 0)->spec;
    const int64_t unit = spec->tile_height << top;
    const int64_t highest = divide_up(unit_count(shape, top), count) * unit;
    const int64_t seam = count > 1 ? (int64_t)SEAM_ROWS << top : 0;
    /* Decoded, but not encoded. */
    const int64_t left =
        top + 1 < shape->level_count ? spec->height >> (2 * top + 1) : 0;
    return min64(highest, spec->height) + seam + left;
}

int parts_top_level(const PartsShape *shape, int count)
{
    int best = 0;
    if (!shape->makes_levels)
        return shape->level_count - 1;
    for (int top = 1; top < shape->level_count; top++)
        if (cost_of(shape, count, top) <= cost_of(shape, count, best))
            best = top;
    return best;
}

Span parts_tile_rows(const PartsShape *shape, const Part *part, int level)
{
    const int top = parts_top_level(shape, part->count);
    const int64_t down = layout_of(shape, level)->tiles_down;
    const int64_t units = shape->makes_levels ? unit_count(shape, top) : down;
    const int shift = shape->makes_levels ? top - level : 0;
    if (level > top)
        return (Span){0, 0};
    const int64_t begin = cut_of(units, part->number, part->count);
    const int64_t end = cut_of(units, (int64_t)part->number + 1, part->count);
    /* Levels may end before what they are made from, or a little behind it. */
    return (Span){begin == units && units > 0 ? down
                                              : min64(begin << shift, down),
                  end == units ? down : min64(end << shift, down)};
}

static bool is_empty(const Span *span)
{
    return span->begin >= span->end;
}

static Span span_union(Span a, Span b)
{
    if (is_empty(&a))
        return b;
    if (is_empty(&b))
        return a;
    return (Span){min64(a.begin, b.begin), max64(a.end, b.end)};
}

Span parts_pixel_rows(const LayoutSpec *spec, const Span *tile_rows)
{
    return (Span){min64(tile_rows->begin * spec->tile_height, spec->height),
                  min64(tile_rows->end * spec->tile_height, spec->height)};
}

/** Rows of level @p level - 1 that rows of level @p level are made from. */
static Span needed_below(const PartsShape *shape, int level, const Span *rows,
                         const Resampler *resampler, const void *custom)
{
    const Scale scale = {.source_size =
                             layout_of(shape, level - 1)->spec.height,
                         .size = layout_of(shape, level)->spec.height};
    if (is_empty(rows))
        return (Span){0, 0};
    const Span cells = {
        rows->begin / CELL_HEIGHT * CELL_HEIGHT,
        min64(divide_up(rows->end, CELL_HEIGHT) * CELL_HEIGHT, scale.size)};
    return resampler->needs(custom, scale, cells);
}

void parts_rows(const PartsShape *shape, const Part *part,
                const Resampler *resampler, const void *custom, LevelRows *rows)
{
    Span needed = {0, 0};
    for (int level = shape->level_count - 1; level >= 0; level--) {
        const Span tiles = parts_tile_rows(shape, part, level);
        const Span own =
            parts_pixel_rows(&layout_of(shape, level)->spec, &tiles);
        rows[level] = (LevelRows){tiles, span_union(own, needed)};
        if (shape->makes_levels && level > 0)
            needed = needed_below(shape, level, &rows[level].pixels, resampler,
                                  custom);
    }
}

void parts_rows_of_merging(const PartsShape *shape, int top, LevelRows *rows)
{
    for (int level = 0; level < shape->level_count; level++) {
        rows[level] = level_rows_all(layout_of(shape, level));
        if (level <= top)
            rows[level].tiles = (Span){0, 0};
        if (level < top)
            rows[level].pixels = (Span){0, 0};
    }
}

int64_t parts_tile_count(const Layout *layout, const Span *tile_rows)
{
    const int64_t rows = max64(tile_rows->end - tile_rows->begin, 0);
    return rows * layout->tiles_across * layout->planes;
}

int64_t parts_next_tile(const Layout *layout, const Span *tile_rows,
                        int64_t tile)
{
    const int64_t across = layout->tiles_across;
    const int64_t places = across * layout->tiles_down;
    const int64_t next = tile + 1;
    if (is_empty(tile_rows))
        return -1;
    const int64_t plane = next / places, place = next % places;
    if (plane >= layout->planes)
        return -1;
    if (place < tile_rows->begin * across)
        return plane * places + tile_rows->begin * across;
    if (place < tile_rows->end * across)
        return next;
    return plane + 1 < layout->planes
               ? (plane + 1) * places + tile_rows->begin * across
               : -1;
}
