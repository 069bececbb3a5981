/* SPDX-License-Identifier: MIT */
#include "open_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where Linux lists the descriptors of a process. */
#define DESCRIPTORS "/proc/self/fd"

/* What Linux adds to the name of a file that has none any more. */
static const char deleted[] = " (deleted)";

/* The kernel's longest path, with the above. */
enum { LINK_NCHARS = 4096 + sizeof deleted };

bool file_id_of(const char *path, FileId *id)
{
    struct stat stat_of;
    if (stat(path, &stat_of) != 0 || !S_ISREG(stat_of.st_mode))
        return false;
    *id = (FileId){stat_of.st_dev, stat_of.st_ino};
    return true;
}

bool file_id_equal(const FileId *a, const FileId *b)
{
    return a->device == b->device && a->number == b->number;
}

/** What the descriptor with that name leads to.
 * @return false if the system does not tell */
static bool read_link(int folder, const char *name, char *link)
{
    const ssize_t read = readlinkat(folder, name, link, LINK_NCHARS - 1);
    if (read > 0)
        link[read] = '\0';
    return read > 0;
}

/** @return whether the descriptor with that name is open on @p wanted */
static bool is_open_on(int folder, const char *name, const FileId *wanted)
{
    struct stat stat_of;
    if (fstatat(folder, name, &stat_of, 0) != 0)
        return false;
    const FileId id = {stat_of.st_dev, stat_of.st_ino};
    return file_id_equal(&id, wanted);
}

/** @return the folder's next name, or NULL at its end; no other thread reads
 * the same folder (POSIX.1-2024, readdir()) */
static const char *next_name(DIR *folder)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct dirent *entry = readdir(folder);
    return entry != NULL ? entry->d_name : NULL;
}

/** Looks for a descriptor that is open on a file.
 * @param[out] path its real name */
static bool find(DIR *folder, const FileId *wanted, char *path)
{
    const char *name;
    while ((name = next_name(folder)) != NULL)
        if (is_open_on(dirfd(folder), name, wanted) &&
            read_link(dirfd(folder), name, path))
            return true;
    return false;
}

/** @return whether one is open on a deleted file of that name */
static bool find_deleted(DIR *folder, const char *path)
{
    const size_t length = strlen(path);
    const char *name;
    char link[LINK_NCHARS];
    rewinddir(folder);
    while ((name = next_name(folder)) != NULL)
        if (read_link(dirfd(folder), name, link) &&
            strncmp(link, path, length) == 0 &&
            strcmp(link + length, deleted) == 0)
            return true;
    return false;
}

bool open_files_have(const char *path)
{
    FileId wanted;
    char real[LINK_NCHARS];
    DIR *folder = file_id_of(path, &wanted) ? opendir(DESCRIPTORS) : NULL;
    const bool found = folder != NULL && find(folder, &wanted, real) &&
                       !find_deleted(folder, real);
    if (folder != NULL)
        closedir(folder);
    return found;
}
