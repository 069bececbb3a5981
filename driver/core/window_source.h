/* SPDX-License-Identifier: MIT */
/** @file
 * Where windows of pixels come from, as core/ sees it.
 */
#ifndef ROWBAND_WINDOW_SOURCE_H
#define ROWBAND_WINDOW_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "status.h"
#include "window.h"

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
    /** NULL; or what of reading is the caller's: on its thread, in the plan's
     * order, once read is done for @p window, to finish @p data.
     * @return false with a reason */
    bool (*complete)(void *user, const Window *window, uint8_t *data,
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

#endif
