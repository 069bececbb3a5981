/* SPDX-License-Identifier: MIT */
#include "ifd.h"

#include <stdlib.h>
#include <string.h>

typedef struct Entry {
    uint16_t tag, type;
    uint64_t count;
    uint8_t *data;           /**< the values, owned; or NULL: */
    const uint64_t *offsets; /**< not owned, written as LONG or LONG8 */
} Entry;

struct Ifd {
    Entry *entries; /**< ascending by tag, as TIFF 6.0 section 2 asks */
    size_t count, capacity;
};

/** The numbers in which classic TIFF and BigTIFF differ. */
typedef struct Format {
    size_t count_nbytes; /**< of the number of entries */
    size_t entry_nbytes;
    size_t value_nbytes; /**< of an offset, and of a value held in place */
} Format;

static const Format classic_format = {2, 12, 4};
static const Format big_format = {8, 20, 8};

static const Format *format_of(bool big)
{
    return big ? &big_format : &classic_format;
}

/** Bytes of one value; 0 for a type that no specification names. */
static size_t type_nbytes(uint16_t type)
{
    static const uint8_t nbytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                     8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < sizeof nbytes ? nbytes[type] : 0;
}

Ifd *ifd_new(void)
{
    return calloc(1, sizeof(Ifd));
}

void ifd_free(Ifd *ifd)
{
    if (ifd == NULL)
        return;
    for (size_t i = 0; i < ifd->count; i++)
        free(ifd->entries[i].data);
    free(ifd->entries);
    free(ifd);
}

/** The index of the first entry whose tag is not below @p tag. */
static size_t lower_bound(const Ifd *ifd, uint16_t tag)
{
    size_t i = 0;
    while (i < ifd->count && ifd->entries[i].tag < tag)
        i++;
    return i;
}

static const Entry *find(const Ifd *ifd, uint16_t tag)
{
    const size_t i = lower_bound(ifd, tag);
    return i < ifd->count && ifd->entries[i].tag == tag ? &ifd->entries[i]
                                                        : NULL;
}

void ifd_remove(Ifd *ifd, uint16_t tag)
{
    const size_t i = lower_bound(ifd, tag);
    if (i == ifd->count || ifd->entries[i].tag != tag)
        return;
    free(ifd->entries[i].data);
    ifd->count--;
    memmove(&ifd->entries[i], &ifd->entries[i + 1],
            (ifd->count - i) * sizeof *ifd->entries);
}

/** Makes room for @p tag and returns its entry, empty; NULL: no memory. */
static Entry *insert(Ifd *ifd, uint16_t tag)
{
    if (ifd->count == ifd->capacity) {
        const size_t capacity = 2 * ifd->capacity + 16;
        Entry *entries = realloc(ifd->entries, capacity * sizeof *ifd->entries);
        if (entries == NULL)
            return NULL;
        ifd->entries = entries;
        ifd->capacity = capacity;
    }
    ifd_remove(ifd, tag);
    const size_t i = lower_bound(ifd, tag);
    memmove(&ifd->entries[i + 1], &ifd->entries[i],
            (ifd->count - i) * sizeof *ifd->entries);
    ifd->count++;
    ifd->entries[i] = (Entry){.tag = tag};
    return &ifd->entries[i];
}

bool ifd_set(Ifd *ifd, uint16_t tag, uint16_t type, uint64_t count,
             const void *data, Status *status)
{
    const size_t nbytes = (size_t)count * type_nbytes(type);
    uint8_t *copy = malloc(nbytes > 0 ? nbytes : 1);
    Entry *entry = copy != NULL ? insert(ifd, tag) : NULL;
    if (entry == NULL) {
        free(copy);
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    }
    memcpy(copy, data, nbytes);
    entry->type = type;
    entry->count = count;
    entry->data = copy;
    return true;
}

static bool is_among(uint16_t tag, const uint16_t *tags, size_t tag_count)
{
    bool found = tags == NULL;
    for (size_t i = 0; !found && i < tag_count; i++)
        found = tags[i] == tag;
    return found;
}

Ifd *ifd_copy(const Ifd *ifd, const uint16_t *tags, size_t tag_count)
{
    Status status = {.code = STATUS_OK};
    Ifd *copy = ifd_new();
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < ifd->count; i++) {
        const Entry *entry = &ifd->entries[i];
        if (!is_among(entry->tag, tags, tag_count))
            continue;
        ok = entry->offsets != NULL
                 ? ifd_set_offsets(copy, entry->tag, entry->offsets,
                                   entry->count, &status)
                 : ifd_set(copy, entry->tag, entry->type, entry->count,
                           entry->data, &status);
    }
    if (!ok) {
        ifd_free(copy);
        return NULL;
    }
    return copy;
}

