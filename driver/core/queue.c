/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct Queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    TileJob *jobs; /**< a ring of a power of two */
    size_t capacity;
    int64_t first, end; /**< sequence numbers of what it holds */
    bool closed, aborted;
};

enum { INITIAL_CAPACITY = 64 };

Queue *queue_new(void)
{
    Queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    queue->jobs = malloc(INITIAL_CAPACITY * sizeof *queue->jobs);
    if (queue->jobs == NULL) {
        free(queue);
        return NULL;
    }
    queue->capacity = INITIAL_CAPACITY;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->changed, NULL);
    return queue;
}

static TileJob *job_at(Queue *queue, int64_t sequence)
{
    return &queue->jobs[(size_t)sequence & (queue->capacity - 1)];
}

void queue_free(Queue *queue)
{
    if (queue == NULL)
        return;
    for (; queue->first < queue->end; queue->first++)
        buffer_release(job_at(queue, queue->first)->owner);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->jobs);
    free(queue);
}

static bool grow(Queue *queue)
{
    Queue larger = {.capacity = 2 * queue->capacity};
    larger.jobs = malloc(larger.capacity * sizeof *larger.jobs);
    if (larger.jobs == NULL)
        return false;
    for (int64_t i = queue->first; i < queue->end; i++)
        *job_at(&larger, i) = *job_at(queue, i);
    free(queue->jobs);
    queue->jobs = larger.jobs;
    queue->capacity = larger.capacity;
    return true;
}

bool queue_push(Queue *queue, const TileJob *job)
{
    pthread_mutex_lock(&queue->mutex);
    const bool full = (size_t)(queue->end - queue->first) == queue->capacity;
    const bool ok = !full || grow(queue);
    if (ok) {
        *job_at(queue, queue->end++) = *job;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return ok;
}

bool queue_pop(Queue *queue, TileJob *job, int64_t *sequence)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->first == queue->end && !queue->closed && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    const bool ok = queue->first < queue->end && !queue->aborted;
    if (ok) {
        *sequence = queue->first;
        *job = *job_at(queue, queue->first++);
    }
    pthread_mutex_unlock(&queue->mutex);
    return ok;
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

void queue_abort(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->aborted = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}
