/* SPDX-License-Identifier: MIT */
/** @file
 * Which leaves of a VRT may be decoded before it reads them: those of which all
 * that lies below the output is sure to be needed.
 */
#ifndef ROWBAND_VRT_AHEAD_HPP
#define ROWBAND_VRT_AHEAD_HPP

#include "ahead.h"
#include "vrt_access.hpp"
#include "vrt_frame.hpp"

/** What is known of a leaf. */
struct VrtAhead {
    AheadLeaf leaf{};
    SameAgain *again = nullptr; /**< owned; nullptr: it may not be */
    const char *why_not = "a source among many that were open before";
    bool mapped = true; /**< whether all of its places are */
    bool skips = false; /**< whether some of it may not be needed */
};

/** Takes account of one more source that reads the leaf.
 * @param band that it reads, or whose mask
 * @param inner where the leaf lies, @param outer the VRT that reads it */
void vrt_ahead_add(VrtAhead &ahead, const Leaf *leaf, GDALRasterBand &band,
                   const vrt_access::SourceView &view, const Frame &inner,
                   const Frame &outer);

#endif
