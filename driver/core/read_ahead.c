/* SPDX-License-Identifier: MIT */
#include "read_ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "int_math.h"

/** A window on its way. */
typedef struct Request {
    Window window;
    Buffer *buffer;
    bool done, ok;
    Status status;
} Request;

typedef struct Reader {
    pthread_t thread;
    int number;
    struct ReadAhead *ahead;
} Reader;

typedef struct ReadAhead {
    const Pass *pass;
    Pipeline *pipeline;

    /* The caller's. */
    Window next; /**< to be asked for, if more */
    bool more;
    int64_t fed;
    Reader *readers;
    int reader_count; /**< threads that run */
    int reader_limit;

    pthread_mutex_t mutex; /**< guards what follows */
    pthread_cond_t changed_for_readers, changed_for_caller;
    Request *requests; /**< a ring */
    int capacity;
    int64_t asked, taken;
    bool closed;
    atomic_bool stopping;
} ReadAhead;

static Request *request_at(ReadAhead *ahead, int64_t number)
{
    return &ahead->requests[number % ahead->capacity];
}

/** A reader's GoOn. */
static bool is_wanted(void *user)
{
    ReadAhead *ahead = user;
    return !atomic_load(&ahead->stopping);
}

/** @return the request that is due, or NULL if none will come */
static Request *take_request(ReadAhead *ahead)
{
    pthread_mutex_lock(&ahead->mutex);
    while (ahead->taken == ahead->asked && !ahead->closed)
        pthread_cond_wait(&ahead->changed_for_readers, &ahead->mutex);
    Request *request = NULL;
    if (ahead->taken < ahead->asked && is_wanted(ahead))
        request = request_at(ahead, ahead->taken++);
    pthread_mutex_unlock(&ahead->mutex);
    return request;
}

static void *reader_run(void *argument)
{
    const Reader *reader = argument;
    ReadAhead *ahead = reader->ahead;
    const WindowSource *source = ahead->pass->source;
    const GoOn go_on = {is_wanted, ahead};
    Request *request;
    source->enter(source->user);
    while ((request = take_request(ahead)) != NULL) {
        const bool ok =
            source->read(source->user, reader->number, &request->window,
                         request->buffer->data, &go_on, &request->status);
        pthread_mutex_lock(&ahead->mutex);
        request->ok = ok;
        request->done = true;
        pthread_cond_signal(&ahead->changed_for_caller);
        pthread_mutex_unlock(&ahead->mutex);
    }
    return NULL;
}

/** What is asked while the caller's own thread reads. */
typedef struct Here {
    Pipeline *pipeline;
    Status *status;
} Here;

static bool go_on_here(void *user)
{
    const Here *here = user;
    return pipeline_go_on(here->pipeline, here->status);
}

/** Does what of reading is the caller's, who waits for the source all the
 * while.
 * @param read whether to do all of it, as the only reader */
static bool read_on_this_thread(const Pass *pass, const Window *window,
                                Pipeline *pipeline, bool read, uint8_t *data,
                                Status *status)
{
    const WindowSource *source = pass->source;
    Here here = {pipeline, status};
    const GoOn go_on = {go_on_here, &here};
    const int64_t began = clock_now_ns();
    bool ok = true;
    if (read)
        ok = source->read(source->user, 0, window, data, &go_on, status);
    if (ok && source->complete != NULL)
        ok = source->complete(source->user, window, data, &go_on, status);
    pipeline_waited_for_source(pipeline, clock_now_ns() - began);
    return ok;
}

/** How many windows may be on their way. One reader is enough if encoding is
 * behind; of several, none is to wait for another. */
static int64_t most_in_flight(const ReadAhead *ahead)
{
    /* Another pass may have more window buffers than this one. */
    return min64(ahead->reader_count + (ahead->reader_count > 1),
                 ahead->capacity);
}

/** Asks for windows as long as there are buffers for them, and waits for a
 * buffer only if no window is on its way. */
static bool ask(ReadAhead *ahead, Status *status)
{
    while (ahead->more && ahead->asked - ahead->fed < most_in_flight(ahead)) {
        Buffer *buffer = pipeline_take_window(
            ahead->pipeline, ahead->asked == ahead->fed, status);
        if (buffer == NULL)
            return status->code == STATUS_OK;
        pthread_mutex_lock(&ahead->mutex);
        *request_at(ahead, ahead->asked) =
            (Request){.window = ahead->next, .buffer = buffer};
        ahead->asked++;
        pthread_cond_signal(&ahead->changed_for_readers);
        pthread_mutex_unlock(&ahead->mutex);
        ahead->more = pass_next(ahead->pass, &ahead->next);
    }
    return true;
}

/** Waits for a request to be answered.
 * @return false after a failure or a cancel elsewhere */
static bool wait_for(ReadAhead *ahead, const Request *request, Status *status)
{
    const int64_t began = clock_now_ns();
    bool go_on = true;
    pthread_mutex_lock(&ahead->mutex);
    while (go_on && !request->done) {
        const struct timespec deadline = clock_deadline(PIPELINE_TICK_MS);
        if (pthread_cond_timedwait(&ahead->changed_for_caller, &ahead->mutex,
                                   &deadline) != 0) {
            pthread_mutex_unlock(&ahead->mutex);
            go_on = pipeline_go_on(ahead->pipeline, status);
            pthread_mutex_lock(&ahead->mutex);
        }
    }
    pthread_mutex_unlock(&ahead->mutex);
    pipeline_waited_for_source(ahead->pipeline, clock_now_ns() - began);
    return go_on;
}

