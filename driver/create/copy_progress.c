/* SPDX-License-Identifier: MIT */
#include "copy_progress.h"

/* Progress until the file is whole; until all tiles are encoded, if they are
 * not in the file then; and until raw tiles are made. */
static const double nearly_done = 0.99, spooled = 0.9, nothing_read = 0.05,
                    gathered = 0.5;

static bool tell(const CopyProgress *progress, double done)
{
    return progress->report(done, "", progress->data) != FALSE;
}

bool copy_progress_gather(void *user, double done)
{
    return tell(user, gathered * done);
}

/** Progress when all tiles are encoded. */
static double encoded_share(const CopyProgress *progress)
{
    if (!progress->spools)
        return nearly_done;
    return progress->encodes_no ? nothing_read : spooled;
}

bool copy_progress_encode(void *user, int64_t tiles_written)
{
    const CopyProgress *progress = user;
    const double begin = progress->gathers ? gathered : 0;
    const double end = encoded_share(progress);
    return tell(progress, begin + (end - begin) * (double)tiles_written /
                                      (double)progress->tiles);
}

bool copy_progress_lay_out(void *user, double done)
{
    const CopyProgress *progress = user;
    const double begin = encoded_share(progress);
    return tell(progress, begin + (nearly_done - begin) * done);
}

bool copy_progress_end(void *user)
{
    return tell(user, nearly_done);
}

bool copy_progress_whole(void *user)
{
    return tell(user, 1.0);
}