bool ifd_set_number(Ifd *ifd, uint16_t tag, uint32_t value, Status *status)
{
    const uint16_t small = (uint16_t)value;
    return small == value ? ifd_set(ifd, tag, IFD_SHORT, 1, &small, status)
                          : ifd_set(ifd, tag, IFD_LONG, 1, &value, status);
}

bool ifd_set_offsets(Ifd *ifd, uint16_t tag, const uint64_t *offsets,
                     uint64_t count, Status *status)
{
    Entry *entry = insert(ifd, tag);
    if (entry == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    entry->type = IFD_LONG8;
    entry->count = count;
    entry->offsets = offsets;
    return true;
}

bool ifd_has(const Ifd *ifd, uint16_t tag)
{
    return find(ifd, tag) != NULL;
}

uint64_t ifd_number(const Ifd *ifd, uint16_t tag, uint64_t otherwise)
{
    const Entry *entry = find(ifd, tag);
    uint64_t value = 0;
    if (entry == NULL || entry->count == 0)
        return otherwise;
    if (entry->offsets != NULL)
        return entry->offsets[0];
    memcpy(&value, entry->data, type_nbytes(entry->type));
    return value;
}

const char *ifd_text(const Ifd *ifd, uint16_t tag)
{
    const Entry *entry = find(ifd, tag);
    const bool ends = entry != NULL && entry->type == IFD_ASCII &&
                      entry->count > 0 && entry->data[entry->count - 1] == 0;
    return ends ? (const char *)entry->data : NULL;
}

bool ifd_same(const Ifd *a, const Ifd *b, uint16_t tag)
{
    const Entry *one = find(a, tag), *other = find(b, tag);
    if (one == NULL || other == NULL)
        return one == other;
    const uint64_t count =
        one->count < other->count ? one->count : other->count;
    return one->type == other->type && one->data != NULL &&
           other->data != NULL &&
           memcmp(one->data, other->data,
                  (size_t)count * type_nbytes(one->type)) == 0;
}

static uint64_t read_number(const uint8_t *at, size_t nbytes)
{
    uint64_t value = 0;
    memcpy(&value, at, nbytes);
    return value;
}

/** A file in memory, of which only what lies inside can be reached. */
typedef struct File {
    const uint8_t *bytes;
    size_t nbytes;
    const Format *format;
} File;

static const uint8_t *file_at(const File *file, uint64_t offset,
                              uint64_t nbytes)
{
    return offset <= file->nbytes && nbytes <= file->nbytes - offset
               ? file->bytes + offset
               : NULL;
}

static bool parse_entry(Ifd *ifd, const File *file, const uint8_t *at,
                        Status *status)
{
    const size_t value_nbytes = file->format->value_nbytes;
    const uint16_t tag = (uint16_t)read_number(at, 2);
    const uint16_t type = (uint16_t)read_number(at + 2, 2);
    const uint64_t count = read_number(at + 4, value_nbytes);
    const size_t size = type_nbytes(type);
    const uint8_t *value = at + 4 + value_nbytes;

    if (size == 0 || count > file->nbytes / size)
        return status_fail(status, STATUS_INVALID, "TIFF tag %d cannot be read",
                           tag);
    if (count * size > value_nbytes)
        value = file_at(file, read_number(value, value_nbytes), count * size);
    if (value == NULL)
        return status_fail(status, STATUS_INVALID,
                           "TIFF tag %d points outside the file", tag);
    return ifd_set(ifd, tag, type, count, value, status);
}

/** Finds the offset of the first directory and the file's format. */
static bool parse_header(File *file, uint64_t *first)
{
    const uint8_t *at = file_at(file, 0, 8);
    if (at == NULL || at[0] != 'I' || at[1] != 'I')
        return false;
    const uint64_t version = read_number(at + 2, 2);
    file->format = format_of(version == 43);
    if (version == 42)
        *first = read_number(at + 4, 4);
    else if (version == 43 && file_at(file, 0, IFD_HEADER_NBYTES) != NULL)
        *first = read_number(at + 8, 8);
    else
        return false;
    return true;
}

/** The number of entries of the directory at @p offset.
 * @param[out] entries the first one, all of them being inside the file
 * @return 0 if there is no directory there */
static uint64_t parse_count(const File *file, uint64_t offset,
                            const uint8_t **entries)
{
    const Format *format = file->format;
    const uint8_t *at = file_at(file, offset, format->count_nbytes);
    if (offset == 0 || at == NULL)
        return 0;
    const uint64_t count = read_number(at, format->count_nbytes);
    if (count > UINT16_MAX ||
        file_at(file, offset + format->count_nbytes,
                count * format->entry_nbytes + format->value_nbytes) == NULL)
        return 0;
    *entries = at + format->count_nbytes;
    return count;
}

Ifd *ifd_parse(const uint8_t *bytes, size_t nbytes, int index, Status *status)
{
    File file = {.bytes = bytes, .nbytes = nbytes};
    uint64_t offset, count = 0;
    const uint8_t *entries = NULL;

    if (!parse_header(&file, &offset)) {
        status_fail(status, STATUS_INVALID, "not a little-endian TIFF file");
        return NULL;
    }
    for (int i = 0; i <= index; i++) {
        count = parse_count(&file, offset, &entries);
        if (count == 0) {
            status_fail(status, STATUS_INVALID, "no TIFF directory %d", index);
            return NULL;
        }
        offset = read_number(entries + count * file.format->entry_nbytes,
                             file.format->value_nbytes);
    }

    Ifd *ifd = ifd_new();
    if (ifd == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    for (uint64_t i = 0; i < count; i++)
        if (!parse_entry(ifd, &file, entries + i * file.format->entry_nbytes,
                         status)) {
            ifd_free(ifd);
            return NULL;
        }
    return ifd;
}

static uint64_t value_nbytes(const Entry *entry, bool big)
{
    const size_t each = entry->offsets != NULL ? format_of(big)->value_nbytes
                                               : type_nbytes(entry->type);
    return entry->count * each;
}

static uint64_t even(uint64_t nbytes)
{
    return nbytes + (nbytes & 1);
}

/** Bytes of the directory without the values that lie behind it. */
static uint64_t table_nbytes(const Ifd *ifd, const Format *format)
{
    return format->count_nbytes + ifd->count * format->entry_nbytes +
           format->value_nbytes;
}

uint64_t ifd_nbytes(const Ifd *ifd, bool big)
{
    const Format *format = format_of(big);
    uint64_t nbytes = table_nbytes(ifd, format);
    for (size_t i = 0; i < ifd->count; i++) {
        const uint64_t own = value_nbytes(&ifd->entries[i], big);
        if (own > format->value_nbytes)
            nbytes += even(own);
    }
    return nbytes;
}

static uint8_t *put_number(uint8_t *out, uint64_t value, size_t nbytes)
{
    memcpy(out, &value, nbytes);
    return out + nbytes;
}

static void put_values(uint8_t *out, const Entry *entry, bool big)
{
    if (entry->offsets == NULL) {
        memcpy(out, entry->data, (size_t)value_nbytes(entry, big));
        return;
    }
    for (uint64_t i = 0; i < entry->count; i++)
        out = put_number(out, entry->offsets[i], format_of(big)->value_nbytes);
}

void ifd_serialize(const Ifd *ifd, bool big, uint64_t position, uint64_t next,
                   uint8_t *out)
{
    const Format *format = format_of(big);
    uint64_t values = table_nbytes(ifd, format);
    memset(out, 0, (size_t)ifd_nbytes(ifd, big));

    uint8_t *at = put_number(out, ifd->count, format->count_nbytes);
    for (size_t i = 0; i < ifd->count; i++) {
        const Entry *entry = &ifd->entries[i];
        const uint64_t nbytes = value_nbytes(entry, big);
        const uint16_t type =
            entry->offsets != NULL && !big ? IFD_LONG : entry->type;
        at = put_number(at, entry->tag, 2);
        at = put_number(at, type, 2);
        at = put_number(at, entry->count, format->value_nbytes);
        if (nbytes <= format->value_nbytes) {
            put_values(at, entry, big);
        } else {
            put_number(at, position + values, format->value_nbytes);
            put_values(out + values, entry, big);
            values += even(nbytes);
        }
        at += format->value_nbytes;
    }
    put_number(at, next, format->value_nbytes);
}

void ifd_serialize_header(bool big, uint64_t first,
                          uint8_t out[IFD_HEADER_NBYTES])
{
    memset(out, 0, IFD_HEADER_NBYTES);
    out[0] = out[1] = 'I';
    out[2] = big ? 43 : 42;
    if (big)
        out[4] = 8; /* bytes of an offset */
    put_number(out + (big ? 8 : 4), first, format_of(big)->value_nbytes);
}
