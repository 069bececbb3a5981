/* SPDX-License-Identifier: MIT */
/** @file
 * How a leaf's driver is asked for what the leaf decodes at once, its units: of
 * what size they are, and in which calls one is read.
 */
#ifndef ROWBAND_LEAF_DECODE_H
#define ROWBAND_LEAF_DECODE_H

#include <stdbool.h>

#include "decoding.h"
#include "gdal.h"
#include "leaf_pixels.h"
#include "window.h"

CPL_C_START

/** Of which size units are: a block, or several where they are tiny, or what
 * one decode yields.
 * @param band of which they are units
 * @param[out] width, height pixels */
void leaf_decode_units(const Decoding *decoding, GDALRasterBandH band,
                       int *width, int *height);

/** Decodes the needed ones of @p planes, by band number, of which there are
 * @p bands beside the mask, one after another into @p data.
 * @param at where the unit lies that @p data has room for
 * @param part of it that is decoded
 * @return false after GDAL has reported why */
bool leaf_decode_bands(GDALDatasetH dataset, const Decoding *decoding,
                       const Plane *planes, int bands, const Window *at,
                       const Window *part, uint8_t *data);

/** Where a driver fetches or decodes the blocks of one call at a time, has it
 * do so for the unit @p at and those after it in what is wanted, as many as
 * GDAL's cache may hold: they are to be found there afterwards, and to be
 * dropped.
 * @param[in,out] brought what was found there before, and then
 * @return false after GDAL has reported why */
bool leaf_decode_bring(GDALDatasetH dataset, const Decoding *decoding,
                       const Plane *planes, int bands, const Window *at,
                       const Window *wanted, Window *brought);

CPL_C_END

#endif
