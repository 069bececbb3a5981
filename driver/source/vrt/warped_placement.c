/* SPDX-License-Identifier: MIT */
#include "warped_placement.h"

#include <stdlib.h>

#include "int_math.h"

/* What one table may have of rectangles, and how often a cell may be noted in
 * the pieces that serve it: where warps fold, each cell needs most of them. */
enum { CELLS_MAX = 1 << 18, PIECES_MAX = 1 << 18, NOTES_MAX = 1 << 26 };

/** Columns and rows from first to end; none if end is not behind first. */
typedef struct Box {
    int32_t left, top, right, bottom;
} Box;

struct WarpCells {
    int users;
    int block_width, block_height;   /**< of the warped raster */
    int64_t width, height;           /**< of a cell: whole blocks */
    int64_t first_column, first_row; /**< of the cells that are kept */
    int64_t columns, rows;           /**< of them */
    Box *sources;                    /**< what each needs */
};

typedef struct WarpedPlacement {
    Placement base;
    WarpCells *cells;
    Placement *outer, *inner;
    int64_t width, height;             /**< of the leaf */
    int64_t piece_width, piece_height; /**< of it */
    int64_t columns, rows;             /**< of pieces */
    Box shown;                         /**< of what is warped, that it has */
    Box *served;                       /**< cells that each piece serves */
} WarpedPlacement;

static bool box_is_empty(const Box *box)
{
    return box->right <= box->left || box->bottom <= box->top;
}

static void box_add(Box *box, const Box *other)
{
    if (box_is_empty(other))
        return;
    if (box_is_empty(box)) {
        *box = *other;
        return;
    }
    box->left = (int32_t)min64(box->left, other->left);
    box->top = (int32_t)min64(box->top, other->top);
    box->right = (int32_t)max64(box->right, other->right);
    box->bottom = (int32_t)max64(box->bottom, other->bottom);
}

static bool boxes_meet(const Box *a, const Box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom &&
           b->top < a->bottom;
}

static Window window_of(const Box *box)
{
    return (Window){.x = box->left,
                    .y = box->top,
                    .width = box->right - box->left,
                    .height = box->bottom - box->top};
}

static Box box_of(const Window *window)
{
    return (Box){.left = (int32_t)window->x,
                 .top = (int32_t)window->y,
                 .right = (int32_t)window_right(window),
                 .bottom = (int32_t)window_bottom(window)};
}

/** Which of @p columns times @p rows rectangles of that size, the first of
 * which is at 0,0, have a pixel of @p window. */
static Box box_touched(const Window *window, int64_t width, int64_t height,
                       int64_t columns, int64_t rows)
{
    const Window all = {.width = columns * width, .height = rows * height};
    const Window part = window_intersection(window, &all);
    if (window_is_empty(&part))
        return (Box){0};
    return (Box){.left = (int32_t)(part.x / width),
                 .top = (int32_t)(part.y / height),
                 .right = (int32_t)divide_up(window_right(&part), width),
                 .bottom = (int32_t)divide_up(window_bottom(&part), height)};
}

WarpCells *warp_cells_new(const Window *part, int width, int height)
{
    WarpCells *cells = malloc(sizeof *cells);
    if (cells == NULL)
        return NULL;
    *cells = (WarpCells){.users = 1,
                         .block_width = width,
                         .block_height = height,
                         .width = width,
                         .height = height};
    for (;;) {
        cells->first_column = part->x / cells->width;
        cells->first_row = part->y / cells->height;
        cells->columns = max64(0, divide_up(window_right(part), cells->width) -
                                      cells->first_column);
        cells->rows = max64(0, divide_up(window_bottom(part), cells->height) -
                                   cells->first_row);
        if (cells->columns * cells->rows <= CELLS_MAX)
            break;
        if (cells->columns > cells->rows)
            cells->width *= 2;
        else
            cells->height *= 2;
    }
    cells->sources = calloc((size_t)(cells->columns * cells->rows) + 1,
                            sizeof *cells->sources);
    if (cells->sources == NULL) {
        free(cells);
        return NULL;
    }
    return cells;
}

