/* SPDX-License-Identifier: MIT */
/* A tile that the file has from elsewhere is not encoded; its pixels count. */
#include <stdlib.h>

#include "encoder.h"
#include "gtest_c.h"

enum { TILE = 16, ACROSS = 3, DOWN = 2, TILES = ACROSS * DOWN, BANDS = 2 };

static ImageSpec image_of(const uint8_t *copied, Statistics *records)
{
    const LayoutSpec spec = {.width = ACROSS * TILE,
                             .height = DOWN * TILE,
                             .bands = BANDS,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = TILE,
                             .tile_height = TILE};
    ImageSpec image = {
        .codec = &codec_deflate,
        .level = 6,
        .sample_format = SAMPLE_FORMAT_UINT,
        .predictor = PREDICTOR_HORIZONTAL,
        .copied = copied,
        .statistics = records,
        .alpha = -1,
        .rule = {.format = SAMPLE_FORMAT_UINT, .sample_nbytes = 2}};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&image.layout, &spec, &status));
    return image;
}

TEST_CASE(copied_payload, copied_tile_is_not_encoded_but_counts)
{
    uint16_t pixels[TILE * TILE * BANDS];
    uint8_t copied[TILES] = {0};
    for (int i = 0; i < TILE * TILE * BANDS; i++)
        pixels[i] = (uint16_t)(i + 3);
    for (int tile = 0; tile < TILES; tile++) {
        Statistics records[TILES * BANDS] = {{0}};
        copied[4] = 1;
        const ImageSpec image = image_of(copied, records);
        const TileJob job = {
            .tile_x = tile % ACROSS,
            .tile_y = tile / ACROSS,
            .payload = {.kind = PAYLOAD_PIXELS,
                        .of.pixels = {.samples = (uint8_t *)pixels,
                                      .row_nbytes = TILE * 2 * BANDS}}};
        Encoder *encoder = encoder_new(&image, 1);
        uint8_t *out = malloc(encoder_bound(&image, 1));
        Payload result;
        Status status = {.code = STATUS_OK};
        test_context("tile %d", tile);
        expect_true(encoder_encode(encoder, &job, out, encoder_bound(&image, 1),
                                   &result, &status));
        expect_int_eq(result.kind, tile == 4 ? PAYLOAD_EMPTY : PAYLOAD_ENCODED);
        for (int i = 0; i < TILES * BANDS; i++)
            expect_int_eq(records[i].count,
                          i / BANDS == tile ? TILE * TILE : 0);
        encoder_free(encoder);
        free(out);
    }
}
