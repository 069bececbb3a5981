/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "config.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "plain_source.h"
#include "reader_check.h"
#include "source_masks.h"
#include "source_read.h"
#include "versions.h"
#include "vrt_source.h"

struct Source {
    const char *name;   /**< for messages */
    GDALDatasetH given; /**< not owned */
    SourceKind kind;
    char opaque[300]; /**< why it is not looked through, if it is a VRT */
    SourceFormat format;
    Holes *holes;     /**< owned; or NULL */
    MaskSpool *masks; /**< of single bands; NULL: none are wanted */
    char **config;    /**< the caller's thread's own, for the readers' */

    SourceRange all; /**< of the bands, and the mask */
    SourceReader readers[READERS_MAX];
    ReaderCheck check;
    int reader_count; /**< the caller's thread's: readers that are open */

    pthread_mutex_t mutex; /**< guards said */
    ErrorTrap said;        /**< by GDAL, and not yet reported */
    int64_t windows_read;
};

static SourceKind choose_kind(Source *source, GDALDatasetH dataset,
                              Status *status)
{
    const SourceKind vrt =
        vrt_source_open(dataset, source->opaque, sizeof source->opaque, status);
    if (source->opaque[0] != '\0')
        CPLDebug("ROWBAND", "plan: part of the VRT is read as it is: %s",
                 source->opaque);
    return vrt.state != NULL || status->code != STATUS_OK
               ? vrt
               : plain_source_open(dataset);
}

/** @return false with a reason, or because there is no memory */
static bool open_first_reader(Source *source, GDALDatasetH dataset,
                              Status *status)
{
    source->kind = choose_kind(source, dataset, status);
    return source->kind.state != NULL &&
           source->kind.ops->open_reader(source->kind.state, 0,
                                         &source->readers[0]);
}

Source *source_open(GDALDatasetH dataset, GDALDatasetH given, const char *name,
                    Status *status)
{
    Source *source = calloc(1, sizeof *source);
    if (source != NULL) {
        source->name = name;
        source->given = given;
        source->all.source = source;
        pthread_mutex_init(&source->mutex, NULL);
        reader_check_init(&source->check);
    }
    if (source == NULL || !open_first_reader(source, dataset, status)) {
        if (status->code == STATUS_OK)
            status_fail(status, STATUS_NO_MEMORY, "out of memory");
        source_close(source);
        return NULL;
    }
    source->reader_count = 1;
    return source;
}

void source_close(Source *source)
{
    if (source == NULL)
        return;
    const SourceKind *kind = &source->kind;
    error_trap_report(&source->said);
    for (int i = 0; i < source->reader_count; i++)
        kind->ops->close_reader(kind->state, i, &source->readers[i]);
    if (kind->state != NULL)
        kind->ops->close(kind->state);
    mask_spool_free(source->masks);
    holes_free(source->holes);
    CSLDestroy(source->config);
    reader_check_clear(&source->check);
    pthread_mutex_destroy(&source->mutex);
    free(source);
}

GDALRasterBandH source_mask(const Source *source)
{
    return source->readers[0].mask;
}

bool source_reads_file(const Source *source, const char *path)
{
    return dataset_has_file(source->given, path) ||
           source->kind.ops->reads_file(source->kind.state, path);
}

bool source_keep_masks(Source *source, const char *target,
                       uint64_t memory_nbytes, Status *status)
{
    return source_masks_keep(&source->masks, &source->kind,
                             source->readers[0].dataset, target, memory_nbytes,
                             status);
}

void source_tell_blocks(const Source *source, const Window *region,
                        ToldBlocksVisit *visit, void *user)
{
    source->kind.ops->tell_blocks(source->kind.state, region, visit, user);
}

size_t source_late_files(const Source *source)
{
    return source->kind.ops->late_files != NULL
               ? source->kind.ops->late_files(source->kind.state)
               : 0;
}

bool source_reads_window(const Source *source, const Window *window)
{
    return !holes_have_around(source->format.holes, window,
                              source->format.holes_margin);
}

const MaskSpool *source_kept_masks(const Source *source)
{
    return source->masks;
}

void source_fill_plan(Source *source, PlanInput *input)
{
    source->kind.ops->fill_plan(source->kind.state, input);
    if (source->masks != NULL)
        input->fixed_nbytes +=
            mask_spool_held_nbytes(source->masks, input->readers);
}

bool source_spool(Source *source, const char *target, uint64_t memory_nbytes)
{
    return source->kind.ops->spool(source->kind.state, target, memory_nbytes);
}

