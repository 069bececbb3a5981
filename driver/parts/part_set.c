/* SPDX-License-Identifier: MIT */
#include "part_set.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "file_layout.h"
#include "part_names.h"

/* Where parts lie in the store: the spool first, and each of them from a
 * multiple of this on. */
enum { PART_SHIFT = 43 };
static const uint64_t part_nbytes_max = (uint64_t)1 << PART_SHIFT;

/** Opens a part, in place of the one that is open.
 * @param name kept by reference */
static bool open_part(VsiFile *open, const char *name, Status *status)
{
    if (open->file != NULL && strcmp(open->name, name) == 0)
        return true;
    vsi_file_close(open);
    if (!vsi_file_open(open, name, status))
        return false;
    if (open->nbytes > part_nbytes_max)
        return status_fail(status, STATUS_READ, "cannot open %s", name);
    return !vsi_file_is_remote(name) || vsi_file_read_ahead(open, status);
}

/** The bytes of a tag.
 * @return to be freed with free(); NULL with a reason */
static uint8_t *read_bytes(VsiFile *open, const IfdValues *values,
                           Status *status)
{
    uint8_t *bytes = malloc((size_t)values->count + 1);
    if (bytes == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    } else if (!vsi_file_read(open, values->offset, bytes,
                              (size_t)values->count, status)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/** One part while it is looked at. */
typedef struct Looking {
    VsiFile *open;
    TileStore store;
    IfdPlace place;
    uint64_t directories[PIPELINE_IMAGES_MAX];
} Looking;

static bool begin_looking(Looking *looking, VsiFile *open, Status *status)
{
    Status why = {.code = STATUS_OK};
    looking->open = open;
    looking->store = (TileStore){vsi_file_read, open};
    looking->place = (IfdPlace){.file = &looking->store,
                                .file_nbytes = open->nbytes,
                                .values_max = UINT64_MAX};
    if (ifd_find_all(&looking->place, 1, looking->directories, &why))
        return true;
    return status_fail(status, why.code, "%s is no part, or is cut: %s",
                       open->name, why.message);
}

/** What the first directory leads to, by the places of tags in a list. */
enum { FOUND_RUN, FOUND_NUMBER, FOUND_STATISTICS, FOUND_KEPT, FOUND };

/** Reads what a part says of its run, and which it is. */
static bool look_at_first(Looking *looking, IfdValues found[FOUND], int *number,
                          Status *status)
{
    static const uint16_t tags[FOUND] = {[FOUND_RUN] = TAG_ROWBAND_RUN,
                                         [FOUND_NUMBER] = TAG_ROWBAND_PART,
                                         [FOUND_STATISTICS] =
                                             TAG_ROWBAND_STATISTICS,
                                         [FOUND_KEPT] = TAG_ROWBAND_KEPT};
    const IfdValues *run = &found[FOUND_RUN], *which = &found[FOUND_NUMBER];
    uint64_t value = 0;
    Status why = {.code = STATUS_OK};
    looking->place.offset = looking->directories[0];
    if (!ifd_find_values(&looking->place, tags, FOUND, found, &why))
        return status_fail(status, why.code, "%s is cut: %s",
                           looking->open->name, why.message);
    if (run->count == 0 || run->type != IFD_BYTE || which->count != 1)
        return status_fail(status, STATUS_INVALID,
                           "%s is no part: it was not made with PART",
                           looking->open->name);
    if (!ifd_read_numbers(&looking->place, which, 0, 1, &value, status))
        return false;
    *number = value <= PARTS_MAX ? (int)value : 0;
    return true;
}

/** Finds where a part has the tiles of an image. */
static bool look_at_image(Looking *looking, PartSet *set, int image,
                          PartTiles *tiles, Status *status)
{
    const Layout *layout = &set->layouts[image];
    const bool strips = layout->spec.strips;
    const uint16_t tags[] = {strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS,
                             strips ? TAG_STRIP_BYTE_COUNTS
                                    : TAG_TILE_BYTE_COUNTS};
    IfdValues found[2];
    Status why = {.code = STATUS_OK};
    looking->place.offset = looking->directories[image];
    if (!ifd_find_values(&looking->place, tags, 2, found, &why))
        return status_fail(status, why.code, "%s is cut: %s",
                           looking->open->name, why.message);
    *tiles = (PartTiles){found[0], found[1]};
    return (found[0].count == (uint64_t)layout->tile_count &&
            found[1].count == found[0].count) ||
           status_fail(status, STATUS_INVALID,
                       "%s has not the tiles that it should have",
                       looking->open->name);
}

/** Notes where everything is in a part, which is of the run. */
static bool add_part(PartSet *set, Looking *looking, int number,
                     const IfdValues found[FOUND], Status *status)
{
    const IfdValues *kept = &found[FOUND_KEPT];
    const char *name = looking->open->name;
    const int count = part_set_image_count(set);
    PartFile *part = &set->parts[number - 1];
    Status why = {.code = STATUS_OK};
    if (part->name != NULL)
        return status_fail(status, STATUS_INVALID,
                           "%s and %s are both part %d of %d", part->name, name,
                           number, set->run.count);
    part->name = CPLStrdup(name);
    part->nbytes = looking->open->nbytes;
    part->statistics = found[FOUND_STATISTICS];
    part->tiles = calloc((size_t)count, sizeof *part->tiles);
    if (part->tiles == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!ifd_find_all(&looking->place, count, looking->directories, &why))
        return status_fail(status, why.code, "%s is cut: %s", name,
                           why.message);
    const bool has_kept =
        kept->count == (uint64_t)(set->run.keeps ? set->run.image_count : 0);
    bool ok = has_kept ? ifd_read_numbers(&looking->place, kept, 0, kept->count,
                                          part->kept, status)
                       : status_fail(status, STATUS_INVALID,
                                     "%s has not the pixels that it should "
                                     "have",
                                     name);
    for (int i = 0; ok && i < count; i++)
        ok = look_at_image(looking, set, i, &part->tiles[i], status);
    return ok;
}

/** Has the run be that of the first part. */
static bool begin_run(PartSet *set, const char *name, const uint8_t *bytes,
                      size_t nbytes, Status *status)
{
    Status why = {.code = STATUS_OK};
    if (!part_run_unpack(&set->run, bytes, nbytes, &why) ||
        !part_run_shape(&set->run, set->layouts, &set->shape, &why))
        return status_fail(status, why.code, "%s cannot be merged: %s", name,
                           why.message);
    set->parts = calloc((size_t)set->run.count, sizeof *set->parts);
    return set->parts != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

/** What the first part said of its run. */
typedef struct FirstPart {
    const char *name;
    uint8_t *run;
    size_t nbytes;
} FirstPart;

static bool check_run(PartSet *set, FirstPart *first, const char *name,
                      uint8_t *run, size_t nbytes, Status *status)
{
    if (first->run == NULL) {
        *first = (FirstPart){name, run, nbytes};
        return begin_run(set, name, run, nbytes, status);
    }
    const bool same =
        nbytes == first->nbytes && memcmp(run, first->run, nbytes) == 0;
    free(run);
    return same || status_fail(status, STATUS_INVALID,
                               "%s is a part of another run than %s", name,
                               first->name);
}

static bool look_at(PartSet *set, FirstPart *first, const char *name,
                    Status *status)
{
    Looking looking = {.open = NULL};
    IfdValues found[FOUND];
    int number = 0;
    if (!open_part(&set->open, name, status) ||
        !begin_looking(&looking, &set->open, status) ||
        !look_at_first(&looking, found, &number, status))
        return false;
    uint8_t *run = read_bytes(&set->open, &found[FOUND_RUN], status);
    if (run == NULL || !check_run(set, first, name, run,
                                  (size_t)found[FOUND_RUN].count, status))
        return false;
    return number >= 1 && number <= set->run.count
               ? add_part(set, &looking, number, found, status)
               : status_fail(status, STATUS_INVALID,
                             "%s says that it is part %d of %d", name, number,
                             set->run.count);
}

static bool check_all_there(const PartSet *set, const char *name,
                            Status *status)
{
    int missing = 0, first = 0;
    for (int i = set->run.count; i > 0; i--)
        if (set->parts[i - 1].name == NULL) {
            missing++;
            first = i;
        }
    return missing == 0 ||
           status_fail(status, STATUS_INVALID,
                       missing > 1 ? "part %d of %d is missing in %s, and %d "
                                     "more"
                                   : "part %d of %d is missing in %s",
                       first, set->run.count, name, missing - 1);
}

bool part_set_open(PartSet *set, const char *name, Status *status)
{
    const char *pattern = name + strlen(PART_NAMES_PREFIX);
    FirstPart first = {.name = NULL};
    *set = (PartSet){.parts = NULL};
    char **files = part_names(pattern);
    bool ok =
        CSLCount(files) > 0 ||
        status_fail(status, STATUS_READ, "there are no parts: %s", pattern);
    for (int i = 0; ok && i < CSLCount(files); i++)
        ok = look_at(set, &first, files[i], status);
    ok = ok && check_all_there(set, pattern, status);
    vsi_file_close(&set->open);
    free(first.run);
    CSLDestroy(files);
    return ok;
}

void part_set_close(PartSet *set)
{
    vsi_file_close(&set->open);
    for (int i = 0; set->parts != NULL && i < set->run.count; i++) {
        CPLFree(set->parts[i].name);
        free(set->parts[i].tiles);
    }
    free(set->parts);
    part_run_free(&set->run);
    *set = (PartSet){.parts = NULL};
}

/** Reads the index of one plane of a part, from tile @p first on. */
static bool read_index(PartSet *set, int number, const PartTiles *tiles,
                       int64_t first, int64_t count, TileIndex *index,
                       Status *status)
{
    const PartFile *part = &set->parts[number - 1];
    const TileStore store = {vsi_file_read, &set->open};
    const IfdPlace place = {.file = &store, .file_nbytes = part->nbytes};
    const uint64_t base = ((uint64_t)number << PART_SHIFT);
    uint64_t *nbytes = malloc((size_t)(count + 1) * sizeof *nbytes);
    uint64_t *offsets = index->offsets + first;
    if (nbytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    bool ok = ifd_read_numbers(&place, &tiles->offsets, (uint64_t)first,
                               (uint64_t)count, offsets, status) &&
              ifd_read_numbers(&place, &tiles->nbytes, (uint64_t)first,
                               (uint64_t)count, nbytes, status);
    for (int64_t i = 0; ok && i < count; i++) {
        ok = nbytes[i] <= UINT32_MAX && nbytes[i] <= part->nbytes &&
             offsets[i] <= part->nbytes - nbytes[i];
        if (!ok)
            status_fail(status, STATUS_INVALID,
                        "%s is cut: a tile lies behind its end", part->name);
        index->nbytes[first + i] = (uint32_t)nbytes[i];
        offsets[i] =
            nbytes[i] == 0 ? 0 : base + offsets[i] + FILE_LAYOUT_TILES_BEGIN;
    }
    free(nbytes);
    return ok;
}

/** Opens part @p number, which must be the file that it was. */
static bool open_number(PartSet *set, int number, Status *status)
{
    const PartFile *part = &set->parts[number - 1];
    return open_part(&set->open, part->name, status) &&
           (set->open.nbytes == part->nbytes ||
            status_fail(status, STATUS_READ, "%s is not the file that it was",
                        part->name));
}

/** Reads the index of an image of a part, which is opened if it has any of its
 * tiles. */
static bool read_image_index(PartSet *set, int number, int image,
                             TileIndex *index, Status *status)
{
    const Layout *layout = &set->layouts[image];
    const int64_t places = layout->tiles_across * layout->tiles_down;
    const Part part = {number, set->run.count};
    const Span rows =
        parts_tile_rows(&set->shape, &part, image / set->run.image_count);
    const PartTiles *tiles = &set->parts[number - 1].tiles[image];
    if (rows.begin >= rows.end)
        return true;
    bool ok = open_number(set, number, status);
    for (int plane = 0; ok && plane < layout->planes; plane++)
        ok = read_index(set, number, tiles,
                        plane * places + rows.begin * layout->tiles_across,
                        (rows.end - rows.begin) * layout->tiles_across, index,
                        status);
    return ok;
}

bool part_set_index(PartSet *set, TileIndex *index, Status *status)
{
    bool ok = true;
    for (int number = 1; ok && number <= set->run.count; number++)
        for (int i = 0; ok && i < part_set_image_count(set); i++)
            ok = read_image_index(set, number, i, &index[i], status);
    return ok;
}

/** Adds the records of one part. */
static bool add_records(PartSet *set, int number, Statistics *bands,
                        Status *status)
{
    const PartFile *part = &set->parts[number - 1];
    const Layout *layout = &set->layouts[0];
    const Part which = {number, set->run.count};
    const Span rows = parts_tile_rows(&set->shape, &which, 0);
    const int64_t tiles = parts_tile_count(layout, &rows);
    const int samples = layout->samples_per_pixel;
    const int64_t per_plane = tiles / layout->planes;
    if (part->statistics.count !=
        (uint64_t)tiles * (uint64_t)samples * sizeof(Statistics))
        return status_fail(status, STATUS_INVALID,
                           "%s has not the statistics that it should have",
                           part->name);
    if (tiles == 0)
        return true;
    uint8_t *bytes = open_number(set, number, status)
                         ? read_bytes(&set->open, &part->statistics, status)
                         : NULL;
    for (int64_t i = 0; bytes != NULL && i < tiles * samples; i++) {
        const int64_t plane = i / samples / per_plane;
        Statistics one;
        memcpy(&one, bytes + (size_t)i * sizeof one, sizeof one);
        statistics_merge(&bands[plane + i % samples], &one);
    }
    free(bytes);
    return bytes != NULL;
}

bool part_set_statistics(PartSet *set, Statistics *bands, Status *status)
{
    bool ok = true;
    memset(bands, 0, (size_t)set->layouts[0].spec.bands * sizeof *bands);
    for (int number = 1; ok && number <= set->run.count; number++)
        ok = add_records(set, number, bands, status);
    return ok;
}

bool part_set_read(void *user, uint64_t position, void *data, size_t nbytes,
                   Status *status)
{
    PartSet *set = user;
    if (position < part_nbytes_max)
        return tile_spool_read(set->spool, position, data, nbytes, status);
    return open_number(set, (int)(position >> PART_SHIFT), status) &&
           vsi_file_read(&set->open, position & (part_nbytes_max - 1), data,
                         nbytes, status);
}
