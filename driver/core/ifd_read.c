/* SPDX-License-Identifier: MIT */
#include "ifd_read.h"

#include <stdlib.h>
#include <string.h>

/** A file of which only what lies inside can be reached. */
typedef struct File {
    const IfdPlace *place;
    const IfdFormat *format;
} File;

static uint64_t number_at(const uint8_t *at, size_t nbytes)
{
    uint64_t value = 0;
    memcpy(&value, at, nbytes);
    return value;
}

/** @return false */
static bool fail(const char *what, Status *status)
{
    (void)status_fail(status, STATUS_INVALID, "%s", what);
    return false;
}

/** @return false with STATUS_INVALID, saying @p what, if it is not inside */
static bool read_at(const File *file, uint64_t offset, void *data,
                    uint64_t nbytes, const char *what, Status *status)
{
    const IfdPlace *place = file->place;
    if (offset > place->file_nbytes || nbytes > place->file_nbytes - offset)
        return fail(what, status);
    return tile_store_read(place->file, offset, data, (size_t)nbytes, status);
}

static bool is_wanted(const IfdPlace *place, uint16_t tag)
{
    bool wanted = place->tags == NULL;
    for (size_t i = 0; !wanted && i < place->tag_count; i++)
        wanted = place->tags[i] == tag;
    return wanted;
}

