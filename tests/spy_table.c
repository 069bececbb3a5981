/* SPDX-License-Identifier: MIT */
/* Prints, as a table in Markdown, how often ROWBAND and GDAL's own drivers
 * decode each block of sources of many kinds, and how much memory they take.
 *
 *     rowband_spy_table [WORD]                  all of them, or those whose
 *                                               names hold WORD
 *     rowband_spy_table --rowband-only [WORD]   without the other drivers
 *
 * Every copy is made in a process of its own. The exit status is 1 if ROWBAND
 * decodes a block more than once, or its pixels are not GTiff's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "copying.h"
#include "scenarios.h"

typedef struct Contender {
    const char *driver;
    const char *options;
    const char *tiles; /**< where the scenario says nothing of the layout */
    bool any_layout;   /**< can do other layouts than tiles */
} Contender;

#define TIFF_TILES "TILED=YES BLOCKXSIZE=512 BLOCKYSIZE=512"

/* COG has one thread because GDAL 3.6's waits for itself for ever where tiles
 * of overviews do not fit the block cache. */
static const Contender contenders[] = {
    {"ROWBAND", "COMPRESS=DEFLATE ZLEVEL=1 NUM_THREADS=2 BUDGET=64M",
     TIFF_TILES, true},
    {"GTiff", "COMPRESS=DEFLATE ZLEVEL=1 NUM_THREADS=2 BIGTIFF=IF_SAFER",
     TIFF_TILES, true},
    {"COG", "COMPRESS=DEFLATE LEVEL=1 NUM_THREADS=1 BIGTIFF=IF_SAFER",
     "BLOCKSIZE=512", false},
};

enum { ROWBAND, GTIFF, CONTENDERS = COUNT_OF(contenders) };

/** Seconds after which a copy counts as failed. */
enum { PATIENCE_S = 900 };

/** Of the block cache, in MB; 0: GDAL's default. */
static const int caches_mb[] = {1, 64, 0};

/** What a copy came to. */
typedef struct Outcome {
    bool ok;
    int64_t decodes, distinct;
    int64_t peak_kb; /**< growth of resident memory */
} Outcome;

/** A line of /proc/self/status, in kB; 0 if there is none. */
static int64_t status_kb(const char *key)
{
    char line[256];
    int64_t value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtoll(line + strlen(key), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

/** Has the kernel forget the peak of resident memory so far. */
static void reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL)
        return;
    fputs("5", file);
    fclose(file);
}

static Outcome copy_here(const Scenario *scenario, const Contender *contender,
                         int cache_mb, const char *target)
{
    Outcome outcome = {false, 0, 0, 0};
    char source[NAME_NCHARS], options[NAME_NCHARS];
    ErrorLog log;
    copying_start();
    if (!scenario_make(scenario, source))
        return outcome;
    snprintf(options, sizeof options, "%s %s", contender->options,
             scenario->layout != NULL ? scenario->layout : contender->tiles);
    const Copy copy = {.driver = contender->driver,
                       .source = source,
                       .target = target,
                       .options = options};
    if (cache_mb > 0)
        GDALSetCacheMax64((GIntBig)cache_mb << 20);
    scenario_reset_counts();
    const int64_t before_kb = status_kb("VmRSS:");
    reset_peak();
    outcome.ok = copy_run(&copy, &log);
    outcome.peak_kb = status_kb("VmHWM:") - before_kb;
    const SpyCounts counts = scenario_counts();
    outcome.decodes = counts.decodes;
    outcome.distinct = counts.distinct;
    if (!outcome.ok)
        fprintf(stderr, "%s: %s\n", scenario->name, log.failure);
    else if (log.warnings > 0)
        fprintf(stderr, "%s: %s\n", scenario->name, log.warning);
    return outcome;
}

/** Two rasters that are compared a few rows at a time. */
static bool same_band(GDALRasterBandH band, GDALRasterBandH expected)
{
    enum { ROWS = 512 };
    const int width = GDALGetRasterBandXSize(band);
    const int height = GDALGetRasterBandYSize(band);
    const GDALDataType type = GDALGetRasterDataType(band);
    const size_t row_nbytes =
        (size_t)width * (size_t)GDALGetDataTypeSizeBytes(type);
    uint8_t *ours = malloc(row_nbytes * ROWS);
    uint8_t *theirs = malloc(row_nbytes * ROWS);
    bool same = ours != NULL && theirs != NULL;
    for (int y = 0; same && y < height; y += ROWS) {
        const int rows = height - y < ROWS ? height - y : ROWS;
        same = GDALRasterIO(band, GF_Read, 0, y, width, rows, ours, width, rows,
                            type, 0, 0) == CE_None &&
               GDALRasterIO(expected, GF_Read, 0, y, width, rows, theirs, width,
                            rows, type, 0, 0) == CE_None &&
               memcmp(ours, theirs, row_nbytes * (size_t)rows) == 0;
    }
    free(ours);
    free(theirs);
    return same;
}

