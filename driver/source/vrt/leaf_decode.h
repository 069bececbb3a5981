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
#include "leaf_planes.h"
#include "window.h"

CPL_C_START

/** Of which size units are: a block, or several where they are tiny, or what
 * one decode yields.
 * @param band of which they are units
 * @param[out] width, height pixels */
void leaf_decode_units(const Decoding *decoding, GDALRasterBandH band,
                       int *width, int *height);

/** Decodes the bands that are needed of @p planes, and the masks of them that
 * are their own, one after another, into @p data.
 * @param dataset whose bands are read
 * @param masked whose bands have the masks: the same, unless that is a spool
 * @param at where the unit lies that @p data has room for
 * @param part of it that is decoded
 * @return false after GDAL has reported why */
bool leaf_decode_all(GDALDatasetH dataset, GDALDatasetH masked,
                     const Decoding *decoding, const LeafPlanes *planes,
                     const Window *at, const Window *part, uint8_t *data);

/** Where a driver fetches or decodes the blocks of one call at a time, has it
 * do so for the unit @p at and those after it in what is wanted, as many as
 * GDAL's cache may hold: they are to be found there afterwards, and to be
 * dropped.
 * @param[in,out] brought what was found there before, and then
 * @return false after GDAL has reported why */
bool leaf_decode_bring(GDALDatasetH dataset, const Decoding *decoding,
                       const LeafPlanes *planes, const Window *at,
                       const Window *wanted, Window *brought);

CPL_C_END

#endif
