/* SPDX-License-Identifier: MIT */
/* same_file.h: names that lead to one file. What copies make of them is tested
 * by autotest/gdrivers/faults_same_file.py. */
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "copying.h"
#include "gtest_c.h"
#include "same_file.h"

#define FOLDER "/vsimem/same_file"
#define IT FOLDER "/it.bin"

static const char *const same[] = {
    IT,
    "/vsizip/" IT "/in/a.tif",
    "/vsizip/{" IT "}/in/a.tif",
    "/vsitar/" IT "/a.tif",
    "/vsigzip/" IT,
    "/vsi7z/" IT "/a.tif",
    "/vsirar/" IT "/a.tif",
    "/vsisubfile/10_20," IT,
    "/vsicrypt/" IT,
    "/vsicrypt/key=secret,file=" IT,
    "/vsisubfile/10_20,/vsizip/{/vsigzip/" IT "}/a.tif",
};

static const char *const others[] = {
    FOLDER "/other.bin", "/vsizip/" FOLDER "/other.bin/it.bin", "it.bin",
    "/vsistdin/", "/vsisubfile/10_20"};

TEST_CASE(same_file, is_found_inside_of_names)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    VSIFCloseL(VSIFOpenL(IT, "wb"));
    VSIFCloseL(VSIFOpenL(FOLDER "/other.bin", "wb"));
    for (int i = 0; i < COUNT_OF(same); i++) {
        test_context("%s", same[i]);
        expect_true(same_file(IT, same[i]));
    }
    for (int i = 0; i < COUNT_OF(others); i++) {
        test_context("%s", others[i]);
        expect_true(!same_file(IT, others[i]));
    }
    VSIUnlink(IT);
    /* What is not there is not lost. */
    expect_true(!same_file(IT, IT));
    VSIRmdirRecursive(FOLDER);
}
