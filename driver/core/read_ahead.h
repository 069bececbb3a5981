/* SPDX-License-Identifier: MIT */
/** @file
 * Reads the windows of a pass, as many at once as is of use and its plan
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

#include "pass.h"
#include "pipeline.h"
#include "status.h"

/** More are never of use. */
enum { READERS_MAX = 64 };

/** Reads and feeds all windows of a pass. The pipeline was started with it; if
 * only some of its readers can be had, those must do.
 * @return false after a failure or a cancel, said in @p status */
bool read_ahead(const Pass *pass, Pipeline *pipeline, Status *status);

#endif
