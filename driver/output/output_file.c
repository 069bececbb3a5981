/* SPDX-License-Identifier: MIT */
#include "output_file.h"

#include <stdlib.h>
#include <string.h>

#include "appender.h"
#include "cpl_conv.h"
#include "target.h"

enum { HEADER_NBYTES_MAX = STAGED_FILE_HEADER_NBYTES_MAX };

struct OutputFile {
    StagedFile *file;
    Appender out;
    bool can_seek;
    bool has_header;
    size_t header_nbytes;
    uint8_t header[HEADER_NBYTES_MAX];
};

OutputFile *output_file_open(StagedFile *file, size_t header_nbytes,
                             Status *status)
{
    static const uint8_t no_header[HEADER_NBYTES_MAX] = {0};
    OutputFile *output = calloc(1, sizeof *output);
    if (output == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    output->header_nbytes = header_nbytes;
    output->can_seek = target_can_seek(file->name);
    output->file = file;
    if (!staged_file_create(file, &output->out, status)) {
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
    if (output->file->in_place) {
        staged_file_set_header(output->file, output->header,
                               output->header_nbytes);
        return true;
    }
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

static void output_file_free(OutputFile *output)
{
    CPLFree(output->out.path);
    free(output);
}

bool output_file_close(OutputFile *output, Status *status)
{
    const bool written =
        appender_flush(&output->out, status) && write_header(output, status);
    const bool ok =
        staged_file_end(output->file, &output->out, written, status) &&
        check_length(output, status);
    output_file_free(output);
    return ok;
}

void output_file_discard(OutputFile *output)
{
    if (output == NULL)
        return;
    staged_file_give_up(output->file, &output->out);
    output_file_free(output);
}
