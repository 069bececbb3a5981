/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "pages.h"

struct Pool {
    pthread_mutex_t mutex;
    pthread_cond_t released;
    size_t buffer_nbytes;
    int limit;
    int out, peak_out;
    Buffer *idle;
};

Pool *pool_new(size_t buffer_nbytes, int limit)
{
    Pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->mutex, NULL);
    clock_cond_init(&pool->released);
    pool->buffer_nbytes = buffer_nbytes;
    pool->limit = limit;
    return pool;
}

static void buffer_free(Buffer *buffer)
{
    free(buffer->data);
    free(buffer);
}

void pool_free_idle(Pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->idle != NULL) {
        Buffer *next = pool->idle->next_idle;
        buffer_free(pool->idle);
        pool->idle = next;
    }
    pthread_mutex_unlock(&pool->mutex);
}

void pool_free(Pool *pool)
{
    if (pool == NULL)
        return;
    pool_free_idle(pool);
    pthread_cond_destroy(&pool->released);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

static Buffer *buffer_new(Pool *pool)
{
    Buffer *buffer = calloc(1, sizeof *buffer);
    if (buffer == NULL)
        return NULL;
    buffer->data = pages_alloc(pool->buffer_nbytes);
    if (buffer->data == NULL) {
        free(buffer);
        return NULL;
    }
    buffer->pool = pool;
    return buffer;
}

Buffer *pool_take(Pool *pool, int timeout_ms, int *no_memory)
{
    const struct timespec deadline = clock_deadline(timeout_ms);
    Buffer *buffer = NULL;
    *no_memory = 0;

    pthread_mutex_lock(&pool->mutex);
    while (pool->limit > 0 && pool->out == pool->limit)
        if (pthread_cond_timedwait(&pool->released, &pool->mutex, &deadline))
            break;
    if (pool->limit == 0 || pool->out < pool->limit) {
        buffer = pool->idle;
        if (buffer != NULL)
            pool->idle = buffer->next_idle;
        else
            buffer = buffer_new(pool);
        *no_memory = buffer == NULL;
    }
    if (buffer != NULL) {
        atomic_init(&buffer->references, 1);
        if (++pool->out > pool->peak_out)
            pool->peak_out = pool->out;
    }
    pthread_mutex_unlock(&pool->mutex);
    return buffer;
}

int pool_out(Pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    const int out = pool->out;
    pthread_mutex_unlock(&pool->mutex);
    return out;
}

uint64_t pool_peak_nbytes(Pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    const uint64_t nbytes = (uint64_t)pool->peak_out * pool->buffer_nbytes;
    pthread_mutex_unlock(&pool->mutex);
    return nbytes;
}

void buffer_retain(Buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->references, 1, memory_order_relaxed);
}

bool buffer_is_sole(const Buffer *buffer)
{
    return atomic_load_explicit(&buffer->references, memory_order_acquire) == 1;
}

void buffer_release(Buffer *buffer)
{
    if (buffer == NULL || atomic_fetch_sub_explicit(&buffer->references, 1,
                                                    memory_order_acq_rel) > 1)
        return;
    Pool *pool = buffer->pool;
    pthread_mutex_lock(&pool->mutex);
    buffer->next_idle = pool->idle;
    pool->idle = buffer;
    pool->out--;
    pthread_cond_signal(&pool->released);
    pthread_mutex_unlock(&pool->mutex);
}
