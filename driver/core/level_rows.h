/* SPDX-License-Identifier: MIT */
/** @file
 * What is made of a level, where not all of it is: some rows.
 */
#ifndef ROWBAND_LEVEL_ROWS_H
#define ROWBAND_LEVEL_ROWS_H

#include "layout.h"
#include "window.h"

typedef struct LevelRows {
    Span tiles;  /**< rows of tiles, by number: others are not encoded */
    Span pixels; /**< of a level that is made from the one below: rows that are
                      made, with what else is in their cells. There must be all
                      that the tiles have, and what is made from the level */
} LevelRows;

static inline LevelRows level_rows_all(const Layout *layout)
{
    return (LevelRows){.tiles = {0, layout->tiles_down},
                       .pixels = {0, layout->spec.height}};
}

#endif
