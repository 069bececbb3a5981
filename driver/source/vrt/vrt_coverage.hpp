/* SPDX-License-Identifier: MIT */
/** @file
 * Where a VRT's sources are, and where it has nothing.
 */
#ifndef ROWBAND_VRT_COVERAGE_HPP
#define ROWBAND_VRT_COVERAGE_HPP

#include "holes.h"
#include "vrt_access.hpp"

/** Fills @p holes wherever a source of any band, or of the mask, may show.
 * Between them a band has its nodata value, or 0. Opens nothing.
 * @return false if that is not known */
bool vrt_coverage_fill(VRTDataset &dataset, Holes &holes);

#endif
