/* SPDX-License-Identifier: MIT */
#include "error_trap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

/* A driver that warns of every block must not fill the memory. */
enum { HELD_MAX = 100 };

/* Two ints with their signs, two spaces and the end. */
enum { NUMBERS_NCHARS = 2 * 11 + 2 + 1 };

/** @return the message with the first trap->from in it replaced, the caller's
 * to CPLFree(). Not by CPLSPrintf(): of a text too long for its buffer it
 * complains to the very handler that asks. */
static char *renamed(const ErrorTrap *trap, const char *message)
{
    const char *at = trap->from != NULL ? strstr(message, trap->from) : NULL;
    if (at == NULL)
        return CPLStrdup(message);
    const char *rest = at + strlen(trap->from);
    const size_t before = (size_t)(at - message);
    const size_t to = strlen(trap->to);
    char *text = CPLMalloc(before + to + strlen(rest) + 1);
    memcpy(text, message, before);
    memcpy(text + before, trap->to, to);
    memcpy(text + before + to, rest, strlen(rest) + 1);
    return text;
}

/** Keeps a message behind its severity and number. */
static void hold(ErrorTrap *trap, CPLErr severity, CPLErrorNum number,
                 const char *message)
{
    if (CSLCount(trap->held) >= HELD_MAX)
        return;
    const size_t nbytes = strlen(message) + NUMBERS_NCHARS;
    char *line = CPLMalloc(nbytes);
    snprintf(line, nbytes, "%d %d %s", (int)severity, number, message);
    trap->held = CSLAddString(trap->held, line);
    CPLFree(line);
}

/** Keeps the first failure. */
static void fail(ErrorTrap *trap, CPLErrorNum number, const char *message)
{
    trap->failures++;
    if (trap->failed)
        return;
    trap->failed = true;
    trap->number = number;
    CPLStrlcpy(trap->message, message, sizeof trap->message);
}

static void CPL_STDCALL handle(CPLErr severity, CPLErrorNum number,
                               const char *message)
{
    ErrorTrap *trap = CPLGetErrorHandlerUserData();
    const bool is_failure = severity >= CE_Failure;
    const bool is_held =
        is_failure ? trap->scope == TRAP_NOTHING
                   : trap->scope != TRAP_ALL && severity == CE_Warning;
    trap->warnings += severity == CE_Warning;
    if (!is_failure && !is_held)
        return;
    char *said = renamed(trap, message);
    if (is_failure)
        fail(trap, number, said);
    if (is_held)
        hold(trap, severity, number, said);
    CPLFree(said);
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
    trap->last_severity = CPLGetLastErrorType();
    trap->last_number = CPLGetLastErrorNo();
    if (trap->last_severity != CE_None)
        trap->last_message = CPLStrdup(CPLGetLastErrorMsg());
    CPLPushErrorHandlerEx(handle, trap);
    CPLSetCurrentErrorHandlerCatchDebug(scope == TRAP_ALL);
}

void error_trap_stop(ErrorTrap *trap)
{
    CPLPopErrorHandler();
    if (trap->failed)
        CPLErrorReset();
    /* Whoever was told of a failure may ask for it once all is tidied up. */
    if (trap->failed && trap->last_severity != CE_None)
        CPLErrorSetState(trap->last_severity, trap->last_number,
                         trap->last_message);
    CPLFree(trap->last_message);
    trap->last_message = NULL;
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
    to->warnings += from->warnings;
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
