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

const IfdFormat *ifd_format(bool big)
{
    static const IfdFormat classic = {2, 12, 4};
    static const IfdFormat large = {8, 20, 8};
    return big ? &large : &classic;
}

size_t ifd_type_nbytes(uint16_t type)
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
    const size_t nbytes = (size_t)count * ifd_type_nbytes(type);
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

uint64_t ifd_count(const Ifd *ifd, uint16_t tag)
{
    const Entry *entry = find(ifd, tag);
    return entry != NULL ? entry->count : 0;
}

/** Value @p i of an entry that has so many. */
static uint64_t value_at(const Entry *entry, uint64_t i)
{
    const size_t nbytes = ifd_type_nbytes(entry->type);
    uint64_t value = 0;
    if (entry->offsets != NULL)
        return entry->offsets[i];
    memcpy(&value, entry->data + i * nbytes, nbytes);
    return value;
}

uint64_t ifd_number(const Ifd *ifd, uint16_t tag, uint64_t otherwise)
{
    const Entry *entry = find(ifd, tag);
    return entry != NULL && entry->count > 0 ? value_at(entry, 0) : otherwise;
}

bool ifd_all_are(const Ifd *ifd, uint16_t tag, uint64_t number,
                 uint64_t otherwise)
{
    const Entry *entry = find(ifd, tag);
    bool all = entry != NULL || otherwise == number;
    for (uint64_t i = 0; all && entry != NULL && i < entry->count; i++)
        all = value_at(entry, i) == number;
    return all;
}

bool ifd_numbers(const Ifd *ifd, uint16_t tag, uint64_t *numbers,
                 uint64_t count)
{
    const Entry *entry = find(ifd, tag);
    const bool found = entry != NULL && entry->count == count;
    for (uint64_t i = 0; found && i < count; i++)
        numbers[i] = value_at(entry, i);
    return found;
}

bool ifd_take(Ifd *ifd, uint16_t tag, const Ifd *from, Status *status)
{
    const Entry *entry = find(from, tag);
    ifd_remove(ifd, tag);
    return entry == NULL ||
           ifd_set(ifd, tag, entry->type, entry->count, entry->data, status);
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
                  (size_t)count * ifd_type_nbytes(one->type)) == 0;
}

static uint64_t value_nbytes(const Entry *entry, bool big)
{
    const size_t each = entry->offsets != NULL ? ifd_format(big)->value_nbytes
                                               : ifd_type_nbytes(entry->type);
    return entry->count * each;
}

static uint64_t even(uint64_t nbytes)
{
    return nbytes + (nbytes & 1);
}

/** Bytes of the directory without the values that lie behind it. */
static uint64_t table_nbytes(const Ifd *ifd, const IfdFormat *format)
{
    return format->count_nbytes + ifd->count * format->entry_nbytes +
           format->value_nbytes;
}

uint64_t ifd_nbytes(const Ifd *ifd, bool big)
{
    const IfdFormat *format = ifd_format(big);
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
        out = put_number(out, entry->offsets[i], ifd_format(big)->value_nbytes);
}

void ifd_serialize(const Ifd *ifd, bool big, uint64_t position, uint64_t next,
                   uint8_t *out)
{
    const IfdFormat *format = ifd_format(big);
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
    put_number(out + (big ? 8 : 4), first, ifd_format(big)->value_nbytes);
}