/** Reads values that lie outside their entry. */
static bool read_far_values(Ifd *ifd, const File *file, const uint8_t *entry,
                            uint64_t count, Status *status)
{
    const uint16_t tag = (uint16_t)number_at(entry, 2);
    const uint16_t type = (uint16_t)number_at(entry + 2, 2);
    const size_t width = file->format->value_nbytes;
    const uint64_t nbytes = count * ifd_type_nbytes(type);
    uint8_t *values = malloc((size_t)nbytes);
    if (values == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    const bool ok =
        read_at(file, number_at(entry + 4 + width, width), values, nbytes,
                "a TIFF tag points outside the file", status) &&
        ifd_set(ifd, tag, type, count, values, status);
    free(values);
    return ok;
}

static bool read_entry(Ifd *ifd, const File *file, const uint8_t *entry,
                       Status *status)
{
    const IfdPlace *place = file->place;
    const size_t width = file->format->value_nbytes;
    const uint16_t tag = (uint16_t)number_at(entry, 2);
    const uint16_t type = (uint16_t)number_at(entry + 2, 2);
    const uint64_t count = number_at(entry + 4, width);
    const size_t size = ifd_type_nbytes(type);

    if (!is_wanted(place, tag))
        return true;
    if (size == 0 || count > place->values_max ||
        count > place->file_nbytes / size)
        return status_fail(status, STATUS_INVALID, "TIFF tag %d cannot be read",
                           tag);
    return count * size <= width
               ? ifd_set(ifd, tag, type, count, entry + 4 + width, status)
               : read_far_values(ifd, file, entry, count, status);
}

/** Finds out the file's format.
 * @param[out] first where its first directory lies */
static bool read_header(File *file, uint64_t *first, Status *status)
{
    static const char what[] = "not a little-endian TIFF file";
    uint8_t at[IFD_HEADER_NBYTES] = {0};
    if (!read_at(file, 0, at, 8, what, status))
        return false;
    const uint64_t version = number_at(at + 2, 2);
    if (at[0] != 'I' || at[1] != 'I' || (version != 42 && version != 43))
        return fail(what, status);
    file->format = ifd_format(version == 43);
    *first = number_at(at + 4, 4);
    if (version == 42)
        return true;
    if (!read_at(file, 0, at, IFD_HEADER_NBYTES, what, status))
        return false;
    *first = number_at(at + 8, 8);
    return true;
}

/** Reads the entries of the directory at @p offset, and behind them where the
 * next one lies.
 * @param[out] count of entries
 * @return to be freed; NULL with a reason */
static uint8_t *read_entries(const File *file, uint64_t offset, uint64_t *count,
                             Status *status)
{
    static const char what[] = "no TIFF directory there";
    const IfdFormat *format = file->format;
    uint8_t at[8] = {0};
    if (offset == 0)
        fail(what, status);
    if (offset == 0 ||
        !read_at(file, offset, at, format->count_nbytes, what, status))
        return NULL;
    *count = number_at(at, format->count_nbytes);
    if (*count == 0 || *count > UINT16_MAX) {
        fail(what, status);
        return NULL;
    }
    const uint64_t nbytes =
        *count * format->entry_nbytes + format->value_nbytes;
    uint8_t *entries = malloc((size_t)nbytes);
    if (entries == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    } else if (!read_at(file, offset + format->count_nbytes, entries, nbytes,
                        what, status)) {
        free(entries);
        return NULL;
    }
    return entries;
}

static Ifd *read_tags(const File *file, const uint8_t *entries, uint64_t count,
                      Status *status)
{
    Ifd *ifd = ifd_new();
    bool ok =
        ifd != NULL || status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (uint64_t i = 0; ok && i < count; i++)
        ok = read_entry(ifd, file, entries + i * file->format->entry_nbytes,
                        status);
    if (!ok) {
        ifd_free(ifd);
        return NULL;
    }
    return ifd;
}

/** Reads the directory that comes @p index after the one at @p offset. */
static Ifd *read_chained(const File *file, uint64_t offset, int index,
                         Status *status)
{
    uint64_t count = 0;
    uint8_t *entries = read_entries(file, offset, &count, status);
    for (int i = 0; entries != NULL && i < index; i++) {
        offset = number_at(entries + count * file->format->entry_nbytes,
                           file->format->value_nbytes);
        free(entries);
        entries = read_entries(file, offset, &count, status);
    }
    Ifd *ifd = entries != NULL ? read_tags(file, entries, count, status) : NULL;
    free(entries);
    return ifd;
}

Ifd *ifd_read(const IfdPlace *place, Status *status)
{
    File file = {.place = place};
    uint64_t first = 0;
    return read_header(&file, &first, status)
               ? read_chained(&file, place->offset, 0, status)
               : NULL;
}

/** Looks at one entry, which lies at @p at in the file.
 * @return false with STATUS_INVALID if its values are not inside */
static bool find_entry(const File *file, const uint8_t *entry, uint64_t at,
                       IfdValues *found, Status *status)
{
    const IfdPlace *place = file->place;
    const size_t width = file->format->value_nbytes;
    const uint16_t type = (uint16_t)number_at(entry + 2, 2);
    const uint64_t count = number_at(entry + 4, width);
    const size_t size = ifd_type_nbytes(type);
    if (size == 0 || count > place->file_nbytes / size)
        return fail("a TIFF tag cannot be read", status);
    const uint64_t nbytes = count * size;
    const uint64_t offset =
        nbytes <= width ? at + 4 + width : number_at(entry + 4 + width, width);
    *found = (IfdValues){type, count, offset};
    return (offset <= place->file_nbytes &&
            nbytes <= place->file_nbytes - offset) ||
           fail("a TIFF tag points outside the file", status);
}

bool ifd_find_values(const IfdPlace *place, const uint16_t *tags, int count,
                     IfdValues *values, Status *status)
{
    File file = {.place = place};
    uint64_t entry_count = 0, first = 0;
    for (int i = 0; i < count; i++)
        values[i] = (IfdValues){.count = 0};
    if (!read_header(&file, &first, status))
        return false;
    uint8_t *entries = read_entries(&file, place->offset, &entry_count, status);
    const IfdFormat *format = file.format;
    bool ok = entries != NULL;
    for (uint64_t i = 0; ok && i < entry_count; i++) {
        const uint8_t *entry = entries + i * format->entry_nbytes;
        const uint64_t at =
            place->offset + format->count_nbytes + i * format->entry_nbytes;
        for (int j = 0; ok && j < count; j++)
            ok = tags[j] != number_at(entry, 2) ||
                 find_entry(&file, entry, at, &values[j], status);
    }
    free(entries);
    return ok;
}

bool ifd_read_numbers(const IfdPlace *place, const IfdValues *values,
                      uint64_t first, uint64_t count, uint64_t *numbers,
                      Status *status)
{
    const size_t size = ifd_type_nbytes(values->type);
    uint8_t *bytes = malloc((size_t)(count * size) + 1);
    if (bytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    const bool ok = tile_store_read(place->file, values->offset + first * size,
                                    bytes, (size_t)(count * size), status);
    for (uint64_t i = 0; ok && i < count; i++)
        numbers[i] = number_at(bytes + i * size, size);
    free(bytes);
    return ok;
}

bool ifd_find_all(const IfdPlace *place, int count, uint64_t *offsets,
                  Status *status)
{
    File file = {.place = place};
    uint64_t offset = 0;
    bool ok = read_header(&file, &offset, status);
    for (int i = 0; ok && i < count; i++) {
        uint64_t entry_count = 0;
        uint8_t *entries = read_entries(&file, offset, &entry_count, status);
        offsets[i] = offset;
        ok = entries != NULL;
        if (ok)
            offset =
                number_at(entries + entry_count * file.format->entry_nbytes,
                          file.format->value_nbytes);
        free(entries);
    }
    return ok;
}

/** A TileStore's read() of bytes in memory. */
static bool copy_bytes(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status)
{
    (void)status;
    memcpy(data, (const uint8_t *)user + position, nbytes);
    return true;
}

Ifd *ifd_parse(const uint8_t *bytes, size_t nbytes, int index, Status *status)
{
    const TileStore store = {copy_bytes, (void *)bytes};
    const IfdPlace place = {
        .file = &store, .file_nbytes = nbytes, .values_max = UINT64_MAX};
    File file = {.place = &place};
    uint64_t first = 0;
    return read_header(&file, &first, status)
               ? read_chained(&file, first, index, status)
               : NULL;
}
