/* SPDX-License-Identifier: MIT */
/* Targets that are there and empty: they are written in place, for whoever has
 * them open, and are empty again after a failure. And targets that are somebody
 * else's meanwhile. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cpl_string.h>
#include <cpl_vsi.h>

#include "ended_copy.h"
#include "fault_loop.h"
#include "folders.h"
#include "gtest_c.h"
#include "harness.h"
#include "output_file.h"
#include "publication.h"

#define EMPTY "/vsimem/targets_empty"
#define NEWER "/vsimem/targets_newer"
#define NEWER_VRT "/vsimem/targets_newer.vrt"
#define IN_MEMORY "/vsimem/targets"
#define SPY(size) "SPY:id=targets,pattern=noise,block=64x64," size
#define NEWER_SPY SPY("width=200,height=160")

#define WITH_SIDECARS "TFW=YES PROFILE=BASELINE"
#define COG_WITH_SIDECARS "LAYOUT=COG BLOCKSIZE=64 TFW=YES PROFILE=BASELINE"

static const FaultLoop calls[] = {
    {.fault = "an empty target cannot be opened", .kind = FAULT_CALL_OPEN},
    {.fault = "an empty target cannot be written",
     .kind = FAULT_CALL_WRITE,
     .must_fail = true},
    {.fault = "an empty target cannot be flushed", .kind = FAULT_CALL_FLUSH},
    {.fault = "an empty target cannot be closed", .kind = FAULT_CALL_CLOSE},
    {.fault = "an empty target cannot be looked at", .kind = FAULT_CALL_STAT},
    {.fault = "a name beside an empty target cannot be taken",
     .kind = FAULT_CALL_RENAME},
    {.fault = "a file beside an empty target cannot be deleted",
     .kind = FAULT_CALL_UNLINK},
    {.fault = "an empty target is not known to be on the disk",
     .kind = FAULT_SYNC,
     .must_fail = true},
    {.fault = "cancelled with an empty target",
     .kind = FAULT_PROGRESS,
     .must_fail = true},
};

static void make_file(const char *folder, const char *name, const char *content)
{
    char path[NAME_NCHARS];
    folder_join(path, folder, name);
    VSILFILE *file = VSIFOpenL(path, "wb");
    if (*content != '\0')
        VSIFWriteL(content, 1, strlen(content), file);
    VSIFCloseL(file);
}

/** A folder with an empty target, and a sidecar that is somebody's. */
static bool make_empty(void)
{
    copying_start();
    VSIMkdir(EMPTY, 0755);
    make_file(EMPTY, "target.tif", "");
    make_file(EMPTY, "target.tfw", "1\n0\n0\n-1\n0.5\n0.5\n");
    return vrt_translate(NEWER_SPY, "-a_ullr 0 160 200 0 -mo SAID=now",
                         NEWER_VRT);
}

static void remove_empty(void)
{
    folder_clear(EMPTY);
    VSIUnlink(NEWER_VRT);
}

static void run_calls(const char *folder, const char *source,
                      const char *options, bool create)
{
    const FaultLoop copy = {
        .source = source, .older = EMPTY, .options = options, .create = create};
    fault_loop_run_each(calls, COUNT_OF(calls), &copy, folder);
}

TEST_CASE(targets, a_failure_leaves_an_empty_file_empty_on_disk)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL && make_empty());
    run_calls(folder, NEWER_VRT, WITH_SIDECARS " FSYNC=YES", false);
    run_calls(folder, NEWER_SPY, "FSYNC=YES", false);
    run_calls(folder, NEWER_VRT, COG_WITH_SIDECARS, false);
    remove_empty();
    rmdir(folder);
}

TEST_CASE(targets, a_failure_leaves_an_empty_file_empty_in_memory)
{
    require(make_empty());
    run_calls(IN_MEMORY, NEWER_VRT, WITH_SIDECARS, false);
    run_calls(IN_MEMORY, NEWER_SPY, "LAYOUT=COG BLOCKSIZE=64", false);
    remove_empty();
}

