/* SPDX-License-Identifier: MIT */
#include "source_shape.h"

#include <stddef.h>

SourceShape source_shape_of(GDALDatasetH source)
{
    const int bands = GDALGetRasterCount(source);
    const GDALRasterBandH first = GDALGetRasterBand(source, 1);
    const GDALRasterBandH last = GDALGetRasterBand(source, bands);
    return (SourceShape){
        .width = GDALGetRasterXSize(source),
        .height = GDALGetRasterYSize(source),
        .bands = bands,
        .type = GDALGetRasterDataType(first),
        .has_color_table = GDALGetRasterColorTable(first) != NULL,
        .has_alpha = GDALGetRasterColorInterpretation(last) == GCI_AlphaBand};
}
