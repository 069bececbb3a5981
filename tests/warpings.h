/* SPDX-License-Identifier: MIT */
/** @file
 * Warped VRTs of the spy, for the tests.
 */
#ifndef ROWBAND_TESTS_WARPINGS_H
#define ROWBAND_TESTS_WARPINGS_H

/** Where a source lies, and how it is warped: arguments of gdal_translate and
 * of gdalwarp. */
typedef struct Warping {
    const char *placed, *arguments;
} Warping;

/** National grids, poles, the antimeridian, ... */
extern const Warping warpings[];
extern const int warping_count;

/** Makes a VRT @p warped of @p source, which is placed by a VRT @p placed.
 * Expects no failure. */
void make_warped(const Warping *warping, const char *source, const char *placed,
                 const char *warped);

#endif
