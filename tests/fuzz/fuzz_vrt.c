/* SPDX-License-Identifier: MIT */
/* Copies of hostile VRTs: what is looked through is planned and read as GDAL
 * reads it, or refused with one failure and no file. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

#include <cpl_conv.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "create_copy.h"
#include "gtest_c.h"
#include "plan_checks.h"
#include "source.h"
#include "vrt_scene.h"
#include "vrt_text.h"
#include "window.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

/* Only sanitizers have it. */
#pragma weak __sanitizer_set_death_callback

/* More samples than that take long, and lead to nothing new. */
enum { SAMPLES_MAX = 1 << 16 };

/** Pixels that a window is wide and high at most. */
enum { PART = 128 };

/** How long GDAL may take to read them. */
enum { READING_MS = 3000 };

static int failures;
static char said[300]; /**< by GDAL, failure after failure */

/** @return whether it is what GTiff's CreateCopy() says of a colour table that
 * it leaves out, which is no failure of the copy */
static bool is_gone_on_from(const char *message)
{
    return strstr(message, "Unable to export color table") != NULL ||
           strstr(message, "() should be called instead") != NULL;
}

static void CPL_STDCALL count_failures(CPLErr severity, CPLErrorNum number,
                                       const char *message)
{
    (void)number;
    if (severity >= CE_Failure && !is_gone_on_from(message)) {
        const size_t used = failures++ > 0 ? strlen(said) : 0;
        snprintf(said + used, sizeof said - used, "GDAL said: %s\n", message);
        test_context("%s", said);
    }
}

/** @return whether no text below @p node can be a name of something outside
 * FOLDER, or a VRT in itself */
static bool is_tame(const CPLXMLNode *node)
{
    for (; node != NULL; node = node->psNext) {
        const bool is_text = node->eType == CXT_Text;
        if ((is_text && strpbrk(node->pszValue, "/\\:<") != NULL) ||
            !is_tame(node->psChild))
            return false;
    }
    return true;
}

/** The bytes themselves, if they are XML without names of other files. */
static char *text_of(const uint8_t *data, size_t nbytes)
{
    char *text = malloc(nbytes + 1);
    memcpy(text, data, nbytes);
    text[nbytes] = '\0';
    CPLXMLNode *tree = CPLParseXMLString(text);
    const bool tame = tree != NULL && is_tame(tree);
    CPLDestroyXMLNode(tree);
    if (tame)
        return text;
    free(text);
    return NULL;
}

static GDALDatasetH open_fuzzed(void)
{
    static const char *const drivers[] = {"VRT", NULL};
    return GDALOpenEx(FUZZED, GDAL_OF_RASTER, drivers, NULL, NULL);
}

static bool is_small(GDALDatasetH dataset)
{
    const double pixels = (double)GDALGetRasterXSize(dataset) *
                          (double)GDALGetRasterYSize(dataset);
    return pixels * GDALGetRasterCount(dataset) <= SAMPLES_MAX;
}

static GDALDataType type_of(GDALDatasetH dataset)
{
    return GDALGetRasterDataType(GDALGetRasterBand(dataset, 1));
}

/** All samples as @p type; NULL if they cannot be read. (GDAL does not cut what
 * a VRT calculates to the type of a band when it is asked for another one.) */
static uint8_t *pixels_of(GDALDatasetH dataset, GDALDataType type,
                          size_t *nbytes)
{
    const int width = GDALGetRasterXSize(dataset);
    const int height = GDALGetRasterYSize(dataset);
    const int bands = GDALGetRasterCount(dataset);
    *nbytes = (size_t)GDALGetDataTypeSizeBytes(type) * (size_t)width *
              (size_t)height * (size_t)bands;
    uint8_t *pixels = malloc(*nbytes);
    if (GDALDatasetRasterIO(dataset, GF_Read, 0, 0, width, height, pixels,
                            width, height, type, bands, NULL, 0, 0,
                            0) == CE_None)
        return pixels;
    free(pixels);
    return NULL;
}

/** Reads samples and mask of a window of a band. */
static void read_window(GDALRasterBandH band, Window window)
{
    double *samples = malloc(sizeof *samples * PART * PART);
    GDALRasterBandH both[] = {band, GDALGetMaskBand(band)};
    for (int i = 0; i < 2; i++)
        (void)!GDALRasterIO(both[i], GF_Read, (int)window.x, (int)window.y,
                            (int)window.width, (int)window.height, samples,
                            (int)window.width, (int)window.height, GDT_Float64,
                            0, 0);
    free(samples);
}

/** Reads all samples and masks, at once and in parts, as a copy may: GDAL reads
 * on after a window that it failed to read. Of many samples, those in the
 * corners. */
