/* SPDX-License-Identifier: MIT */
#include "vrt_opener.hpp"

#include "error_trap.h"
#include "late_files.hpp"

#include <algorithm>
#include <new>

/* Files that are opened in any case, of a mosaic of many, as a sample. */
enum { LOOKED_AT = 64 };

GDALDataset *VrtOpener::open(VRTSimpleSource *source)
{
    if (unopened.count(source) > 0)
        return nullptr;
    if (!check(source))
        return nullptr;
    ErrorTrap trap;
    const bool was_open = vrt_access::is_open(*source);
    bool out_of_memory = false;
    GDALDataset *dataset = nullptr;
    error_trap_begin(&trap, TRAP_FAILURES);
    try {
        dataset = vrt_access::dataset_of(*source);
        if (dataset != nullptr)
            vrt_access::settle_mask(*source);
    } catch (const std::bad_alloc &) {
        out_of_memory = true;
    }
    error_trap_end(&trap);
    if (out_of_memory)
        throw std::bad_alloc();
    if (dataset != nullptr) {
        if (!was_open && vrt_access::is_new_of_pool(*dataset))
            opened_now.insert(dataset);
        opened_names.insert(dataset->GetDescription());
        error_trap_replay(&trap);
        return dataset;
    }
    unopened.insert(source);
    if (reason.empty())
        reason = trap.failed ? trap.message : "a source has no dataset";
    return nullptr;
}

bool VrtOpener::check(VRTSimpleSource *source)
{
    if (checked.insert(source).second && !vrt_access::check_source(*source))
        unopened.insert(source);
    return unopened.count(source) == 0;
}

void VrtOpener::check_all(GDALRasterBand *band)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    bool only_simple;
    if (sourced != nullptr)
        for (VRTSimpleSource *source :
             vrt_access::simple_sources(*sourced, &only_simple))
            check(source);
}

void VrtOpener::check_all(VRTDataset &dataset)
{
    for (int i = 1; i <= dataset.GetRasterCount(); i++) {
        check_all(dataset.GetRasterBand(i));
        check_all(dataset.GetRasterBand(i)->GetMaskBand());
    }
}

bool VrtOpener::may_wait(VRTSimpleSource *source) const
{
    return opened_names.size() >= LOOKED_AT &&
           opened_names.count(vrt_access::name_of(*source)) == 0 &&
           LateFiles::may_wait(*source);
}

size_t VrtOpener::held_max()
{
    const int most = 16, by_default = 100, largest = 1000;
    const int size =
        atoi(CPLGetConfigOption("GDAL_MAX_DATASET_POOL_SIZE", "100"));
    return std::min(most, (size < 2 || size > largest ? by_default : size) / 4);
}

bool VrtOpener::can_follow(GDALRasterBand *band)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    if (sourced == nullptr)
        return vrt_access::is_pansharpened(band);
    bool only_simple;
    for (VRTSimpleSource *source :
         vrt_access::simple_sources(*sourced, &only_simple))
        if (!may_wait(source) && open(source) == nullptr)
            return false;
    return only_simple;
}

bool VrtOpener::can_follow(VRTDataset &dataset)
{
    check_all(dataset);
    if (dynamic_cast<VRTWarpedDataset *>(&dataset) != nullptr)
        return true;
    for (int i = 1; i <= dataset.GetRasterCount(); i++)
        if (!can_follow(dataset.GetRasterBand(i)))
            return false;
    return dataset.GetRasterCount() > 0;
}
