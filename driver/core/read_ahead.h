/* SPDX-License-Identifier: MIT */
/** @file
 * Reads the windows of a plan, as many at once as is of use and the plan
 * allows, and feeds them to the pipeline in the plan's order.
 *
 *     caller: take a window buffer -> ask for it to be read -> ... -> feed
 *     reader: read whatever was asked for first, until there is no more
 *
 * Window buffers are the pipeline's, so that reading waits where encoding is
 * behind; and where encoding waits for reading, one more reader is started. If
 * the plan is for one reader, the caller's thread reads.
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
    /** On each reader's thread, before it reads anything. */
    void (*enter)(void *user);
    /** On the caller's thread, while others read: makes one more reader
     * possible.
     * @return false if that cannot be; it is not asked again */
    bool (*add)(void *user);
    void *user;
} WindowSource;

/** Reads and feeds all windows.
 * @param readers to start with, at most plan->readers; if only some threads can
 *        be had, those must do
 * @return false after a failure or a cancel, said in @p status */
bool read_ahead(const WindowSource *source, const Plan *plan, int readers,
                Pipeline *pipeline, Status *status);

#endif
