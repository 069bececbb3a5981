/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "pages.h"

enum { LARGE_NBYTES = 16 << 20 };

/** One encoded tile between reserve and write. */
typedef struct Slot {
    uint8_t *data;
    size_t nbytes; /**< 0: the tile is left out */
    int64_t tile_index;
    int image;
    bool ready;
} Slot;

struct Writer {
    pthread_mutex_t mutex;
    pthread_cond_t advanced; /**< written grew, or aborted */
    Slot *slots;             /**< a ring, by sequence */
    int slot_count;
    size_t slot_nbytes;
    int64_t written;   /**< tiles; also the sequence that is due */
    int64_t waited_ns; /**< in writer_reserve(), by all threads */
    bool writing;      /**< a worker is at it */
    bool aborted;
    Output output;     /**< used by the worker that writes only */
    uint64_t position; /**< likewise */
    TileIndex *index;  /**< likewise; one for each image */
    int image_count;
};

static bool index_init(TileIndex *index, int64_t count)
{
    index->count = count;
    index->offsets = calloc((size_t)count, sizeof *index->offsets);
    index->nbytes = calloc((size_t)count, sizeof *index->nbytes);
    return index->offsets != NULL && index->nbytes != NULL;
}

Writer *writer_new(const Layout *layouts, int image_count, int slots,
                   size_t slot_nbytes, Output output, uint64_t position)
{
    Writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    pthread_mutex_init(&writer->mutex, NULL);
    clock_cond_init(&writer->advanced);
    writer->output = output;
    writer->position = position;
    writer->slots = calloc((size_t)slots, sizeof *writer->slots);
    writer->index = calloc((size_t)image_count, sizeof *writer->index);
    bool ok = writer->slots != NULL && writer->index != NULL;
    writer->image_count = ok ? image_count : 0;
    writer->slot_count = ok ? slots : 0;
    writer->slot_nbytes = slot_nbytes;
    for (int i = 0; ok && i < slots; i++) {
        writer->slots[i].data = malloc(slot_nbytes);
        ok = writer->slots[i].data != NULL;
    }
    for (int i = 0; ok && i < image_count; i++)
        ok = index_init(&writer->index[i], layouts[i].tile_count);
    if (!ok) {
        writer_free(writer);
        return NULL;
    }
    return writer;
}

void writer_free_slots(Writer *writer)
{
    for (int i = 0; i < writer->slot_count; i++)
        free(writer->slots[i].data);
    free(writer->slots);
    writer->slots = NULL;
    writer->slot_count = 0;
}

