/* SPDX-License-Identifier: MIT */
/** @file
 * Reads the windows of a plan, as many at once as the plan says, and feeds
 * them to the pipeline in the plan's order.
 *
 *     caller: take a window buffer -> ask for it to be read -> ... -> feed
 *     reader: read whatever was asked for first, until there is no more
 *
 * With one reader the caller's thread reads. Window buffers are the pipeline's,
 * so that reading waits where encoding is behind.
 */
#ifndef ROWBAND_READ_AHEAD_H
#define ROWBAND_READ_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline.h"
#include "plan.h"
#include "status.h"

/** More are never of use. */
enum { READERS_MAX = 64 };

/** Asked while a window is read, on the thread that reads it.
 * @return false: give up */
typedef struct GoOn {
    bool (*ask)(void *user);
    void *user;
} GoOn;

/** Where windows are read from. */
typedef struct WindowSource {
    /** Reads @p window into @p data as swath.h says.
     * @param reader from 0 on: never on two threads at once for one of them
     * @return false with a reason */
    bool (*read)(void *user, int reader, const Window *window, uint8_t *data,
                 const GoOn *go_on, Status *status);
    /** On the caller's thread, in the plan's order: @p window and all before
     * it are read. */
    void (*done)(void *user, const Window *window);
    /** On each thread of several, before it reads anything. */
    void (*enter)(void *user);
    void *user;
} WindowSource;

/** Reads and feeds all windows.
 * @param readers at most plan->readers; if only some threads can be had, those
 *        must do
 * @return false after a failure or a cancel, said in @p status */
bool read_ahead(const WindowSource *source, const Plan *plan, int readers,
                Pipeline *pipeline, Status *status);

#endif
