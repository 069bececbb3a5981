/* SPDX-License-Identifier: MIT */
/** @file
 * What those who write and those who read LZW have to agree on (TIFF 6.0
 * section 13).
 */
#ifndef ROWBAND_LZW_CODES_H
#define ROWBAND_LZW_CODES_H

enum {
    CODE_CLEAR = 256,
    CODE_END = 257,
    CODE_FIRST = 258, /**< the first that stands for a string */
    CODE_LAST = 4093, /**< the table is cleared when this one is given away, as
                           libtiff does, one before it must be */
    BITS_LEAST = 9
};

#endif
