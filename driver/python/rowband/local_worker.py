# SPDX-License-Identifier: MIT
"""What a worker on this machine is told as it starts."""

import signal


def dask_setup(worker):
    """A terminal sends Ctrl-C to all that run in it: this process ends with the
    program that started it, and without a traceback of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
