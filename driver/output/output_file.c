/* SPDX-License-Identifier: MIT */
#include "output_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appender.h"
#include "cpl_conv.h"
#include "durable.h"
#include "target.h"

enum { HEADER_NBYTES_MAX = 64 };

struct OutputFile {
    Appender out; /**< its path is target's until the file is whole, or a name
                     beside it */
    char *target; /**< where links to it lead */
    bool can_seek;
    bool durable;
    bool has_header;
    size_t header_nbytes;
    uint8_t header[HEADER_NBYTES_MAX];
};

OutputFile *output_file_open(const char *target, size_t header_nbytes,
                             bool durable, Status *status)
{
    static const uint8_t no_header[HEADER_NBYTES_MAX] = {0};
    OutputFile *output = calloc(1, sizeof *output);
    if (output == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    output->header_nbytes = header_nbytes;
    output->durable = durable;
    output->can_seek = target_can_seek(target);
    output->target = target_end_of_links(target);
    char *name = target_name_until_whole(output->target);
    const bool ok = appender_begin(&output->out, name, "wb", status);
    CPLFree(name);
    if (!ok) {
        CPLFree(output->target);
        free(output);
        return NULL;
    }
    if (output->can_seek &&
        !output_file_append(output, no_header, header_nbytes, status)) {
        output_file_discard(output);
        return NULL;
    }
    return output;
}

bool output_file_can_seek(const OutputFile *output)
{
    return output->can_seek;
}

bool output_file_set_header(void *user, const void *header, Status *status)
{
    OutputFile *output = user;
    if (!output->can_seek)
        return output_file_append(output, header, output->header_nbytes,
                                  status);
    memcpy(output->header, header, output->header_nbytes);
    output->has_header = true;
    return true;
}

bool output_file_append(void *user, const void *data, size_t nbytes,
                        Status *status)
{
    OutputFile *output = user;
    return appender_append(&output->out, data, nbytes, status);
}

static bool write_header(OutputFile *output, Status *status)
{
    Appender *out = &output->out;
    if (!output->has_header)
        return true;
    /* What precedes must be on its way before the header makes it valid. */
    if (VSIFFlushL(out->file) != 0 || VSIFSeekL(out->file, 0, SEEK_SET) != 0)
        return status_fail(status, STATUS_IO,
                           "cannot go back to the beginning of %s", out->path);
    return appender_write(out, output->header, output->header_nbytes, status);
}

/** A full disk may have gone unnoticed until now. */
static bool check_length(const OutputFile *output, Status *status)
{
    VSIStatBufL stat;
    return !output->can_seek ||
           (VSIStatL(output->out.path, &stat) == 0 &&
            (uint64_t)stat.st_size == output->out.position) ||
           status_fail(status, STATUS_IO,
                       "%s is not as long as what was written to it",
                       output->out.path);
}

static bool is_staged(const OutputFile *output)
{
    return strcmp(output->out.path, output->target) != 0;
}

/** Gives the whole file its name. */
static bool publish(const OutputFile *output, Status *status)
{
    const char *path = output->out.path;
    if (output->durable && !durable_sync(path, status))
        return false;
    if (is_staged(output) && VSIRename(path, output->target) != 0)
        return status_fail(status, STATUS_IO, "cannot rename %s to it: %s",
                           path, VSIStrerror(errno));
    if (!output->durable || durable_sync(CPLGetDirname(output->target), status))
        return true;
    target_delete(output->target);
    return false;
}

static void output_file_free(OutputFile *output)
{
    CPLFree(output->target);
    CPLFree(output->out.path);
    free(output);
}

bool output_file_close(OutputFile *output, Status *status)
{
    const bool written =
        appender_flush(&output->out, status) && write_header(output, status);
    const bool closed = appender_close(&output->out, status);
    const bool ok = written && closed && check_length(output, status) &&
                    publish(output, status);
    if (!ok)
        target_delete(output->out.path);
    output_file_free(output);
    return ok;
}

void output_file_discard(OutputFile *output)
{
    if (output == NULL)
        return;
    Status ignored = {.code = STATUS_OK};
    (void)appender_close(&output->out, &ignored);
    target_delete(output->out.path);
    output_file_free(output);
}
