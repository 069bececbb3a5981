/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

bool status_fail(Status *status, StatusCode code, const char *format, ...)
{
    if (status->code == STATUS_OK) {
        va_list args;
        status->code = code;
        va_start(args, format);
        vsnprintf(status->message, sizeof status->message, format, args);
        va_end(args);
    }
    return false;
}

bool status_merge(Status *status, const Status *from)
{
    if (status->code == STATUS_OK && from->code != STATUS_OK)
        *status = *from;
    return status->code == STATUS_OK;
}
