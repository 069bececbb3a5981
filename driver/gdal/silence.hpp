/* SPDX-License-Identifier: MIT */
/** @file
 * An ErrorTrap for C++, where something may be thrown.
 */
#ifndef ROWBAND_SILENCE_HPP
#define ROWBAND_SILENCE_HPP

#include "error_trap.h"

/** While it exists nothing is reported on this thread, whatever is thrown. */
class Silence
{
  public:
    Silence()
    {
        error_trap_begin(&m_trap, TRAP_ALL);
    }

    ~Silence()
    {
        error_trap_end(&m_trap);
    }

    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;

  private:
    ErrorTrap m_trap{};
};

#endif
