# SPDX-License-Identifier: MIT
"""ROWBAND from Python: one raster made by many processes.

    rowband.copy(source, target)    of whatever GDAL reads
    rowband.write(array, target)    of numpy's or Dask's arrays
    import rowband.xarray           for DataArray.rowband.to_cog(target)
    rowband.plan(source)            what a copy would do
"""

from .copying import copy
from .driver import Failure
from .plan_report import plan
from .writing import write

__all__ = ["Failure", "copy", "plan", "write"]
