/* SPDX-License-Identifier: MIT */
/* Where an older raster with sidecars lies at the target: it is there as it was
 * until the new one is, whatever fails, and even if the process ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "ended_copy.h"
#include "fault_loop.h"
#include "folders.h"
#include "gtest_c.h"
#include "harness.h"

#define OLDER "/vsimem/publication_older"
#define NEWER "/vsimem/publication_newer"
#define OLDER_VRT "/vsimem/publication_older.vrt"
#define NEWER_VRT "/vsimem/publication_newer.vrt"
#define IN_MEMORY "/vsimem/publication"
#define SPY(size) "SPY:id=publication,pattern=noise,block=64x64," size
#define OLDER_SPY SPY("width=70,height=50")
#define NEWER_SPY SPY("width=200,height=160")

/* What is said beside the file, and what is not. */
#define WITH_SIDECARS "TFW=YES PROFILE=BASELINE"
#define COG_WITH_SIDECARS "LAYOUT=COG BLOCKSIZE=64 TFW=YES PROFILE=BASELINE"

/** Calls of the driver's, and whether a copy can do without. */
static const FaultLoop calls[] = {
    {.fault = "the target cannot be opened", .kind = FAULT_CALL_OPEN},
    {.fault = "the target cannot be written",
     .kind = FAULT_CALL_WRITE,
     .must_fail = true},
    {.fault = "the target cannot be flushed", .kind = FAULT_CALL_FLUSH},
    {.fault = "the target cannot be closed", .kind = FAULT_CALL_CLOSE},
    {.fault = "the target cannot be looked at", .kind = FAULT_CALL_STAT},
    {.fault = "a name cannot be taken",
     .kind = FAULT_CALL_RENAME,
     .must_fail = true},
    {.fault = "a replaced file cannot be deleted", .kind = FAULT_CALL_UNLINK},
    {.fault = "a file cannot have a second name", .kind = FAULT_CALL_LINK},
    {.fault = "a replaced target is not known to be on the disk",
     .kind = FAULT_SYNC,
     .must_fail = true},
};

/** Makes the older files, and a source for newer ones, which have all that the
 * older ones have. */
static bool make_older(void)
{
    copying_start();
    const bool ok =
        vrt_translate(OLDER_SPY, "-a_ullr 5 90 75 40 -mo SAID=before",
                      OLDER_VRT) &&
        vrt_translate(NEWER_SPY, "-a_ullr 0 160 200 0 -mo SAID=now", NEWER_VRT);
    VSIMkdir(OLDER, 0755);
    expect_copied("GTiff", OLDER_VRT, OLDER "/target.tif", WITH_SIDECARS);
    char **files = folder_files(OLDER);
    expect_int_eq(CSLCount(files), 3);
    CSLDestroy(files);
    return ok && !test_failed();
}

static void remove_older(void)
{
    folder_clear(OLDER);
    VSIUnlink(OLDER_VRT);
    VSIUnlink(NEWER_VRT);
}

static void run_calls(const char *folder, const char *source,
                      const char *options)
{
    const FaultLoop copy = {
        .source = source, .older = OLDER, .options = options};
    fault_loop_run_each(calls, COUNT_OF(calls), &copy, folder);
}

TEST_CASE(publication, a_failure_leaves_the_older_files_on_disk)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL && make_older());
    run_calls(folder, NEWER_VRT, WITH_SIDECARS " FSYNC=YES");
    run_calls(folder, NEWER_SPY, "FSYNC=YES");
    run_calls(folder, NEWER_VRT, COG_WITH_SIDECARS);
    remove_older();
    rmdir(folder);
}

TEST_CASE(publication, a_failure_leaves_the_older_files_in_memory)
{
    require(make_older());
    run_calls(IN_MEMORY, NEWER_VRT, WITH_SIDECARS);
    run_calls(IN_MEMORY, NEWER_SPY, "LAYOUT=COG BLOCKSIZE=64");
    remove_older();
}

TEST_CASE(publication, saying_stop_leaves_the_older_files)
{
    require(make_older());
    const FaultLoop loop = {.fault = "cancelled with an older target",
                            .kind = FAULT_PROGRESS,
                            .must_fail = true,
                            .source = NEWER_VRT,
                            .target = IN_MEMORY "/target.tif",
                            .older = OLDER,
                            .options = WITH_SIDECARS};
    fault_loop_run(&loop);
    remove_older();
}

TEST_CASE(publication, an_older_file_that_cannot_be_deleted_is_told_of)
{
    require(make_older());
    const FaultLoop loop = {.fault = "a replaced file can never be deleted",
                            .kind = FAULT_CALL_UNLINK,
                            .for_good = true,
                            .source = NEWER_SPY,
                            .target = IN_MEMORY "/target.tif",
                            .older = OLDER};
    fault_loop_run(&loop);
    remove_older();
}

/* --- The process ends ---------------------------------------------------- */

/** @return whether the files of @p folder that GDAL could take for a raster's
 * are those of @p expected; the others say whose they are */
static bool has_files_of(const char *folder, const char *expected)
{
    char **files = folder_files(folder), **wanted = folder_files(expected);
    int found = 0;
    bool same = true;
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        char path[NAME_NCHARS], like[NAME_NCHARS];
        const size_t length = strlen(files[i]);
        if (strstr(files[i], ".rowband-") != NULL && length > 4 &&
            strcmp(files[i] + length - 4, ".tmp") == 0)
            continue;
        folder_join(path, folder, files[i]);
        folder_join(like, expected, files[i]);
        same = same && files_have_same_bytes(path, like);
        found++;
    }
    same = same && found == CSLCount(wanted);
    CSLDestroy(files);
    CSLDestroy(wanted);
    return same;
}

