/* SPDX-License-Identifier: MIT */
#include "open_options.h"

#include "gdal_priv.h"

extern "C" CSLConstList dataset_open_options(GDALDatasetH dataset)
{
    return GDALDataset::FromHandle(dataset)->GetOpenOptions();
}