static bool start_reader(ReadAhead *ahead)
{
    Reader *reader = &ahead->readers[ahead->reader_count];
    *reader = (Reader){.number = ahead->reader_count, .ahead = ahead};
    if (pthread_create(&reader->thread, NULL, reader_run, reader) != 0)
        return false;
    ahead->reader_count++;
    return true;
}

/** Starts one more reader if all that was read has been encoded, and all
 * workers thus wait for the window that the caller has just waited for; but for
 * the first, which is always waited for. */
static void add_reader_if_starving(ReadAhead *ahead)
{
    const bool starving =
        ahead->fed > 0 &&
        pipeline_windows_out(ahead->pipeline) == ahead->asked - ahead->fed;
    if (!starving || !ahead->more || ahead->reader_count >= ahead->reader_limit)
        return;
    const WindowSource *source = ahead->pass->source;
    if (!source->add(source->user) || !start_reader(ahead))
        ahead->reader_limit = ahead->reader_count;
}

static bool is_done(ReadAhead *ahead, const Request *request)
{
    pthread_mutex_lock(&ahead->mutex);
    const bool done = request->done;
    pthread_mutex_unlock(&ahead->mutex);
    return done;
}

/** Feeds the window that was asked for first, once it is read. */
static bool feed_oldest(ReadAhead *ahead, Status *status)
{
    const WindowSource *source = ahead->pass->source;
    Request *request = request_at(ahead, ahead->fed);
    const bool had_to_wait = !is_done(ahead, request);
    if (had_to_wait && !wait_for(ahead, request, status))
        return false;
    if (!request->ok) {
        status_merge(status, &request->status);
        return false;
    }
    if (!read_on_this_thread(ahead->pass, &request->window, ahead->pipeline,
                             false, request->buffer->data, status))
        return false;
    if (had_to_wait || source->complete != NULL)
        add_reader_if_starving(ahead);
    source->done(source->user, &request->window);
    ahead->fed++;
    return pipeline_feed(ahead->pipeline, ahead->pass, &request->window,
                         request->buffer, status);
}

static bool feed_all(ReadAhead *ahead, Status *status)
{
    do {
        if (!ask(ahead, status))
            return false;
        if (ahead->fed < ahead->asked && !feed_oldest(ahead, status))
            return false;
    } while (ahead->more || ahead->fed < ahead->asked);
    return true;
}

/** Joins the readers and lets go of what was not fed. */
static void end_readers(ReadAhead *ahead, bool ok)
{
    pthread_mutex_lock(&ahead->mutex);
    atomic_store(&ahead->stopping, !ok);
    ahead->closed = true;
    pthread_cond_broadcast(&ahead->changed_for_readers);
    pthread_mutex_unlock(&ahead->mutex);
    for (int i = 0; i < ahead->reader_count; i++)
        pthread_join(ahead->readers[i].thread, NULL);
    for (; ahead->fed < ahead->asked; ahead->fed++)
        buffer_release(request_at(ahead, ahead->fed)->buffer);
}

/** Reads on the caller's thread. */
static bool read_here(const Pass *pass, Pipeline *pipeline, Status *status)
{
    Window window = {0};
    while (pass_next(pass, &window)) {
        Buffer *buffer = pipeline_take_window(pipeline, true, status);
        if (buffer == NULL)
            return false;
        if (!read_on_this_thread(pass, &window, pipeline, true, buffer->data,
                                 status)) {
            buffer_release(buffer);
            return false;
        }
        pass->source->done(pass->source->user, &window);
        if (!pipeline_feed(pipeline, pass, &window, buffer, status))
            return false;
    }
    return true;
}

bool read_ahead(const Pass *pass, Pipeline *pipeline, Status *status)
{
    const Plan *plan = pass->plan;
    if (plan->readers == 1)
        return read_here(pass, pipeline, status);
    ReadAhead ahead = {.pass = pass,
                       .pipeline = pipeline,
                       .reader_limit = plan->readers,
                       .capacity = plan->window_buffers};
    ahead.more = pass_next(pass, &ahead.next);
    ahead.readers = calloc((size_t)plan->readers, sizeof *ahead.readers);
    ahead.requests = calloc((size_t)ahead.capacity, sizeof *ahead.requests);
    pthread_mutex_init(&ahead.mutex, NULL);
    pthread_cond_init(&ahead.changed_for_readers, NULL);
    clock_cond_init(&ahead.changed_for_caller);
    atomic_init(&ahead.stopping, false);
    bool ok = ahead.readers != NULL && ahead.requests != NULL;
    if (!ok)
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    while (ok && ahead.reader_count < pass->readers && start_reader(&ahead)) {
    }
    const bool alone = ok && ahead.reader_count == 0;
    if (ok && !alone) {
        ok = feed_all(&ahead, status);
        end_readers(&ahead, ok);
    }
    pthread_cond_destroy(&ahead.changed_for_caller);
    pthread_cond_destroy(&ahead.changed_for_readers);
    pthread_mutex_destroy(&ahead.mutex);
    free(ahead.requests);
    free(ahead.readers);
    return alone ? read_here(pass, pipeline, status) : ok;
}
