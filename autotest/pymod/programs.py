# SPDX-License-Identifier: MIT
"""Other programs, run for real."""

import subprocess

import pytest

# Debian's, which has QGIS and rasterio where they are installed.
PYTHON = "/usr/bin/python3"
# What takes this long hangs, also on a machine that is busy with much else.
TIMEOUT = 300  # seconds


def has(*modules):
    command = [PYTHON, "-c", f"import {', '.join(modules)}"]
    return subprocess.run(command, capture_output=True).returncode == 0


def needs(*modules):
    """Skips a test where that Python has not all of the modules."""
    names = " or ".join(modules)
    return pytest.mark.skipif(not has(*modules), reason=f"no {names} here")


def run_program(folder, *command, env=None):
    """Runs it in `folder`; it must succeed.
    @return what it said on standard output"""
    ended = subprocess.run(
        command, capture_output=True, cwd=folder, text=True, timeout=TIMEOUT, env=env
    )
    said = f"{command} ended with {ended.returncode}: {ended.stderr}{ended.stdout}"
    assert ended.returncode == 0, said
    return ended.stdout
