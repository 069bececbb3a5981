/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct Threads {
    pthread_t threads[THREADS_MAX];
    int count;
    void (*run)(void *user);
    void *user;
};

static void *thread_main(void *argument)
{
    const Threads *threads = argument;
    threads->run(threads->user);
    return NULL;
}

Threads *threads_start(int count, void (*run)(void *user), void *user)
{
    Threads *threads = calloc(1, sizeof *threads);
    if (threads == NULL)
        return NULL;
    threads->run = run;
    threads->user = user;
    while (threads->count < count &&
           pthread_create(&threads->threads[threads->count], NULL, thread_main,
                          threads) == 0)
        threads->count++;
    if (threads->count == count)
        return threads;
    threads_join(threads);
    return NULL;
}

void threads_join(Threads *threads)
{
    if (threads == NULL)
        return;
    for (int i = 0; i < threads->count; i++)
        pthread_join(threads->threads[i], NULL);
    free(threads);
}

void sleep_ms(int ms)
{
    const struct timespec time = {.tv_sec = ms / 1000,
                                  .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}
