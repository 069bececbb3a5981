/* SPDX-License-Identifier: MIT */
/** @file
 * Where VRTs are fuzzed: a folder in memory with the rasters that a VRT may
 * name, made by LLVMFuzzerInitialize(), and no drivers but those it needs.
 */
#ifndef ROWBAND_TESTS_FUZZ_VRT_SCENE_H
#define ROWBAND_TESTS_FUZZ_VRT_SCENE_H

#define FOLDER "/vsimem/fuzz/"
#define FUZZED FOLDER "fuzzed.vrt" /**< what a fuzzer has come up with */
#define RESULTS FOLDER "results"
#define TARGET RESULTS "/target.tif"

/** Writes a file of that name, or writes it anew. */
void vrt_scene_put(const char *name, const char *text);

#endif
