/* SPDX-License-Identifier: MIT */
#include "dispatch.h"

#include "clock.h"

void dispatch_init(Dispatch *dispatch)
{
    atomic_init(&dispatch->jobs, 0);
    atomic_init(&dispatch->draining, false);
    atomic_init(&dispatch->failed, false);
    pthread_mutex_init(&dispatch->mutex, NULL);
    clock_cond_init(&dispatch->caller_wakes);
}

void dispatch_clear(Dispatch *dispatch)
{
    pthread_cond_destroy(&dispatch->caller_wakes);
    pthread_mutex_destroy(&dispatch->mutex);
}

void dispatch_fail(Dispatch *dispatch, const Status *status)
{
    pthread_mutex_lock(&dispatch->mutex);
    status_merge(&dispatch->status, status);
    pthread_cond_broadcast(&dispatch->caller_wakes);
    pthread_mutex_unlock(&dispatch->mutex);
    atomic_store(&dispatch->failed, true);
    queue_abort(dispatch->queue);
    writer_abort(dispatch->writer);
}

bool dispatch_is_callers(const Dispatch *dispatch, const TileJob *tile)
{
    return dispatch->fed[tile->image / dispatch->images_per_level];
}

/** The throttle that a job counts for, or NULL. Jobs that workers hand over
 * have none: workers must not wait for each other. */
static Throttle *throttle_of(Dispatch *dispatch, const Job *job)
{
    if (job->kind == JOB_CELL)
        return job->of.cell.carried && dispatch->fed[job->of.cell.level - 1]
                   ? &dispatch->carried_cells
                   : NULL;
    return job->of.tile.carried && dispatch_is_callers(dispatch, &job->of.tile)
               ? &dispatch->carried_tiles
               : NULL;
}

static void carried_job_done(Dispatch *dispatch, Throttle *throttle)
{
    pthread_mutex_lock(&dispatch->mutex);
    throttle->count--;
    pthread_cond_signal(&dispatch->caller_wakes);
    pthread_mutex_unlock(&dispatch->mutex);
}

/** One job less; wakes the caller's thread if it waits for the last. */
static void job_is_gone(Dispatch *dispatch)
{
    if (atomic_fetch_sub(&dispatch->jobs, 1) > 1 ||
        !atomic_load(&dispatch->draining))
        return;
    pthread_mutex_lock(&dispatch->mutex);
    pthread_cond_signal(&dispatch->caller_wakes);
    pthread_mutex_unlock(&dispatch->mutex);
}

void dispatch_done(Dispatch *dispatch, const Job *job, const Status *status)
{
    Throttle *throttle = throttle_of(dispatch, job);
    if (throttle != NULL)
        carried_job_done(dispatch, throttle);
    if (status->code != STATUS_OK)
        dispatch_fail(dispatch, status);
    job_is_gone(dispatch);
}

bool dispatch_go_on(Dispatch *dispatch)
{
    if (atomic_load(&dispatch->failed))
        return false;
    if (dispatch->tick(dispatch->tick_user,
                       writer_wait(dispatch->writer, 0, 0)))
        return true;
    const Status cancelled = {.code = STATUS_CANCELLED, .message = "cancelled"};
    dispatch_fail(dispatch, &cancelled);
    return false;
}

/** Waits on the caller's thread, which holds the mutex, while @p waits says so.
 * @return false after a failure or a cancel */
static bool wait_while(Dispatch *dispatch,
                       bool (*waits)(Dispatch *, const Throttle *),
                       const Throttle *throttle)
{
    bool go_on = true;
    if (!waits(dispatch, throttle))
        return true;
    const int64_t began = clock_now_ns();
    while (go_on && waits(dispatch, throttle)) {
        const struct timespec deadline = clock_deadline(PIPELINE_TICK_MS);
        if (pthread_cond_timedwait(&dispatch->caller_wakes, &dispatch->mutex,
                                   &deadline) != 0 ||
            atomic_load(&dispatch->failed)) {
            pthread_mutex_unlock(&dispatch->mutex);
            go_on = dispatch_go_on(dispatch);
            pthread_mutex_lock(&dispatch->mutex);
        }
    }
    dispatch->waited_ns += clock_now_ns() - began;
    return go_on;
}

static bool is_full(Dispatch *dispatch, const Throttle *throttle)
{
    (void)dispatch;
    return throttle->count >= throttle->limit;
}

/** Waits until one more job may be on its way.
 * @return false after a failure or a cancel */
static bool enter_throttle(Dispatch *dispatch, Throttle *throttle)
{
    pthread_mutex_lock(&dispatch->mutex);
    const bool go_on = wait_while(dispatch, is_full, throttle);
    if (go_on)
        throttle->count++;
    pthread_mutex_unlock(&dispatch->mutex);
    return go_on;
}

static bool has_jobs(Dispatch *dispatch, const Throttle *none)
{
    (void)none;
    return atomic_load(&dispatch->jobs) > 0;
}

bool dispatch_drain(Dispatch *dispatch)
{
    atomic_store(&dispatch->draining, true);
    pthread_mutex_lock(&dispatch->mutex);
    const bool go_on = wait_while(dispatch, has_jobs, NULL);
    pthread_mutex_unlock(&dispatch->mutex);
    atomic_store(&dispatch->draining, false);
    return go_on && !atomic_load(&dispatch->failed);
}

static Urgency urgency_of(const Dispatch *dispatch, const Job *job)
{
    if (job->kind == JOB_CELL)
        return dispatch->fed[job->of.cell.level - 1] ? URGENCY_CELL
                                                     : URGENCY_OVERVIEW;
    return dispatch_is_callers(dispatch, &job->of.tile) ? URGENCY_TILE
                                                        : URGENCY_OVERVIEW;
}

bool dispatch_submit(Dispatch *dispatch, const Job *job)
{
    Throttle *throttle = throttle_of(dispatch, job);
    bool ok = throttle == NULL || enter_throttle(dispatch, throttle);
    atomic_fetch_add(&dispatch->jobs, 1);
    if (ok && !queue_push(dispatch->queue, job, urgency_of(dispatch, job))) {
        const Status status = {.code = STATUS_NO_MEMORY,
                               .message = "out of memory for the queue"};
        dispatch_fail(dispatch, &status);
        ok = false;
    }
    if (!ok) {
        buffer_release(job_owner(job));
        job_is_gone(dispatch);
    }
    return ok;
}

bool dispatch_give_up(Dispatch *dispatch, Status *status)
{
    pthread_mutex_lock(&dispatch->mutex);
    status_merge(status, &dispatch->status);
    pthread_mutex_unlock(&dispatch->mutex);
    return false;
}
