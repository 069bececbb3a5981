/* SPDX-License-Identifier: MIT */
/* A fuzzer without a fuzzer: main() that gives it inputs which are there, those
 * committed or one that a fuzzer has found, with any compiler.
 *
 * usage: replay_NAME FILE_OR_FOLDER... */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { INPUT_NBYTES_MAX = 1 << 20, PATH_NCHARS = 4096 };

/** @return false, having said why */
static bool refuse(const char *path, const char *why)
{
    fprintf(stderr, "replay: %s: %s\n", path, why);
    return false;
}

/** The input has memory of its own size, so that what is read beyond it is
 * found by AddressSanitizer. */
static bool replay_bytes(const char *path, const uint8_t *bytes, size_t nbytes)
{
    uint8_t *input = malloc(nbytes > 0 ? nbytes : 1);
    if (input == NULL)
        return refuse(path, "no memory");
    memcpy(input, bytes, nbytes);
    /* Before: what crashes has been named. */
    printf("%s: %zu bytes\n", path, nbytes);
    fflush(stdout);
    LLVMFuzzerTestOneInput(input, nbytes);
    free(input);
    return true;
}

static bool replay_file(const char *path, int *count)
{
    static uint8_t bytes[INPUT_NBYTES_MAX + 1];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return refuse(path, strerror(errno));
    const size_t nbytes = fread(bytes, 1, sizeof bytes, file);
    const bool ok = ferror(file) == 0;
    fclose(file);
    if (!ok)
        return refuse(path, "cannot be read");
    if (nbytes > INPUT_NBYTES_MAX)
        return refuse(path, "longer than any input");
    ++*count;
    return replay_bytes(path, bytes, nbytes);
}

static bool replay_folder(const char *path, DIR *folder, int *count)
{
    bool ok = true;
    for (const struct dirent *entry; ok && (entry = readdir(folder)) != NULL;) {
        char inside[PATH_NCHARS];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        ok = replay_file(inside, count);
    }
    return ok;
}

static bool replay(const char *path, int *count)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return replay_file(path, count);
    const bool ok = replay_folder(path, folder, count);
    closedir(folder);
    return ok;
}

int main(int argc, char **argv)
{
    int count = 0;
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (!replay(argv[i], &count))
            return EXIT_FAILURE;
    }
    if (count == 0) {
        fprintf(stderr, "usage: %s FILE_OR_FOLDER...: no input\n", argv[0]);
        return EXIT_FAILURE;
    }
    printf("replay: %d inputs\n", count);
    return EXIT_SUCCESS;
}
