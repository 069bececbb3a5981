/* SPDX-License-Identifier: MIT */
#include "error_trap.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"

/* A driver that warns of every block must not fill the memory. */
enum { WARNINGS_MAX = 100 };

/** The message with the first trap->from in it replaced; valid until the next
 * call of CPLSPrintf(). */
static const char *renamed(const ErrorTrap *trap, const char *message)
{
    const char *at = trap->from != NULL ? strstr(message, trap->from) : NULL;
    return at == NULL ? message
                      : CPLSPrintf("%.*s%s%s", (int)(at - message), message,
                                   trap->to, at + strlen(trap->from));
}

static void CPL_STDCALL handle(CPLErr severity, CPLErrorNum number,
                               const char *message)
{
    ErrorTrap *trap = CPLGetErrorHandlerUserData();
    if (severity >= CE_Failure) {
        if (!trap->failed) {
            trap->failed = true;
            trap->number = number;
            CPLStrlcpy(trap->message, renamed(trap, message),
                       sizeof trap->message);
        }
    } else if (trap->scope == TRAP_FAILURES && severity == CE_Warning &&
               CSLCount(trap->warnings) < WARNINGS_MAX) {
        trap->warnings =
            CSLAddString(trap->warnings,
                         CPLSPrintf("%d %s", number, renamed(trap, message)));
    }
}

void error_trap_rename(ErrorTrap *trap, const char *from, const char *to)
{
    trap->from = from;
    trap->to = to;
}

void error_trap_begin(ErrorTrap *trap, TrapScope scope)
{
    memset(trap, 0, sizeof *trap);
    trap->scope = scope;
    CPLPushErrorHandlerEx(handle, trap);
    CPLSetCurrentErrorHandlerCatchDebug(scope == TRAP_ALL);
}

void error_trap_stop(ErrorTrap *trap)
{
    CPLPopErrorHandler();
    if (trap->failed)
        CPLErrorReset();
}

void error_trap_report(ErrorTrap *trap)
{
    for (int i = 0; trap->warnings != NULL && trap->warnings[i] != NULL; i++) {
        const char *message = strchr(trap->warnings[i], ' ') + 1;
        CPLError(CE_Warning, atoi(trap->warnings[i]), "%s", message);
    }
    CSLDestroy(trap->warnings);
    trap->warnings = NULL;
}

void error_trap_end(ErrorTrap *trap)
{
    error_trap_stop(trap);
    error_trap_report(trap);
}

void error_trap_move(ErrorTrap *from, ErrorTrap *to)
{
    if (from->failed && !to->failed) {
        to->failed = true;
        to->number = from->number;
        memcpy(to->message, from->message, sizeof to->message);
    }
    for (int i = 0; from->warnings != NULL && from->warnings[i] != NULL &&
                    CSLCount(to->warnings) < WARNINGS_MAX;
         i++)
        to->warnings = CSLAddString(to->warnings, from->warnings[i]);
    CSLDestroy(from->warnings);
    *from = (ErrorTrap){.scope = from->scope};
}

void error_trap_replay(const ErrorTrap *trap)
{
    if (trap->failed)
        CPLError(CE_Failure, trap->number, "%s", trap->message);
}