void warp_cells_retain(WarpCells *cells)
{
    cells->users++;
}

void warp_cells_release(WarpCells *cells)
{
    if (cells == NULL || --cells->users > 0)
        return;
    free(cells->sources);
    free(cells);
}

/** The cells that have a pixel of @p warped. */
static Box cells_touched(const WarpCells *cells, const Window *warped)
{
    Window at = *warped;
    at.x -= cells->first_column * cells->width;
    at.y -= cells->first_row * cells->height;
    return box_touched(&at, cells->width, cells->height, cells->columns,
                       cells->rows);
}

void warp_cells_add(WarpCells *cells, const Window *warped,
                    const Window *source)
{
    const Box touched = cells_touched(cells, warped);
    const Box needed = box_of(source);
    for (int64_t row = touched.top; row < touched.bottom; row++)
        for (int64_t column = touched.left; column < touched.right; column++)
            box_add(&cells->sources[row * cells->columns + column], &needed);
}

uint64_t warp_cells_nbytes(const WarpCells *cells)
{
    return (uint64_t)(cells->columns * cells->rows) * sizeof *cells->sources;
}

static const WarpedPlacement *warped_of(const Placement *place)
{
    return (const WarpedPlacement *)place;
}

static Window warped_output(const Placement *place, const Window *source)
{
    const WarpedPlacement *warped = warped_of(place);
    const WarpCells *cells = warped->cells;
    const Box pieces =
        box_touched(source, warped->piece_width, warped->piece_height,
                    warped->columns, warped->rows);
    Box served = {0};
    for (int64_t row = pieces.top; row < pieces.bottom; row++)
        for (int64_t column = pieces.left; column < pieces.right; column++)
            box_add(&served, &warped->served[row * warped->columns + column]);
    if (box_is_empty(&served))
        return (Window){0};
    const Window at = {.x = (cells->first_column + served.left) * cells->width,
                       .y = (cells->first_row + served.top) * cells->height,
                       .width = (served.right - served.left) * cells->width,
                       .height = (served.bottom - served.top) * cells->height};
    /* A Window is a value, and no view of the one that it was computed from. */
    /* cppcheck-suppress returnDanglingLifetime */
    return placement_output(warped->outer, &at);
}

/** The pixels of the leaf that are behind those of what is warped. */
static Window behind(const WarpedPlacement *warped, const Box *source)
{
    const Window all = {.width = warped->width, .height = warped->height};
    const Window at = window_of(source);
    const Window pixels = placement_input(warped->inner, &at);
    return window_intersection(&pixels, &all);
}

static Window warped_input(const Placement *place, const Window *output)
{
    const WarpedPlacement *warped = warped_of(place);
    const WarpCells *cells = warped->cells;
    const Window at = placement_input(warped->outer, output);
    const Box touched = cells_touched(cells, &at);
    Box source = {0};
    for (int64_t row = touched.top; row < touched.bottom; row++)
        for (int64_t column = touched.left; column < touched.right; column++)
            box_add(&source, &cells->sources[row * cells->columns + column]);
    const Window nothing = {0};
    return box_is_empty(&source) ? nothing : behind(warped, &source);
}

/** The grid is that of the blocks that GDAL warps. */
static PlacedBlocks warped_blocks(const Placement *place, int width, int height)
{
    const WarpedPlacement *warped = warped_of(place);
    PlacedBlocks blocks = placement_blocks(
        warped->outer, warped->cells->block_width, warped->cells->block_height);
    (void)width;
    (void)height;
    blocks.exact = false;
    blocks.scattered = true;
    return blocks;
}

static bool warped_equal(const Placement *a, const Placement *b)
{
    const WarpedPlacement *one = warped_of(a), *other = warped_of(b);
    return one->cells == other->cells &&
           placement_equal(one->outer, other->outer) &&
           placement_equal(one->inner, other->inner);
}

