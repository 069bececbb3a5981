/* SPDX-License-Identifier: MIT */
#include "predictor_trial.h"

#include <stdlib.h>

#include "level_trial.h"

/* A tile that shrinks to less than this part says nothing about others. */
enum { TELLING_PART = 64 };

/** The size of the tile with the predictor that @p image has. */
static bool encoded_nbytes(const ImageSpec *image, const TileJob *job,
                           size_t *nbytes, Status *status)
{
    const size_t capacity = encoder_bound(image, 1);
    Encoder *encoder = encoder_new(image, 1);
    uint8_t *out = malloc(capacity);
    TileJob first = *job;
    Payload encoded;
    bool ok = encoder != NULL && out != NULL;
    if (!ok)
        status_fail(status, STATUS_NO_MEMORY,
                    "out of memory for PREDICTOR=AUTO");
    first.image = 0; /* the encoder knows no other */
    ok = ok && encoder_encode(encoder, &first, out, capacity, &encoded, status);
    if (ok)
        *nbytes = encoded.of.encoded.nbytes;
    free(out);
    encoder_free(encoder);
    return ok;
}

/** The usual predictor, or @p otherwise where it does not apply. */
static Predictor usual_or(const ImageSpec *image, Predictor otherwise)
{
    const bool is_float = image->sample_format == SAMPLE_FORMAT_FLOAT;
    const Predictor usual = predictor_usual(is_float);
    return predictor_applies(usual, image->layout.spec.sample_nbits, is_float)
               ? usual
               : otherwise;
}

Predictor predictor_trial_of_nothing(const ImageSpec *image)
{
    return usual_or(image, PREDICTOR_NONE);
}

bool predictor_trial(const ImageSpec *image, const TileJob *job,
                     Predictor *chosen, Status *status)
{
    const bool is_float = image->sample_format == SAMPLE_FORMAT_FLOAT;
    const int nbits = image->layout.spec.sample_nbits;
    size_t smallest = SIZE_MAX;
    ImageSpec tried = *image;
    tried.skip_empty = false;
    tried.statistics = NULL;
    tried.fidelity = FIDELITY_UNKNOWN;
    /* Sizes that may be 2 % off would say nothing of predictors. */
    if (tried.level == LEVEL_AUTO)
        tried.level = LEVEL_USUAL;

    *chosen = PREDICTOR_NONE;
    for (int i = PREDICTOR_NONE; i <= PREDICTOR_FLOATING_POINT; i++) {
        size_t nbytes;
        tried.predictor = (Predictor)i;
        if (!predictor_applies(tried.predictor, nbits, is_float))
            continue;
        if (!encoded_nbytes(&tried, job, &nbytes, status))
            return false;
        if (nbytes < smallest) {
            smallest = nbytes;
            *chosen = tried.predictor;
        }
    }
    if (smallest < image->layout.tile_nbytes / TELLING_PART)
        *chosen = usual_or(image, *chosen);
    return true;
}
