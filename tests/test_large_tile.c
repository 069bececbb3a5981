/* SPDX-License-Identifier: MIT */
/* A tile of hundreds of bands has no room in memory twice. */
#include <stdlib.h>

#include "encoder.h"
#include "gtest_c.h"

/** Encodes a window that is one tile.
 * @param shared whether somebody else reads the window, too */
static void encode_window(const ImageSpec *image, Pool *pool, bool shared)
{
    const size_t nbytes = image->layout.tile_nbytes;
    const size_t bound = encoder_bound(image, 1);
    Status status = {.code = STATUS_OK};
    int no_memory;
    Buffer *buffer = pool_take(pool, 0, &no_memory);
    uint8_t *out = malloc(bound);
    Encoder *encoder = encoder_new(image, 1);
    Payload encoded;
    for (size_t i = 0; i < nbytes; i++)
        buffer->data[i] = (uint8_t)(1 + i % 251);
    if (shared)
        buffer_retain(buffer);
    const TileJob job = {
        .owner = buffer,
        .payload = {.kind = PAYLOAD_PIXELS,
                    .of.pixels = {.samples = buffer->data,
                                  .row_nbytes = image->layout.row_nbytes}}};
    expect_true(encoder_encode(encoder, &job, out, bound, &encoded, &status));
    expect_int_eq(encoded.of.encoded.nbytes, nbytes);
    size_t wrong = 0;
    for (size_t i = 0; i < nbytes; i++)
        wrong += encoded.of.encoded.bytes[i] != 1 + i % 251;
    expect_int_eq(wrong, 0);
    expect_int_eq(buffer->data[nbytes / 2] == 0, !shared);
    encoder_free(encoder);
    free(out);
    if (shared)
        buffer_release(buffer);
    buffer_release(buffer);
}

TEST_CASE(large_tile, a_window_that_is_one_large_tile_is_given_back_on_the_way)
{
    const LayoutSpec spec = {.width = 512,
                             .height = 512,
                             .bands = 64,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = 512,
                             .tile_height = 512};
    ImageSpec image = {.codec = &codec_none, .predictor = PREDICTOR_NONE};
    Status status = {.code = STATUS_OK};
    require(layout_init(&image.layout, &spec, &status));
    Pool *pool = pool_new(image.layout.tile_nbytes, 0);
    encode_window(&image, pool, true);
    encode_window(&image, pool, false);
    pool_free(pool);
}
