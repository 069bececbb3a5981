/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "clock.h"

/** A ring. */
typedef struct Lane {
    Job *jobs;
    size_t capacity; /**< a power of two */
    size_t first, end;
} Lane;

enum { LANES = URGENCY_OVERVIEW + 1 };

struct Queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    Lane lanes[LANES]; /**< by urgency */
    int64_t tiles_taken;
    int64_t waited_ns; /**< in queue_pop(), by all threads */
    bool closed, aborted;
};

enum { INITIAL_CAPACITY = 64 };

static bool lane_init(Lane *lane)
{
    lane->jobs = calloc(INITIAL_CAPACITY, sizeof *lane->jobs);
    lane->capacity = INITIAL_CAPACITY;
    return lane->jobs != NULL;
}

Queue *queue_new(void)
{
    Queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->changed, NULL);
    bool ok = true;
    for (int i = 0; i < LANES; i++)
        ok = lane_init(&queue->lanes[i]) && ok;
    if (!ok) {
        queue_free(queue);
        return NULL;
    }
    return queue;
}

static Job *job_at(const Lane *lane, size_t index)
{
    return &lane->jobs[index & (lane->capacity - 1)];
}

Buffer *job_owner(const Job *job)
{
    return job->kind == JOB_TILE ? job->of.tile.owner : job->of.cell.owner;
}

void queue_free(Queue *queue)
{
    if (queue == NULL)
        return;
    for (int i = 0; i < LANES; i++) {
        Lane *lane = &queue->lanes[i];
        for (; lane->first < lane->end; lane->first++)
            buffer_release(job_owner(job_at(lane, lane->first)));
        free(lane->jobs);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

static bool grow(Lane *lane)
{
    Lane larger = *lane;
    larger.capacity *= 2;
    larger.jobs = malloc(larger.capacity * sizeof *larger.jobs);
    if (larger.jobs == NULL)
        return false;
    for (size_t i = lane->first; i < lane->end; i++)
        *job_at(&larger, i) = *job_at(lane, i);
    free(lane->jobs);
    *lane = larger;
    return true;
}

bool queue_push(Queue *queue, const Job *job, Urgency urgency)
{
    pthread_mutex_lock(&queue->mutex);
    Lane *lane = &queue->lanes[urgency];
    const bool full = lane->end - lane->first == lane->capacity;
    const bool ok = !full || grow(lane);
    if (ok) {
        *job_at(lane, lane->end++) = *job;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return ok;
}

/** The lane whose turn it is, or NULL if all are empty. */
static Lane *due(Queue *queue)
{
    for (int i = LANES - 1; i >= 0; i--)
        if (queue->lanes[i].first < queue->lanes[i].end)
            return &queue->lanes[i];
    return NULL;
}

/** Lets go of the mutex, which is held, meanwhile. */
static void wait_for_job(Queue *queue)
{
    if (due(queue) != NULL || queue->closed || queue->aborted)
        return;
    const int64_t began = clock_now_ns();
    while (due(queue) == NULL && !queue->closed && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    queue->waited_ns += clock_now_ns() - began;
}

bool queue_pop(Queue *queue, Job *job, int64_t *sequence)
{
    pthread_mutex_lock(&queue->mutex);
    wait_for_job(queue);
    Lane *lane = queue->aborted ? NULL : due(queue);
    if (lane != NULL) {
        *job = *job_at(lane, lane->first++);
        *sequence = queue->tiles_taken;
        queue->tiles_taken += job->kind == JOB_TILE;
    }
    pthread_mutex_unlock(&queue->mutex);
    return lane != NULL;
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

int64_t queue_waited_ns(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    const int64_t waited_ns = queue->waited_ns;
    pthread_mutex_unlock(&queue->mutex);
    return waited_ns;
}