static void read_dataset(GDALDatasetH dataset)
{
    const int width = GDALGetRasterXSize(dataset);
    const int height = GDALGetRasterYSize(dataset);
    const int w = width < PART ? width : PART;
    const int h = height < PART ? height : PART;
    const bool all = is_small(dataset);
    const int step_x = all || width == w ? PART : width - w;
    const int step_y = all || height == h ? PART : height - h;
    size_t nbytes;
    if (all && GDALGetRasterCount(dataset) > 0)
        free(pixels_of(dataset, type_of(dataset), &nbytes));
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++)
        for (int y = 0; y < height; y += step_y)
            for (int x = 0; x < width; x += step_x)
                read_window(GDALGetRasterBand(dataset, i),
                            (Window){x, y, w < width - x ? w : width - x,
                                     h < height - y ? h : height - y});
}

/** Reads each dataset that is open, as a copy may, which decodes whole blocks
 * where GDAL reads a part. That opens others. */
static void read_open_datasets(void)
{
    enum { ROUNDS = 2, DATASETS_MAX = 100 };
    for (int round = 0; round < ROUNDS; round++) {
        GDALDatasetH *list, open[DATASETS_MAX];
        int count;
        GDALGetOpenDatasets(&list, &count);
        count = count < DATASETS_MAX ? count : DATASETS_MAX;
        memcpy(open, list, (size_t)count * sizeof *open);
        for (int i = 0; i < count; i++)
            read_dataset(open[i]);
    }
}

/** Reads all that a copy would read.
 * @return how many failures there were of the VRT itself */
static int read_all(void)
{
    failures = 0;
    const GDALDatasetH dataset = open_fuzzed();
    if (dataset == NULL)
        return failures;
    read_dataset(dataset);
    const int of_itself = failures;
    read_open_datasets();
    GDALClose(dataset);
    return of_itself;
}

/** The process that reads each VRT first. */
typedef struct Taster {
    pid_t process; /**< 0: there is none */
    int to, from;
} Taster;

static Taster taster;

/** How GDAL's own reading ended. */
typedef enum Tasted {
    READ,
    READ_WITH_FAILURES, /**< said, though what was asked for was done */
    NOT_READ            /**< it crashed, or took too long */
} Tasted;

/** Writes or reads all of @p nbytes.
 * @return false if the other end is gone */
static bool transfer(ssize_t (*part)(int, void *, size_t), int file,
                     void *bytes, size_t nbytes)
{
    char *at = bytes;
    while (nbytes > 0) {
        const ssize_t done = part(file, at, nbytes);
        if (done <= 0)
            return false;
        at += done;
        nbytes -= (size_t)done;
    }
    return true;
}

static ssize_t write_part(int file, void *bytes, size_t nbytes)
{
    return write(file, bytes, nbytes);
}

/** The taster's life: takes texts and says when one is read. */
static void taste(int from, int to)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL};
    size_t nbytes;
    /* What happens here is no finding. */
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], SIG_DFL);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(NULL);
    while (transfer(read, from, &nbytes, sizeof nbytes)) {
        char *text = malloc(nbytes + 1), answer;
        if (!transfer(read, from, text, nbytes))
            break;
        text[nbytes] = '\0';
        vrt_scene_put(FUZZED, text);
        free(text);
        answer = read_all() > 0 ? READ_WITH_FAILURES : READ;
        transfer(write_part, to, &answer, 1);
    }
    _exit(0);
}