TEST_CASE(targets, a_failure_of_create_leaves_an_empty_file_empty)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL && make_empty());
    run_calls(folder, NEWER_SPY, NULL, true);
    run_calls(IN_MEMORY, NEWER_SPY, "LAYOUT=COG BLOCKSIZE=64", true);
    remove_empty();
    rmdir(folder);
}

/* --- The process ends ---------------------------------------------------- */

static bool is_raster(const char *path)
{
    ErrorLog log;
    error_log_begin(&log);
    const GDALDatasetH raster = GDALOpen(path, GA_ReadOnly);
    error_log_end();
    if (raster != NULL)
        GDALClose(raster);
    return raster != NULL;
}

/** Expects the raster and the sidecars that the whole copy has. */
static void expect_newer(const char *folder)
{
    char **wanted = folder_files(NEWER);
    for (int i = 0; wanted != NULL && wanted[i] != NULL; i++) {
        char path[NAME_NCHARS], like[NAME_NCHARS];
        folder_join(path, folder, wanted[i]);
        folder_join(like, NEWER, wanted[i]);
        expect_same_files(path, like);
    }
    CSLDestroy(wanted);
}

static void end_everywhere(const char *folder, const char *options)
{
    char target[NAME_NCHARS];
    bool ended = true;
    int none = 0, newer = 0;
    folder_join(target, folder, "target.tif");
    folder_copy(EMPTY, folder);
    expect_true(copy_keeping_target(NEWER_VRT, target, options));
    folder_copy(folder, NEWER);
    for (int64_t nth = 1; ended && !test_failed(); nth++) {
        folder_clear(folder);
        folder_copy(EMPTY, folder);
        test_context("%s: ended before call %lld", options, (long long)nth);
        ended = copy_ending_at(nth, NEWER_VRT, target, options);
        const bool raster = is_raster(target);
        none += !raster;
        newer += raster;
        if (raster)
            expect_newer(folder);
        expect_true(ended || raster);
    }
    expect_true(none > 5 && newer > 1);
    folder_clear(folder);
    folder_clear(NEWER);
}

TEST_CASE(targets, a_process_that_ends_leaves_no_raster_in_an_empty_file)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    SKIP_WHERE_THREADS_ARE_WATCHED;
    require(mkdtemp(folder) != NULL && make_empty());
    end_everywhere(folder, WITH_SIDECARS);
    end_everywhere(folder, COG_WITH_SIDECARS);
    remove_empty();
    rmdir(folder);
}

/* --- Two at once --------------------------------------------------------- */

/** A file that is written, and has yet to take its name. */
typedef struct Writer {
    Publication *publication;
    OutputFile *file;
    Status status;
} Writer;

static void writer_begin(Writer *writer, const char *path)
{
    *writer = (Writer){.status = {.code = STATUS_OK}};
    writer->publication = publication_new(path, false, &writer->status);
    writer->file = output_file_open(publication_raster(writer->publication), 8,
                                    &writer->status);
    require(writer->file != NULL);
}

static void writer_finish(Writer *writer, const char *content)
{
    expect_true(output_file_append(writer->file, content, strlen(content),
                                   &writer->status));
    expect_true(
        output_file_set_header(writer->file, "a header", &writer->status));
    expect_true(output_file_close(writer->file, &writer->status));
    expect_true(publication_take_names(writer->publication, &writer->status));
}

static void expect_content(const char *path, const char *content)
{
    Bytes bytes = bytes_of_file(path);
    expect_int_eq((int)bytes.nbytes, (int)strlen(content));
    if (bytes.nbytes == strlen(content))
        expect_mem_eq(bytes.data, content, bytes.nbytes);
    bytes_free(&bytes);
}

/** @param older what is there before, or NULL
 * @param sidecar whether there is one, so that the older file goes aside */
