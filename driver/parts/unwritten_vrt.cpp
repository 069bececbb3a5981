/* SPDX-License-Identifier: MIT */
#include "unwritten_vrt.h"

#include "vrtdataset.h"

void unwritten_vrt_name(GDALDatasetH vrt, const char *name)
{
    auto *dataset = dynamic_cast<VRTDataset *>(GDALDataset::FromHandle(vrt));
    if (dataset != nullptr)
        dataset->SetWritable(FALSE);
    GDALSetDescription(vrt, name);
}