const Holes *source_find_holes(Source *source, const HoleSamples *samples,
                               Status *status)
{
    char why[200];
    source->holes = source_holes_find(&source->kind, &source->readers[0],
                                      samples, why, sizeof why);
    if (*why != '\0' && !config_ignores_read_errors())
        status_fail(status, STATUS_READ, "cannot read %s: %s", source->name,
                    why);
    return source->holes;
}

void source_skip_holes(Source *source, const Holes *holes, int64_t margin)
{
    source->format.holes = holes;
    source->format.holes_margin = margin;
    if (source->kind.ops->skip != NULL)
        source->kind.ops->skip(source->kind.state, holes, margin);
}

bool source_bands_apart(const Source *source)
{
    return source->kind.ops->bands_apart(source->kind.state);
}

int source_reader_count(const Source *source)
{
    return source->reader_count;
}

const char *source_why_one_reader(const Source *source, bool more_are_wanted)
{
    const SourceKind *kind = &source->kind;
    const char *reason = kind->ops->why_not_again(kind->state);
    if (reason != NULL || more_are_wanted)
        return reason;
    return kind->ops->reads_in_order(kind->state)
               ? "a source that is decoded from top to bottom"
               : NULL;
}

bool source_begin(Source *source, const Plan *plan, GDALDataType type,
                  const Layout *layouts, Status *status)
{
    source->format.plan = plan;
    source->format.type = type;
    source->all.layouts = layouts;
    source->format.masks = source->masks;
    if (source->masks != NULL && !mask_spool_begin(source->masks, status))
        return false;
    return source->kind.ops->begin(source->kind.state, plan) ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

void source_end(Source *source)
{
    if (source->kind.ops->end != NULL)
        source->kind.ops->end(source->kind.state);
}

static Source *source_of(void *user)
{
    const SourceRange *range = user;
    return range->source;
}

/** WindowSource.add: opens the source for one reader more. */
static bool add_reader(void *user)
{
    Source *source = source_of(user);
    const SourceKind *kind = &source->kind;
    const int reader = source->reader_count;
    SourceReader *opened = &source->readers[reader];
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = kind->ops->open_reader(kind->state, reader, opened);
    error_trap_stop(&trap);
    /* What there is to warn of was told when the first was opened. */
    if (reader > 0)
        error_trap_forget(&trap);
    error_trap_report(&trap);
    /* What GDAL got over it may have taken for something else. */
    if (ok && trap.failed) {
        kind->ops->close_reader(kind->state, reader, opened);
        ok = false;
    }
    if (!ok)
        CPLDebug("ROWBAND", "plan: no reader beside %d: %s", reader,
                 trap.failed ? trap.message : "it does not open alike");
    source->reader_count += ok;
    return ok;
}

int source_open_readers(Source *source, int wanted)
{
    CSLDestroy(source->config);
    source->config = CPLGetThreadLocalConfigOptions();
    while (source->reader_count < wanted && add_reader(&source->all)) {
    }
    return source->reader_count;
}

/** WindowSource.enter. */
static void enter_thread(void *user)
{
    const Source *source = source_of(user);
    CPLSetThreadLocalConfigOptions((const char *const *)source->config);
}

/** WindowSource.done: lets go of blocks, and reports what GDAL had to say. */
static void finish_window(void *user, const Window *window)
{
    Source *source = source_of(user);
    const SourceKind *kind = &source->kind;
    kind->ops->drop_behind(kind->state, source->format.plan, window);
    source->windows_read++;

    ErrorTrap said = {.scope = TRAP_FAILURES};
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&source->said, &said);
    pthread_mutex_unlock(&source->mutex);
    error_trap_report(&said);
    error_trap_replay(&said);
}

/** Asked by GDAL while it reads. */
static int CPL_STDCALL ask_go_on(double share, const char *message, void *user)
{
    const GoOn *go_on = user;
    (void)share;
    (void)message;
    return go_on->ask(go_on->user);
}

/* What GDAL is told while it reads. Later ones than 3.6 warp a large window of
 * all bands at once, to pixels that depend on it, and so on the budget. */
static const char *const settings[][2] = {
    {"GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO"},
    /* Pixels worth a thread; by default a whole block is one thread's. */
    {"WARP_THREAD_CHUNK_SIZE", "4096"},
    /* Where failures in threads are lost, on their way to us: */
    {"VRT_NUM_THREADS", "1"},
    {"GTI_NUM_THREADS", "1"}};
enum { SETTINGS = sizeof settings / sizeof *settings, SETTINGS_ALWAYS = 2 };

