/* SPDX-License-Identifier: MIT */
#include "error_trap.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"

/* A driver that warns of every block must not fill the memory. */
enum { HELD_MAX = 100 };

/** The message with the first trap->from in it replaced; valid until the next
 * call of CPLSPrintf(). */
static const char *renamed(const ErrorTrap *trap, const char *message)
{
    const char *at = trap->from != NULL ? strstr(message, trap->from) : NULL;
    return at == NULL ? message
                      : CPLSPrintf("%.*s%s%s", (int)(at - message), message,
                                   trap->to, at + strlen(trap->from));
}

static void hold(ErrorTrap *trap, CPLErr severity, CPLErrorNum number,
                 const char *message)
{
    if (CSLCount(trap->held) < HELD_MAX)
        trap->held = CSLAddString(trap->held,
                                  CPLSPrintf("%d %d %s", (int)severity, number,
                                             renamed(trap, message)));
}

static void CPL_STDCALL handle(CPLErr severity, CPLErrorNum number,
                               const char *message)
{
    ErrorTrap *trap = CPLGetErrorHandlerUserData();
    if (severity >= CE_Failure) {
        trap->failures++;
        if (!trap->failed) {
            trap->failed = true;
            trap->number = number;
            CPLStrlcpy(trap->message, renamed(trap, message),
                       sizeof trap->message);
        }
        if (trap->scope == TRAP_NOTHING)
            hold(trap, severity, number, message);
    } else if (trap->scope != TRAP_ALL && severity == CE_Warning) {
        hold(trap, severity, number, message);
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
    for (int i = 0; trap->held != NULL && trap->held[i] != NULL; i++) {
        char *rest;
        const CPLErr severity = (CPLErr)strtol(trap->held[i], &rest, 10);
        const CPLErrorNum number = (CPLErrorNum)strtol(rest, &rest, 10);
        CPLError(severity, number, "%s", rest + 1);
    }
    error_trap_forget(trap);
}

void error_trap_forget(ErrorTrap *trap)
{
    CSLDestroy(trap->held);
    trap->held = NULL;
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
    to->failures += from->failures;
    for (int i = 0; from->held != NULL && from->held[i] != NULL &&
                    CSLCount(to->held) < HELD_MAX;
         i++)
        to->held = CSLAddString(to->held, from->held[i]);
    CSLDestroy(from->held);
    *from = (ErrorTrap){.scope = from->scope};
}

void error_trap_replay(const ErrorTrap *trap)
{
    if (trap->failed)
        CPLError(CE_Failure, trap->number, "%s", trap->message);
}
