/* SPDX-License-Identifier: MIT */
/** @file
 * The walk through a VRT that finds the datasets at its bottom, and where they
 * are read.
 */
#ifndef ROWBAND_VRT_WALK_HPP
#define ROWBAND_VRT_WALK_HPP

#include <map>
#include <string>
#include <vector>

#include "late_files.hpp"
#include "leaf.h"
#include "live_vrt.h"
#include "vrt_access.hpp"
#include "vrt_ahead.hpp"

/** Where a leaf goes while the VRT is read: a pointer to a band, or a handle of
 * a band or a dataset. */
struct VrtSwap {
    GDALRasterBand **band; /**< one of the two is NULL */
    void **handle;
    void *live; /**< what is there */
    Leaf *leaf;
    int number; /**< of the band; 0: the dataset */
    bool is_mask;
};

/** A dataset of GDAL's pool that is kept open: what is put into it would be
 * gone with it. */
struct VrtHeld {
    GDALDataset *proxy, *underlying;
};

/** What the walk finds. Leaves, names and held datasets are the caller's to
 * free and to let go. */
struct VrtFindings {
    LiveVrtTraits traits{};
    std::string reason{}; /**< why some of it is read as it is, or "" */
    std::vector<Leaf *> leaves{};
    std::map<Leaf *, VrtAhead> ahead{}; /**< not of overviews */
    std::vector<VrtSwap> swaps{};
    std::vector<VrtHeld> held{};
    LateFiles late{};
    std::vector<VRTWarpedDataset *> warped{}; /**< whose blocks pass GDAL's
                                                  cache */
    bool out_of_memory = false;
};

/** Opens sources that are not open yet; reports what else than that GDAL fails
 * at. Changes nothing.
 * @param[in,out] found empty; complete as far as it goes if this throws */
void vrt_walk(VRTDataset &dataset, VrtFindings &found);

#endif