static CPLErr read_by_settings(const SourceRange *range, int reader,
                               const Window *window, uint8_t *data,
                               const GoOn *go_on)
{
    Source *source = range->source;
    SourceFormat format = source->format;
    ConfigChange changes[SETTINGS];
    const int count =
        gdal_threads_of_vrts_report() ? SETTINGS_ALWAYS : SETTINGS;
    GDALRasterIOExtraArg extra;
    format.layouts = range->layouts;
    format.numbers = range->numbers;
    format.without_mask = range->without_mask;
    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.pfnProgress = ask_go_on;
    extra.pProgressData = (void *)go_on;
    for (int i = 0; i < count; i++)
        config_begin(&changes[i], settings[i][0], settings[i][1]);
    CPLErr err = source->kind.ops->prepare(
        source->kind.state, &source->readers[reader], window, &extra);
    if (err == CE_None)
        err = reader_check_read(&source->check, &source->kind, source->readers,
                                reader, &format, window, data, &extra);
    for (int i = count - 1; i >= 0; i--)
        config_end(&changes[i]);
    return err;
}

/** A VRT does not say again what it has said of a dataset that it could not
 * open. */
static const char *why_unreadable(const Source *source)
{
    return source->opaque[0] != '\0' ? source->opaque : "no reason given";
}

/** WindowSource.read. */
static bool read_window(void *user, int reader, const Window *window,
                        uint8_t *data, const GoOn *go_on, Status *status)
{
    Source *source = source_of(user);
    ErrorTrap trap;
    if (holes_have_around(source->format.holes, window,
                          source->format.holes_margin))
        return true;
    error_trap_begin(&trap, TRAP_FAILURES);
    const CPLErr err = read_by_settings(user, reader, window, data, go_on);
    error_trap_stop(&trap);
    const bool ok =
        err == CE_None && (!trap.failed || config_ignores_read_errors());
    if (!ok)
        status_fail(status,
                    trap.number == CPLE_UserInterrupt ? STATUS_CANCELLED
                                                      : STATUS_READ,
                    "cannot read columns %" PRId64 " to %" PRId64
                    ", rows %" PRId64 " to %" PRId64 " of %s: %s",
                    window->x, window_right(window) - 1, window->y,
                    window_bottom(window) - 1, source->name,
                    trap.failed ? trap.message : why_unreadable(source));
    /* The failure is in the status now; one that is ignored is still to be
     * reported. */
    if (!ok)
        trap.failed = false;
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&trap, &source->said);
    pthread_mutex_unlock(&source->mutex);
    return ok;
}

/** WindowSource.complete. */
static bool complete_window(void *user, const Window *window, uint8_t *data,
                            const GoOn *go_on, Status *status)
{
    return read_window(user, 0, window, data, go_on, status);
}

/** WindowSource.read where complete is what reads. */
static bool decode_ahead(void *user, int reader, const Window *window,
                         /* NOLINTNEXTLINE(readability-non-const-parameter) */
                         uint8_t *data, const GoOn *go_on, Status *status)
{
    Source *source = source_of(user);
    const SourceKind *kind = &source->kind;
    ErrorTrap trap;
    (void)data;
    (void)status;
    if (holes_have_around(source->format.holes, window,
                          source->format.holes_margin))
        return true;
    error_trap_begin(&trap, TRAP_FAILURES);
    kind->ops->decode_ahead(kind->state, reader, window, go_on);
    error_trap_stop(&trap);
    /* The dataset in hand will tell whether that is a failure. */
    trap.failed = false;
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&trap, &source->said);
    pthread_mutex_unlock(&source->mutex);
    return true;
}

WindowSource source_windows(Source *source)
{
    return source_windows_of(&source->all);
}

WindowSource source_windows_of(SourceRange *range)
{
    const Source *source = range->source;
    const bool ahead = source->kind.ops->decode_ahead != NULL;
    return (WindowSource){.read = ahead ? decode_ahead : read_window,
                          .complete = ahead ? complete_window : NULL,
                          .done = finish_window,
                          .enter = enter_thread,
                          .add = add_reader,
                          .user = range};
}

SourceCounts source_counts(Source *source)
{
    const DecodeCounts behind = source->kind.ops->counts(source->kind.state);
    int different;
    const int64_t compared = reader_check_counts(&source->check, &different);
    return (SourceCounts){.readers = source->reader_count - different,
                          .compared = compared + behind.compared,
                          .windows = source->windows_read,
                          .datasets = behind.datasets,
                          .blocks = behind.blocks,
                          .known = behind.known,
                          .blocks_again = behind.again};
}
