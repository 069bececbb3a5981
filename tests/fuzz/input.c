/* SPDX-License-Identifier: MIT */
#include "input.h"

static uint64_t next_byte(Input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

int64_t input_in(Input *input, int64_t least, int64_t most)
{
    const uint64_t last = (uint64_t)most - (uint64_t)least;
    uint64_t number = 0;
    for (int bits = 0; bits < 64 && last >> bits > 0; bits += 8)
        number = number << 8 | next_byte(input);
    if (last < UINT64_MAX)
        number %= last + 1;
    return (int64_t)((uint64_t)least + number);
}

int64_t input_magnitude(Input *input, int64_t least, int64_t most)
{
    const uint64_t range = (uint64_t)most - (uint64_t)least;
    int nbits = 0;
    while (nbits < 63 && range >> nbits > 0)
        nbits++;
    const int chosen = (int)input_in(input, 0, nbits);
    const uint64_t limit = (UINT64_C(1) << chosen) - 1;
    return least + input_in(input, 0, (int64_t)(limit < range ? limit : range));
}

bool input_flag(Input *input)
{
    return input_in(input, 0, 1) != 0;
}