void writer_free(Writer *writer)
{
    if (writer == NULL)
        return;
    for (int i = 0; i < writer->image_count; i++) {
        free(writer->index[i].offsets);
        free(writer->index[i].nbytes);
    }
    free(writer->index);
    writer_free_slots(writer);
    pthread_cond_destroy(&writer->advanced);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

static Slot *slot_of(Writer *writer, int64_t sequence)
{
    return &writer->slots[sequence % writer->slot_count];
}

static bool must_wait(const Writer *writer, int64_t sequence)
{
    return !writer->aborted && sequence >= writer->written + writer->slot_count;
}

uint8_t *writer_reserve(Writer *writer, int64_t sequence)
{
    pthread_mutex_lock(&writer->mutex);
    if (must_wait(writer, sequence)) {
        const int64_t began = clock_now_ns();
        while (must_wait(writer, sequence))
            pthread_cond_wait(&writer->advanced, &writer->mutex);
        writer->waited_ns += clock_now_ns() - began;
    }
    uint8_t *data = writer->aborted ? NULL : slot_of(writer, sequence)->data;
    pthread_mutex_unlock(&writer->mutex);
    return data;
}

/** Appends one tile and notes where it lies. */
static bool write_slot(Writer *writer, const Slot *slot, Status *status)
{
    TileIndex *index = &writer->index[slot->image];
    if (index->nbytes[slot->tile_index] != 0)
        return status_fail(status, STATUS_INVALID, "a tile came twice");
    if (slot->nbytes == 0)
        return true;
    if (!writer->output.append(writer->output.user, slot->data, slot->nbytes,
                               status))
        return false;
    /* The next that is so large may be long in coming. */
    if (slot->nbytes >= LARGE_NBYTES)
        pages_give_back(slot->data, slot->data + slot->nbytes);
    index->offsets[slot->tile_index] = writer->position;
    index->nbytes[slot->tile_index] = (uint32_t)slot->nbytes;
    writer->position += slot->nbytes;
    return true;
}

/** Writes what is due, letting go of the mutex, which is held, meanwhile. */
static bool write_due(Writer *writer, Status *status)
{
    bool ok = true;
    writer->writing = true;
    while (ok && !writer->aborted && slot_of(writer, writer->written)->ready) {
        Slot *slot = slot_of(writer, writer->written);
        pthread_mutex_unlock(&writer->mutex);
        ok = write_slot(writer, slot, status);
        pthread_mutex_lock(&writer->mutex);
        if (ok) {
            slot->ready = false;
            writer->written++;
            pthread_cond_broadcast(&writer->advanced);
        }
    }
    writer->writing = false;
    if (!ok) {
        writer->aborted = true;
        pthread_cond_broadcast(&writer->advanced);
    }
    return ok;
}

/** Brings a payload into the slot, which is the calling thread's. */
static bool fill_slot(const Writer *writer, Slot *slot, const Payload *payload,
                      Status *status)
{
    const EncodedTile *encoded = &payload->of.encoded;
    if (payload->kind == PAYLOAD_EMPTY) {
        slot->nbytes = 0;
        return true;
    }
    if (payload->kind != PAYLOAD_ENCODED || encoded->nbytes == 0)
        return status_fail(status, STATUS_INVALID,
                           "a tile that is not encoded came to be written");
    if (encoded->nbytes > writer->slot_nbytes || encoded->nbytes > UINT32_MAX)
        return status_fail(status, STATUS_INVALID,
                           "an encoded tile of %zu bytes is larger than any of "
                           "%zu bytes that was planned for",
                           encoded->nbytes, writer->slot_nbytes);
    if (encoded->bytes != slot->data)
        memcpy(slot->data, encoded->bytes, encoded->nbytes);
    slot->nbytes = encoded->nbytes;
    return true;
}

bool writer_commit(Writer *writer, int64_t sequence, int image,
                   int64_t tile_index, const Payload *payload, Status *status)
{
    Slot *slot = slot_of(writer, sequence);
    if (!fill_slot(writer, slot, payload, status))
        return false;
    pthread_mutex_lock(&writer->mutex);
    slot->image = image;
    slot->tile_index = tile_index;
    slot->ready = true;
    const bool ok = writer->writing || write_due(writer, status);
    pthread_mutex_unlock(&writer->mutex);
    return ok;
}

int64_t writer_waited_ns(Writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    const int64_t waited_ns = writer->waited_ns;
    pthread_mutex_unlock(&writer->mutex);
    return waited_ns;
}

void writer_abort(Writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->aborted = true;
    pthread_cond_broadcast(&writer->advanced);
    pthread_mutex_unlock(&writer->mutex);
}

int64_t writer_wait(Writer *writer, int64_t count, int timeout_ms)
{
    const struct timespec deadline = clock_deadline(timeout_ms);
    pthread_mutex_lock(&writer->mutex);
    while (writer->written < count && !writer->aborted)
        if (pthread_cond_timedwait(&writer->advanced, &writer->mutex,
                                   &deadline))
            break;
    const int64_t written = writer->written;
    pthread_mutex_unlock(&writer->mutex);
    return written;
}

TileIndex writer_take_index(Writer *writer, int image)
{
    const TileIndex taken = writer->index[image];
    writer->index[image] = (TileIndex){.offsets = NULL};
    return taken;
}

const TileIndex *writer_index(const Writer *writer, int image)
{
    return &writer->index[image];
}

uint64_t writer_position(const Writer *writer)
{
    return writer->position;
}
