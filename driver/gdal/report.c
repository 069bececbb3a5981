/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "cpl_error.h"

static CPLErrorNum error_number(StatusCode code)
{
    switch (code) {
    case STATUS_NO_MEMORY:
        return CPLE_OutOfMemory;
    case STATUS_INVALID:
        return CPLE_IllegalArg;
    case STATUS_UNSUPPORTED:
        return CPLE_NotSupported;
    case STATUS_READ:
    case STATUS_IO:
        return CPLE_FileIO;
    case STATUS_CANCELLED:
        return CPLE_UserInterrupt;
    default:
        return CPLE_AppDefined;
    }
}

static void report(const char *target, CPLErrorNum number, const char *message)
{
    CPLError(CE_Failure, number, "ROWBAND: %s: %s", target, message);
}

void report_failure(const char *target, const Status *status)
{
    report(target, error_number(status->code), status->message);
}

void report_trapped(const char *target, const ErrorTrap *trap)
{
    report(target, trap->number, trap->message);
}