/** @return whether two TIFFs hold the same pixels */
static bool same_pixels(const char *path, const char *expected_path)
{
    copying_start();
    GDALDatasetH raster = GDALOpen(path, GA_ReadOnly);
    GDALDatasetH expected = GDALOpen(expected_path, GA_ReadOnly);
    bool same = raster != NULL && expected != NULL &&
                GDALGetRasterCount(raster) == GDALGetRasterCount(expected) &&
                GDALGetRasterXSize(raster) == GDALGetRasterXSize(expected) &&
                GDALGetRasterYSize(raster) == GDALGetRasterYSize(expected);
    for (int i = 1; same && i <= GDALGetRasterCount(raster); i++)
        same = same_band(GDALGetRasterBand(raster, i),
                         GDALGetRasterBand(expected, i));
    if (raster != NULL)
        GDALClose(raster);
    if (expected != NULL)
        GDALClose(expected);
    return same;
}

/** What a child is to do. */
typedef struct Job {
    const Scenario *scenario;
    const Contender *contender; /**< NULL: compare target and expected */
    int cache_mb;
    const char *target, *expected;
} Job;

/** Does the job in a child process. */
static Outcome run_job(const Job *job)
{
    Outcome outcome = {false, 0, 0, 0};
    int ends[2];
    if (pipe(ends) != 0)
        return outcome;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_S);
        if (job->contender != NULL)
            outcome = copy_here(job->scenario, job->contender, job->cache_mb,
                                job->target);
        else
            outcome.ok = same_pixels(job->target, job->expected);
        _exit(write(ends[1], &outcome, sizeof outcome) != sizeof outcome);
    }
    close(ends[1]);
    if (read(ends[0], &outcome, sizeof outcome) != sizeof outcome)
        outcome.ok = false;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return outcome;
}

/** Where this process puts its files. */
typedef struct Files {
    char folder[64];
    char target[96], expected[96];
} Files;

static double amplification(const Outcome *outcome)
{
    return outcome->distinct == 0
               ? 0
               : (double)outcome->decodes / (double)outcome->distinct;
}

static void print_outcome(const Outcome *outcome)
{
    if (!outcome->ok)
        printf(" failed | | |");
    else
        printf(" %" PRId64 " | %.2f | %" PRId64 " |", outcome->decodes,
               amplification(outcome), outcome->peak_kb / 1024);
}

/** Prints one row.
 * @param expected GTiff's file to compare with */
static bool print_row(const Scenario *scenario, int cache_mb, bool rowband_only,
                      const Files *files)
{
    Job job = {scenario, &contenders[ROWBAND], cache_mb, files->target,
               files->expected};
    const Outcome outcome = run_job(&job);
    job.contender = NULL;
    const bool same = outcome.ok && run_job(&job).ok;
    const bool good =
        same && outcome.distinct > 0 && outcome.decodes == outcome.distinct;

    printf("| %s | ", scenario->name);
    printf(cache_mb > 0 ? "%d |" : "default |", cache_mb);
    printf(" %" PRId64 " |", outcome.distinct);
    print_outcome(&outcome);
    for (int i = GTIFF; i < CONTENDERS && !rowband_only; i++) {
        job.contender = &contenders[i];
        if (scenario->layout != NULL && !contenders[i].any_layout) {
            printf(" | | |");
            continue;
        }
        VSIUnlink(files->target);
        const Outcome other = run_job(&job);
        print_outcome(&other);
    }
    printf(" %s%s |\n", same ? "same" : "DIFFERENT",
           good || !same ? "" : ", TOO MANY DECODES");
    VSIUnlink(files->target);
    return good;
}

static bool print_scenario(const Scenario *scenario, bool rowband_only,
                           const Files *files)
{
    /* The pixels that are expected, made with a cache that spares time. */
    const Job expected = {scenario, &contenders[GTIFF], 1024, files->expected,
                          NULL};
    bool good = run_job(&expected).ok;
    for (int i = 0; i < COUNT_OF(caches_mb); i++)
        good &= print_row(scenario, caches_mb[i], rowband_only, files);
    VSIUnlink(files->expected);
    return good;
}

static void print_head(bool rowband_only)
{
    printf("| source | CACHEMAX MB | blocks |");
    for (int i = 0; i < (rowband_only ? 1 : CONTENDERS); i++)
        printf(" %s decodes | times | peak MB |", contenders[i].driver);
    printf(" pixels |\n|---|--:|--:|");
    for (int i = 0; i < (rowband_only ? 1 : CONTENDERS); i++)
        printf("--:|--:|--:|");
    printf("---|\n");
}

int main(int argc, char **argv)
{
    const bool rowband_only =
        argc > 1 && strcmp(argv[1], "--rowband-only") == 0;
    const char *word = argc > 1 + rowband_only ? argv[1 + rowband_only] : "";
    Files files = {.folder = "/tmp/rowband_spy_XXXXXX"};
    if (mkdtemp(files.folder) == NULL)
        return 2;
    snprintf(files.target, sizeof files.target, "%s/t.tif", files.folder);
    snprintf(files.expected, sizeof files.expected, "%s/e.tif", files.folder);

    bool good = true;
    setvbuf(stdout, NULL, _IOLBF, 0);
    print_head(rowband_only);
    for (int i = 0; i < scenario_count; i++)
        if (strstr(scenarios[i].name, word) != NULL)
            good &= print_scenario(&scenarios[i], rowband_only, &files);
    rmdir(files.folder);
    return good ? 0 : 1;
}