static bool exists(const char *path)
{
    VSIStatBufL stat;
    return VSIStatL(path, &stat) == 0;
}

/** What was at the target after how many of the ends. */
typedef struct Ends {
    int older, none, newer;
} Ends;

/** Ends copies before each of their calls. */
static Ends end_everywhere(const char *folder, const char *source,
                           const char *options)
{
    char target[NAME_NCHARS];
    Ends ends = {.older = 0};
    bool ended = true;
    folder_join(target, folder, "target.tif");
    folder_clear(NEWER);
    folder_copy(OLDER, folder);
    expect_true(copy_keeping_target(source, target, options));
    folder_copy(folder, NEWER);
    for (int64_t nth = 1; ended && !test_failed(); nth++) {
        folder_clear(folder);
        folder_copy(OLDER, folder);
        test_context("%s to %s, %s: ended before call %lld", source, target,
                     options, (long long)nth);
        ended = copy_ending_at(nth, source, target, options);
        const bool older = has_files_of(folder, OLDER);
        const bool newer = has_files_of(folder, NEWER);
        ends.older += older;
        ends.newer += newer;
        ends.none += !exists(target);
        expect_true(older || newer || !exists(target));
        expect_true(ended || folder_has_same_bytes(folder, NEWER));
    }
    folder_clear(folder);
    folder_clear(NEWER);
    return ends;
}

TEST_CASE(publication, a_process_that_ends_leaves_one_raster_with_its_sidecars)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    SKIP_WHERE_THREADS_ARE_WATCHED;
    require(mkdtemp(folder) != NULL && make_older());
    const Ends with = end_everywhere(folder, NEWER_VRT, WITH_SIDECARS);
    const Ends cog = end_everywhere(folder, NEWER_VRT, COG_WITH_SIDECARS);
    /* Three are set aside, then three get their names: the first of these
     * calls finds the older files, the one after the last the newer. */
    expect_int_eq(with.none, 5);
    expect_int_eq(cog.none, 5);
    expect_true(with.older > 5 && cog.older > 5 && with.newer > 2);
    remove_older();
    rmdir(folder);
}

TEST_CASE(publication, without_sidecars_there_is_a_raster_at_any_moment)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    SKIP_WHERE_THREADS_ARE_WATCHED;
    require(mkdtemp(folder) != NULL && make_older());
    const Ends ends = end_everywhere(folder, NEWER_SPY, "NUM_THREADS=1");
    expect_int_eq(ends.none, 0);
    expect_true(ends.older > 3 && ends.newer > 1);
    remove_older();
    rmdir(folder);
}

/* --- What is not published ----------------------------------------------- */

/** Copies @p source over the older files. */
static void copy_with(const char *driver, const char *folder)
{
    char target[NAME_NCHARS];
    Copy copy = {.driver = driver,
                 .source = NEWER_SPY,
                 .target = target,
                 .options = "QUIET_DELETE_ON_CREATE_COPY=NO "
                            "@QUIET_DELETE_ON_CREATE_COPY=NO"};
    ErrorLog log;
    folder_join(target, folder, "target.tif");
    folder_copy(OLDER, folder);
    CPLSetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO");
    expect_true(copy_run(&copy, &log));
    CPLSetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", NULL);
}

TEST_CASE(publication, older_sidecars_that_are_not_replaced_stay_as_with_gtiff)
{
    static const char *const names[] = {"target.tfw", "target.tif.aux.xml"};
    require(make_older());
    copy_with("GTiff", NEWER);
    copy_with("ROWBAND", IN_MEMORY);
    for (int i = 0; i < COUNT_OF(names); i++) {
        char gtiff[NAME_NCHARS], ours[NAME_NCHARS];
        folder_join(gtiff, NEWER, names[i]);
        folder_join(ours, IN_MEMORY, names[i]);
        expect_same_files(ours, gtiff);
    }
    expect_pixels_of(NEWER_SPY, IN_MEMORY "/target.tif");
    folder_clear(NEWER);
    folder_clear(IN_MEMORY);
    remove_older();
}

static int CPL_STDCALL stop_at_the_end(double done, const char *message,
                                       void *user)
{
    (void)message;
    (void)user;
    return done < 1.0;
}

/** Copies without success. */
static void fail_to_copy(const char *source, const char *target)
{
    ErrorLog log;
    const Copy copy = {.source = source,
                       .target = target,
                       .options = WITH_SIDECARS,
                       .progress = stop_at_the_end};
    expect_true(!copy_run(&copy, &log));
}

TEST_CASE(publication, a_sidecar_that_is_a_link_stays_one_and_leads_to_the_same)
{
    char folder[] = "/tmp/rowband_XXXXXX", link_path[NAME_NCHARS];
    char end_path[NAME_NCHARS], target[NAME_NCHARS], name[NAME_NCHARS];
    require(mkdtemp(folder) != NULL && make_older());
    folder_join(target, folder, "target.tif");
    folder_join(link_path, folder, "target.tfw");
    folder_join(end_path, folder, "end.tfw");
    require(symlink("end.tfw", link_path) == 0);
    expect_copied("ROWBAND", OLDER_VRT, target, WITH_SIDECARS);
    expect_same_files(end_path, OLDER "/target.tfw");
    fail_to_copy(NEWER_VRT, target);
    expect_same_files(end_path, OLDER "/target.tfw");
    expect_int_eq(readlink(link_path, name, sizeof name), 7);
    folder_clear(folder);
    remove_older();
    rmdir(folder);
}