static void replaced_before_it_fails(const char *folder, const char *older,
                                     bool sidecar)
{
    char path[NAME_NCHARS], other[NAME_NCHARS];
    Writer writer;
    folder_join(path, folder, "target.tif");
    folder_join(other, folder, "other");
    test_context("%s with %s, %d", folder, older != NULL ? older : "nothing",
                 sidecar);
    if (older != NULL)
        make_file(folder, "target.tif", older);
    writer_begin(&writer, path);
    if (sidecar)
        expect_true(publication_add_sidecar(writer.publication, "target.tfw",
                                            "ours", 4, &writer.status));
    writer_finish(&writer, "ours");
    make_file(folder, "other", "somebody else's");
    expect_int_eq(VSIRename(other, path), 0);
    publication_free(writer.publication);
    expect_content(path, "somebody else's");
    char **left = folder_files(folder);
    expect_int_eq(CSLCount(left), 1);
    CSLDestroy(left);
    folder_clear(folder);
}

TEST_CASE(targets, what_somebody_else_put_there_is_not_deleted)
{
    static const char *const older[] = {NULL, "", "what was there before"};
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL);
    VSIMkdir(IN_MEMORY, 0755);
    for (int i = 0; i < 2 * COUNT_OF(older); i++) {
        replaced_before_it_fails(folder, older[i / 2], i % 2);
        replaced_before_it_fails(IN_MEMORY, older[i / 2], i % 2);
    }
    rmdir(folder);
}

/** The second finds an empty file that the first writes to. */
static void second_ends_first(const char *folder, bool first_fails)
{
    char path[NAME_NCHARS];
    Writer first, second;
    folder_join(path, folder, "target.tif");
    test_context("%s, %d", folder, first_fails);
    make_file(folder, "target.tif", "");
    writer_begin(&first, path);
    writer_begin(&second, path);
    writer_finish(&second, "the second's");
    publication_keep(second.publication);
    publication_free(second.publication);
    expect_content(path, "a headerthe second's");
    if (first_fails)
        output_file_discard(first.file);
    else {
        /* As long as the second's. */
        const char content[] = "the first's.";
        expect_true(output_file_append(first.file, content, strlen(content),
                                       &first.status));
        expect_true(
            output_file_set_header(first.file, "a header", &first.status));
        expect_true(output_file_close(first.file, &first.status));
        expect_true(!publication_take_names(first.publication, &first.status));
        expect_int_eq(first.status.code, STATUS_IO);
    }
    publication_free(first.publication);
    expect_content(path, "a headerthe second's");
    folder_clear(folder);
}

TEST_CASE(targets, two_that_find_one_empty_file_do_not_write_into_each_other)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL);
    VSIMkdir(IN_MEMORY, 0755);
    for (int fails = 0; fails < 2; fails++) {
        second_ends_first(folder, fails);
        second_ends_first(IN_MEMORY, fails);
    }
    rmdir(folder);
}

/* --- In the way ---------------------------------------------------------- */

TEST_CASE(targets, a_file_is_made_with_the_rights_of_the_one_it_replaces)
{
    char folder[] = "/tmp/rowband_XXXXXX", path[NAME_NCHARS];
    struct stat made = {.st_mode = 0};
    Writer writer;
    require(mkdtemp(folder) != NULL);
    folder_join(path, folder, "target.tif");
    make_file(folder, "target.tif", "what was there before");
    require(chmod(path, 0600) == 0);
    writer_begin(&writer, path);
    /* While it is written, too: nobody reads what they may not. */
    expect_int_eq(stat(publication_raster(writer.publication)->path, &made), 0);
    expect_int_eq(made.st_mode & 07777, 0600);
    output_file_discard(writer.file);
    publication_free(writer.publication);
    expect_content(path, "what was there before");
    folder_clear(folder);
    rmdir(folder);
}
