/* SPDX-License-Identifier: MIT */
/** @file
 * VRTs that a fuzzer chooses: XML with all that GDAL's VRTs may hold, in most
 * places what makes sense, and now and then what does not.
 */
#ifndef ROWBAND_TESTS_FUZZ_VRT_TEXT_H
#define ROWBAND_TESTS_FUZZ_VRT_TEXT_H

#include "input.h"

/** @return the XML, to be freed by free() */
char *vrt_text_from(Input *in);

#endif
