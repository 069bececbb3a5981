/* SPDX-License-Identifier: MIT */
#include "leaf_layer.h"

#include "block_size.h"
#include "int_math.h"
#include "leaf_decode.h"

void leaf_layer_choose_units(Layer *layer, const Decoding *decoding,
                             GDALRasterBandH band)
{
    layer->width = GDALGetRasterBandXSize(band);
    layer->height = GDALGetRasterBandYSize(band);
    leaf_decode_units(decoding, band, &layer->unit_width, &layer->unit_height);
    int block_width;
    block_size_of(band, &block_width, &layer->block_height);
    layer->block_height =
        (int)max64(1, min64(layer->block_height, layer->unit_height));
    layer->top = 0;
    layer->bottom = layer->height;
    layer->units_across = divide_up(layer->width, layer->unit_width);
}

Window leaf_layer_unit(const Layer *layer, int64_t index)
{
    const int64_t x = index % layer->units_across * layer->unit_width;
    const int64_t y = index / layer->units_across * layer->unit_height;
    return (Window){.x = x,
                    .y = y,
                    .width = min64(layer->unit_width, layer->width - x),
                    .height = min64(layer->unit_height, layer->height - y)};
}

void leaf_layer_make_store(Layer *layer, Plane *planes, int first, int end,
                           uint64_t limit_nbytes)
{
    layer->pixel_nbytes = 0;
    for (int i = first; i < end; i++)
        if (planes[i].needed) {
            planes[i].before = layer->pixel_nbytes;
            layer->pixel_nbytes +=
                (size_t)GDALGetDataTypeSizeBytes(planes[i].type);
        }
    const int64_t units_down = divide_up(layer->height, layer->unit_height);
    layer->store =
        block_store_new(layer->units_across * units_down,
                        (size_t)layer->unit_width * (size_t)layer->unit_height *
                            layer->pixel_nbytes,
                        limit_nbytes);
}
