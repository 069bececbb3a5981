/* SPDX-License-Identifier: MIT */
#include "lossless_windows.h"

#include <inttypes.h>

#include "config.h"
#include "cpl_error.h"
#include "error_trap.h"
#include "file_layout.h"
#include "int_math.h"

void lossless_windows_choose(const LosslessCopy *copy, FileSpec *file,
                             bool others_need)
{
    const LosslessImage *image = &copy->images[0];
    file->decodes_copied =
        copy->active && copy->needs[0] == NEEDS_ALL && !others_need &&
        file->image_count == 1 && image->copied_count == image->index.count &&
        !file->raster.options.verify && !config_ignores_read_errors() &&
        tile_decoder_can(&file->images[0]);
    file->decoding_nbytes =
        file->decodes_copied ? tile_decoder_nbytes(&file->images[0]) : 0;
}

/** Reads one tile into its decoder's room.
 * @return how many bytes; 0 after a failure */
static size_t read_tile(LosslessWindows *windows, TileDecoder *decoder,
                        int64_t tile, Status *status)
{
    const TileIndex *index = &windows->copy->images[0].index;
    const uint32_t nbytes = index->nbytes[tile];
    uint8_t *room = tile_decoder_room(decoder, nbytes);
    if (room == NULL)
        return 0;
    pthread_mutex_lock(&windows->mutex);
    const bool ok = lossless_files_read(
        &windows->copy->files, index->offsets[tile] - FILE_LAYOUT_TILES_BEGIN,
        room, nbytes, status);
    windows->decoded += ok;
    pthread_mutex_unlock(&windows->mutex);
    return ok ? nbytes : 0;
}

/** Decodes one tile of a window. */
static bool decode_tile(LosslessWindows *windows, TileDecoder *decoder,
                        const Window *window, uint8_t *data, int plane,
                        int64_t x, int64_t y)
{
    const Layout *layouts = windows->file->layouts;
    const LayoutSpec *spec = &layouts[0].spec;
    Status status = {.code = STATUS_OK};
    const PlaneView view = plane_from(
        swath_plane(data, layouts, 0, plane, window->width, window->height),
        x * spec->tile_width - window->x, y * spec->tile_height - window->y);
    const size_t nbytes = read_tile(
        windows, decoder, layout_tile_index(&layouts[0], plane, x, y), &status);
    return nbytes > 0 &&
           tile_decoder_decode(decoder, x, y, nbytes, &view, &status);
}

/** @return whether all tiles of a window were decoded */
static bool decode_all(LosslessWindows *windows, TileDecoder *decoder,
                       const Window *window, uint8_t *data, const GoOn *go_on)
{
    const Layout *layout = &windows->file->layouts[0];
    const LayoutSpec *spec = &layout->spec;
    bool ok = true;
    for (int64_t y = window->y / spec->tile_height;
         ok && y * spec->tile_height < window_bottom(window); y++)
        for (int64_t x = window->x / spec->tile_width;
             ok && x * spec->tile_width < window_right(window); x++)
            for (int plane = 0; ok && plane < layout->planes; plane++)
                ok = go_on->ask(go_on->user) &&
                     decode_tile(windows, decoder, window, data, plane, x, y);
    return ok;
}

/** WindowSource.read. */
static bool read_window(void *user, int reader, const Window *window,
                        uint8_t *data, const GoOn *go_on, Status *status)
{
    LosslessWindows *windows = user;
    (void)status;
    if (decode_all(windows, windows->decoders[reader], window, data, go_on))
        return true;
    pthread_mutex_lock(&windows->mutex);
    windows->left[windows->left_count++] = *window;
    windows->left_all++;
    pthread_mutex_unlock(&windows->mutex);
    return true;
}

/** @return whether a window was left to the source; now it is not */
static bool take_left(LosslessWindows *windows, const Window *window)
{
    bool found = false;
    pthread_mutex_lock(&windows->mutex);
    for (int i = 0; !found && i < windows->left_count; i++)
        if (windows->left[i].x == window->x &&
            windows->left[i].y == window->y) {
            windows->left[i] = windows->left[--windows->left_count];
            found = true;
        }
    pthread_mutex_unlock(&windows->mutex);
    return found;
}

/** WindowSource.complete: what the source is read for is read here. */
static bool complete_window(void *user, const Window *window, uint8_t *data,
                            const GoOn *go_on, Status *status)
{
    LosslessWindows *windows = user;
    const WindowSource *source = &windows->source;
    if (!take_left(windows, window))
        return true;
    return source->complete != NULL
               ? source->complete(source->user, window, data, go_on, status)
               : source->read(source->user, 0, window, data, go_on, status);
}

/** WindowSource.done. */
static void finish_window(void *user, const Window *window)
{
    LosslessWindows *windows = user;
    windows->source.done(windows->source.user, window);
}

/** WindowSource.enter. */
static void enter_thread(void *user)
{
    LosslessWindows *windows = user;
    windows->source.enter(windows->source.user);
}

/** WindowSource.add. */
static bool add_reader(void *user)
{
    LosslessWindows *windows = user;
    if (windows->count == READERS_MAX)
        return false;
    TileDecoder *decoder = tile_decoder_new(&windows->file->images[0]);
    windows->decoders[windows->count] = decoder;
    windows->count += decoder != NULL;
    return decoder != NULL;
}

static bool is_cut_at(int64_t begin, int64_t step, int64_t tile, int64_t size)
{
    return begin == 0 && (step % tile == 0 || step >= size);
}

/** @return whether no window cuts a tile, which would be decoded twice */
static bool keeps_to_tiles(const Plan *plan, const LayoutSpec *spec)
{
    return is_cut_at(plan->grid.x0, plan->step_x, spec->tile_width,
                     spec->width) &&
           is_cut_at(plan->grid.y0, plan->step_y, spec->tile_height,
                     spec->height);
}

WindowSource lossless_windows_begin(LosslessWindows *windows,
                                    LosslessCopy *copy, const FileSpec *file,
                                    Source *source, const Plan *plan,
                                    int *readers)
{
    const WindowSource own = {.read = read_window,
                              .complete = complete_window,
                              .done = finish_window,
                              .enter = enter_thread,
                              .add = add_reader,
                              .user = windows};
    const int wanted = file->reads_no_pixels ? 1 : *readers;
    windows->copy = copy;
    windows->file = file;
    windows->source = source_windows(source);
    if (file->decodes_copied && keeps_to_tiles(plan, &file->layouts[0].spec))
        while (windows->count < max64(1, wanted) && add_reader(windows)) {
        }
    windows->active = windows->count > 0;
    *readers = source_open_readers(source, windows->active ? 1 : wanted);
    if (!windows->active)
        return windows->source;
    *readers = windows->count;
    pthread_mutex_init(&windows->mutex, NULL);
    return own;
}

void lossless_windows_end(LosslessWindows *windows)
{
    if (!windows->active)
        return;
    CPLDebug("ROWBAND",
             "result: %" PRId64 " tiles decoded as they are copied, by %d "
             "readers, %" PRId64 " windows read otherwise",
             windows->decoded, windows->count, windows->left_all);
    for (int i = 0; i < windows->count; i++)
        tile_decoder_free(windows->decoders[i]);
    pthread_mutex_destroy(&windows->mutex);
    windows->active = false;
}
