/* SPDX-License-Identifier: MIT */
#include "publication.h"

#include <stdlib.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "durable.h"

struct Publication {
    char *folder; /**< where the sidecars go: beside a link, if the target is
                       one, for that is where GDAL looks for them */
    bool durable;
    bool kept;
    StagedFile **files; /**< the raster first */
    int count;
};

/** @return NULL with STATUS_NO_MEMORY */
static StagedFile *add_file(Publication *publication, const char *path,
                            StagedWhere where, Status *status)
{
    const size_t count = (size_t)publication->count + 1;
    StagedFile *file = malloc(sizeof *file);
    StagedFile **files = realloc(publication->files, count * sizeof(void *));
    if (files != NULL)
        publication->files = files;
    if (file == NULL || files == NULL) {
        free(file);
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    staged_file_init(file, path, where);
    publication->files[publication->count++] = file;
    return file;
}

Publication *publication_new(const char *target, bool durable, Status *status)
{
    Publication *publication = calloc(1, sizeof *publication);
    if (publication == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    publication->folder = CPLStrdup(CPLGetPath(target));
    publication->durable = durable;
    if (add_file(publication, target, STAGED_UNLESS_EMPTY, status) != NULL)
        return publication;
    publication_free(publication);
    return NULL;
}

StagedFile *publication_raster(Publication *publication)
{
    return publication->files[0];
}

/** What a sidecar is made of: bytes, or a file. */
typedef struct Content {
    const void *data;
    size_t nbytes;
    const char *path; /**< NULL: bytes */
} Content;

static bool append_file(Appender *out, const char *path, Status *status)
{
    uint8_t piece[1 << 14];
    VSILFILE *from = VSIFOpenL(path, "rb");
    if (from == NULL)
        return status_fail(status, STATUS_IO, "cannot open %s", path);
    /* However the process ends, it is gone. */
    VSIUnlink(path);
    bool ok = true;
    size_t nbytes = sizeof piece;
    while (ok && nbytes == sizeof piece) {
        nbytes = VSIFReadL(piece, 1, sizeof piece, from);
        ok = appender_append(out, piece, nbytes, status);
    }
    if (ok && !VSIFEofL(from))
        ok = status_fail(status, STATUS_IO, "cannot read all of %s", path);
    (void)VSIFCloseL(from);
    return ok;
}

static bool write_whole(StagedFile *file, const Content *content,
                        Status *status)
{
    Appender out;
    if (!staged_file_create(file, &out, status))
        return false;
    const bool written =
        (content->path != NULL
             ? append_file(&out, content->path, status)
             : appender_append(&out, content->data, content->nbytes, status)) &&
        appender_flush(&out, status);
    const bool ended = staged_file_end(file, &out, written, status);
    CPLFree(out.path);
    return ended;
}

static bool add_sidecar(Publication *publication, const char *name,
                        const Content *content, Status *status)
{
    char *path = CPLStrdup(CPLFormFilename(publication->folder, name, NULL));
    StagedFile *file = add_file(publication, path, STAGED_IF_POSSIBLE, status);
    CPLFree(path);
    return file != NULL && write_whole(file, content, status);
}

bool publication_add_sidecar(Publication *publication, const char *name,
                             const void *data, size_t nbytes, Status *status)
{
    const Content content = {.data = data, .nbytes = nbytes};
    return add_sidecar(publication, name, &content, status);
}

bool publication_add_sidecar_of_file(Publication *publication, const char *name,
                                     const char *path, Status *status)
{
    const Content content = {.path = path};
    return add_sidecar(publication, name, &content, status);
}

static bool sync_files(const Publication *publication, Status *status)
{
    bool ok = true;
    for (int i = 0; publication->durable && ok && i < publication->count; i++)
        ok = durable_sync(publication->files[i]->path, status);
    return ok;
}

/** All of one folder, unless there are links. */
static bool sync_folders(const Publication *publication, Status *status)
{
    bool ok = true;
    for (int i = 0; publication->durable && ok && i < publication->count; i++)
        ok = durable_sync(CPLGetDirname(publication->files[i]->name), status);
    return ok;
}

static bool keep_older_files(Publication *publication, Status *status)
{
    const KeepOlder how = publication->count > 1 ? KEEP_ASIDE : KEEP_IN_PLACE;
    bool ok = true;
    for (int i = 0; ok && i < publication->count; i++)
        ok = staged_file_keep_older(publication->files[i], how, status);
    return ok;
}

static bool place_sidecars(Publication *publication, Status *status)
{
    bool ok = true;
    for (int i = 1; ok && i < publication->count; i++)
        ok = staged_file_place(publication->files[i], status);
    /* A file system may keep renames in another order than this one. */
    return ok && (publication->count == 1 || sync_folders(publication, status));
}

/** First of all the new raster goes, last of all the older one comes. */
static void roll_back(Publication *publication)
{
    for (int i = 0; i < publication->count; i++)
        staged_file_discard(publication->files[i]);
    for (int i = publication->count - 1; i >= 0; i--)
        staged_file_put_older_back(publication->files[i]);
}

bool publication_take_names(Publication *publication, Status *status)
{
    StagedFile *raster = publication->files[0];
    return sync_files(publication, status) &&
           keep_older_files(publication, status) &&
           place_sidecars(publication, status) &&
           staged_file_place(raster, status) &&
           /* In place, it got its header only now. */
           (!publication->durable || !raster->in_place ||
            durable_sync(raster->path, status)) &&
           sync_folders(publication, status);
}

void publication_keep(Publication *publication)
{
    publication->kept = true;
    for (int i = 0; i < publication->count; i++)
        (void)staged_file_drop_older(publication->files[i]);
}

/** Tries once more to delete what could not be. */
static void warn_of_older_files(Publication *publication)
{
    for (int i = 0; i < publication->count; i++) {
        StagedFile *file = publication->files[i];
        if (!staged_file_drop_older(file))
            CPLError(CE_Warning, CPLE_FileIO,
                     "ROWBAND: %s, which is the older %s, cannot be deleted",
                     file->older, file->name);
    }
}

void publication_free(Publication *publication)
{
    if (publication == NULL)
        return;
    if (publication->kept)
        warn_of_older_files(publication);
    else
        roll_back(publication);
    for (int i = 0; i < publication->count; i++) {
        staged_file_free(publication->files[i]);
        free(publication->files[i]);
    }
    CPLFree(publication->folder);
    free(publication->files);
    free(publication);
}