static void warped_free(Placement *place)
{
    WarpedPlacement *warped = (WarpedPlacement *)place;
    warp_cells_release(warped->cells);
    placement_free(warped->outer);
    placement_free(warped->inner);
    free(warped->served);
    free(warped);
}

/** The pieces of the leaf that a cell needs. */
static Box pieces_needed(const WarpedPlacement *warped, int64_t cell)
{
    const Box *source = &warped->cells->sources[cell];
    /* Below a mosaic most cells have nothing of a leaf. */
    if (box_is_empty(source) || !boxes_meet(source, &warped->shown))
        return (Box){0};
    const Window pixels = behind(warped, source);
    return box_touched(&pixels, warped->piece_width, warped->piece_height,
                       warped->columns, warped->rows);
}

static int64_t count_notes(const WarpedPlacement *warped)
{
    const int64_t cells = warped->cells->columns * warped->cells->rows;
    int64_t count = 0;
    for (int64_t cell = 0; cell < cells && count <= NOTES_MAX; cell++) {
        const Box pieces = pieces_needed(warped, cell);
        count += (int64_t)(pieces.right - pieces.left) *
                 (pieces.bottom - pieces.top);
    }
    return count;
}

/** Pieces are what is decoded at once, or several, if there are too many or
 * they are needed by too many cells. */
static void choose_pieces(WarpedPlacement *warped, const WarpedLeaf *leaf)
{
    const Window all = {.width = leaf->width, .height = leaf->height};
    const Window shown = placement_output(warped->inner, &all);
    warped->shown = box_of(&shown);
    warped->width = leaf->width;
    warped->height = leaf->height;
    warped->piece_width = leaf->unit_width;
    warped->piece_height = leaf->unit_height;
    for (;;) {
        warped->columns = divide_up(leaf->width, warped->piece_width);
        warped->rows = divide_up(leaf->height, warped->piece_height);
        const int64_t count = warped->columns * warped->rows;
        if (count <= 1 ||
            (count <= PIECES_MAX && count_notes(warped) <= NOTES_MAX))
            break;
        if (warped->columns > 1)
            warped->piece_width *= 2;
        if (warped->rows > 1)
            warped->piece_height *= 2;
    }
}

static void note_cell(WarpedPlacement *warped, int64_t column, int64_t row)
{
    const Box cell = {.left = (int32_t)column,
                      .top = (int32_t)row,
                      .right = (int32_t)column + 1,
                      .bottom = (int32_t)row + 1};
    const Box pieces =
        pieces_needed(warped, row * warped->cells->columns + column);
    for (int64_t y = pieces.top; y < pieces.bottom; y++)
        for (int64_t x = pieces.left; x < pieces.right; x++)
            box_add(&warped->served[y * warped->columns + x], &cell);
}

static bool fill(WarpedPlacement *warped, const WarpedLeaf *leaf)
{
    if (warped->outer == NULL || warped->inner == NULL)
        return false;
    choose_pieces(warped, leaf);
    warped->served =
        calloc((size_t)(warped->columns * warped->rows) + 1, sizeof(Box));
    if (warped->served == NULL)
        return false;
    for (int64_t row = 0; row < warped->cells->rows; row++)
        for (int64_t column = 0; column < warped->cells->columns; column++)
            note_cell(warped, column, row);
    return true;
}

Placement *warped_placement_new(WarpCells *cells, const Affine *outer,
                                const Affine *inner, const WarpedLeaf *leaf)
{
    static const PlacementOps ops = {.output = warped_output,
                                     .input = warped_input,
                                     .blocks = warped_blocks,
                                     .equal = warped_equal,
                                     .free = warped_free};
    WarpedPlacement *warped = malloc(sizeof *warped);
    if (warped == NULL)
        return NULL;
    warp_cells_retain(cells);
    *warped = (WarpedPlacement){.base = {.ops = &ops},
                                .cells = cells,
                                .outer = affine_placement_new(outer),
                                .inner = affine_placement_new(inner)};
    if (!fill(warped, leaf)) {
        warped_free(&warped->base);
        return NULL;
    }
    return &warped->base;
}
