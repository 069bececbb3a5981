# SPDX-License-Identifier: MIT
"""ROWBAND from Python: one raster made by many processes."""

from .driver import Failure

__all__ = ["Failure"]