static void taster_start(void)
{
    int there[2], back[2];
    require(pipe(there) == 0 && pipe(back) == 0);
    taster = (Taster){.process = fork(), .to = there[1], .from = back[0]};
    require(taster.process >= 0);
    if (taster.process == 0) {
        close(there[1]);
        close(back[0]);
        taste(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
}

static void taster_stop(void)
{
    close(taster.to);
    close(taster.from);
    kill(taster.process, SIGKILL);
    waitpid(taster.process, NULL, 0);
    taster.process = 0;
}

/** Has GDAL alone read the VRT, which not all survive (a KernelFilteredSource
 * without a Kernel, in GDAL 3.6). */
static Tasted taste_first(char *text)
{
    size_t nbytes = strlen(text);
    char answer = NOT_READ;
    if (taster.process == 0)
        taster_start();
    struct pollfd waiting = {.fd = taster.from, .events = POLLIN};
    const bool ok = transfer(write_part, taster.to, &nbytes, sizeof nbytes) &&
                    transfer(write_part, taster.to, text, nbytes) &&
                    poll(&waiting, 1, READING_MS) == 1 &&
                    transfer(read, taster.from, &answer, 1);
    if (!ok)
        taster_stop();
    return ok ? (Tasted)answer : NOT_READ;
}

/** Plans for any size, without reading a pixel. */
static void check_plan(GDALDatasetH dataset)
{
    Status status = {.code = STATUS_OK};
    Source *source = source_open(dataset, dataset, FUZZED, &status);
    /* A source that GDAL complains of is refused. */
    if (source == NULL) {
        require(status.code == STATUS_READ);
        return;
    }
    PlanInput input = {.width = GDALGetRasterXSize(dataset),
                       .height = GDALGetRasterYSize(dataset),
                       .tile_width = 64,
                       .tile_height = 64,
                       .pixel_nbytes = 4,
                       .budget_nbytes = 1 << 20,
                       .workers = 2,
                       .readers = 1};
    source_fill_plan(source, &input);
    Plan plan;
    plan_make(&plan, &input);
    plan_check_extreme(&input, &plan);
    source_close(source);
}

static char **options_from(Input *in)
{
    static const char *const lists[] = {
        "BLOCKXSIZE=16 BLOCKYSIZE=32",
        "TILED=NO INTERLEAVE=BAND BUDGET=1",
        "TILED=NO BLOCKYSIZE=7 READ_THREADS=3",
        "LAYOUT=COG BLOCKSIZE=128",
        "LAYOUT=COG BLOCKSIZE=128 STATISTICS=YES BUDGET=1",
        "BLOCKXSIZE=64 BLOCKYSIZE=64 STATISTICS=YES SPARSE_OK=YES",
    };
    return CSLTokenizeString2(lists[input_in(in, 0, 5)], " ", 0);
}

static void expect_no_file(void)
{
    char **names = VSIReadDir(RESULTS);
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (names[i][0] != '.')
            expect_str_eq(names[i], "");
    CSLDestroy(names);
}

static void remove_files(void)
{
    char **names = VSIReadDir(RESULTS);
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (names[i][0] != '.')
            VSIUnlink(CPLFormFilename(RESULTS, names[i], NULL));
    CSLDestroy(names);
}

static bool is_warped_into(const CPLXMLNode *bands, int band)
{
    const CPLXMLNode *node = bands != NULL ? bands->psChild : NULL;
    for (; node != NULL; node = node->psNext)
        if (atoi(CPLGetXMLValue(node, "dst", "0")) == band)
            return true;
    return false;
}

/** @return whether GDAL reads the same whoever asks. What VRTWarpedDataset::
 * ProcessBlock() leaves in a band that nothing is warped into is whatever was
 * in memory before. */
static bool is_determined(GDALDatasetH dataset)
{
    CPLXMLNode *file = CPLParseXMLFile(FUZZED);
    CPLXMLNode *root = CPLGetXMLNode(file, "=VRTDataset");
    const CPLXMLNode *bands = CPLGetXMLNode(root, "GDALWarpOptions.BandList");
    bool determined = true;
    if (EQUAL(CPLGetXMLValue(root, "subClass", ""), "VRTWarpedDataset"))
        for (int band = 1; band <= GDALGetRasterCount(dataset); band++)
            determined &= is_warped_into(bands, band);
    CPLDestroyXMLNode(file);
    return determined;
}

/** What was copied in one window is what GDAL reads at once. */
static void check_pixels(GDALDatasetH copy)
{
    size_t copied_nbytes, nbytes;
    const GDALDatasetH dataset = open_fuzzed();
    require(dataset != NULL);
    uint8_t *copied = pixels_of(copy, type_of(copy), &copied_nbytes);
    uint8_t *pixels = pixels_of(dataset, type_of(copy), &nbytes);
    expect_true(copied != NULL && pixels != NULL);
    expect_int_eq(copied_nbytes, nbytes);
    expect_mem_eq(copied, pixels, nbytes);
    free(pixels);
    free(copied);
    GDALClose(dataset);
}

static void check_copy(GDALDatasetH dataset, Input *in, Tasted tasted)
{
    char **options = options_from(in);
    const bool determined = is_determined(dataset);
    failures = 0;
    /* GDALCreateCopy() has GDAL complain before it asks any driver. */
    const GDALDatasetH copy =
        create_copy(TARGET, dataset, false, options, GDALDummyProgress, NULL);
    /* What is said of windows that could be read all the same is passed on. */
    if (tasted == READ && determined)
        expect_int_eq(failures, copy == NULL);
    else
        expect_int_le(copy == NULL, failures);
    if (copy == NULL) {
        expect_no_file();
    } else {
        if (CSLFetchNameValue(options, "BUDGET") == NULL && determined)
            check_pixels(copy);
        GDALClose(copy);
        remove_files();
    }
    CSLDestroy(options);
}

/** Opens and copies what FUZZED holds. */
static void check_fuzzed(Input *in, Tasted tasted)
{
    const GDALDatasetH dataset = open_fuzzed();
    if (dataset == NULL)
        return;
    check_plan(dataset);
    if (is_small(dataset))
        check_copy(dataset, in, tasted);
    GDALClose(dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    Input in = {data, nbytes};
    CPLPushErrorHandler(count_failures);
    char *text = nbytes > 0 && data[0] == '<' ? text_of(data, nbytes)
                                              : vrt_text_from(&in);
    if (text != NULL && getenv("ROWBAND_FUZZ_SHOW") != NULL)
        fprintf(stderr, "%s\n", text);
    /* How far GDAL follows one that names itself depends on what is open, takes
     * time without bound, and stays in its pool for the next input. */
    if (text != NULL && strstr(text, CPLGetFilename(FUZZED)) == NULL) {
        vrt_scene_put(FUZZED, text);
        const Tasted tasted = taste_first(text);
        if (tasted != NOT_READ)
            check_fuzzed(&in, tasted);
    }
    free(text);
    CPLPopErrorHandler();
    return 0;
}
