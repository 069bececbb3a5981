/* SPDX-License-Identifier: MIT */
#include "folders.h"

#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

char **folder_files(const char *folder)
{
    char **all = VSIReadDir(folder);
    char **files = NULL;
    for (int i = 0; all != NULL && all[i] != NULL; i++)
        if (strcmp(all[i], ".") != 0 && strcmp(all[i], "..") != 0)
            files = CSLAddString(files, all[i]);
    CSLDestroy(all);
    return files;
}

void folder_join(char *path, const char *folder, const char *name)
{
    CPLStrlcpy(path, folder, NAME_NCHARS);
    CPLStrlcat(path, "/", NAME_NCHARS);
    CPLStrlcat(path, name, NAME_NCHARS);
}

void folder_clear(const char *folder)
{
    char **files = folder_files(folder);
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        char path[NAME_NCHARS];
        folder_join(path, folder, files[i]);
        VSIUnlink(path);
    }
    CSLDestroy(files);
}

void folder_copy(const char *from_folder, const char *to_folder)
{
    char **files = folder_files(from_folder);
    VSIMkdir(to_folder, 0755);
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        char from[NAME_NCHARS], to[NAME_NCHARS];
        folder_join(from, from_folder, files[i]);
        folder_join(to, to_folder, files[i]);
        expect_int_eq(CPLCopyFile(to, from), 0);
    }
    CSLDestroy(files);
}

bool files_have_same_bytes(const char *path, const char *expected)
{
    Bytes bytes = bytes_of_file(path), wanted = bytes_of_file(expected);
    const bool same = bytes.data != NULL && wanted.data != NULL &&
                      bytes.nbytes == wanted.nbytes &&
                      memcmp(bytes.data, wanted.data, bytes.nbytes) == 0;
    bytes_free(&bytes);
    bytes_free(&wanted);
    return same;
}

bool folder_has_same_bytes(const char *folder, const char *expected)
{
    char **files = folder_files(folder), **wanted = folder_files(expected);
    bool same = CSLCount(files) == CSLCount(wanted);
    for (int i = 0; same && files != NULL && files[i] != NULL; i++) {
        char path[NAME_NCHARS], like[NAME_NCHARS];
        folder_join(path, folder, files[i]);
        folder_join(like, expected, files[i]);
        same = files_have_same_bytes(path, like);
    }
    CSLDestroy(files);
    CSLDestroy(wanted);
    return same;
}
