/* SPDX-License-Identifier: MIT */
#include "random.h"

uint64_t random_mix(uint64_t state)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
    return state ^ state >> 31;
}

uint64_t random_next(Random *random)
{
    const uint64_t result = random_mix(random->state);
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return result;
}

int64_t random_in(Random *random, int64_t least, int64_t most)
{
    const uint64_t range = (uint64_t)(most - least) + 1;
    return least + (int64_t)(random_next(random) % range);
}

int64_t random_magnitude(Random *random, int64_t least, int64_t most)
{
    int nbits = 0;
    while (nbits < 62 && (most - least) >> nbits > 0)
        nbits++;
    const int64_t limit = ((int64_t)1 << random_in(random, 0, nbits)) - 1;
    return least +
           random_in(random, 0, limit < most - least ? limit : most - least);
}

bool random_once_in(Random *random, int times)
{
    return random_in(random, 1, times) == 1;
}

void random_fill(Random *random, void *bytes, size_t nbytes)
{
    uint8_t *out = bytes;
    for (size_t i = 0; i < nbytes; i++)
        out[i] = (uint8_t)random_next(random);
}
