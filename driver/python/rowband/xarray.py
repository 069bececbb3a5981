# SPDX-License-Identifier: MIT
"""import rowband.xarray: then an xarray.DataArray has rowband.to_cog() and
rowband.to_geotiff()."""

import xarray
from xarray.conventions import encode_cf_variable

from .driver import Failure
from .georeference import of_xarray
from .writing import write_georeferenced


@xarray.register_dataarray_accessor("rowband")
class Rowband:
    """Of a DataArray with the dimensions of a raster last: rows, columns; bands, if
    there are any, before them. Where it lies is taken from rioxarray's coordinate
    spatial_ref, or from x and y; nodata from _FillValue."""

    def __init__(self, array):
        self.array = array

    def to_cog(self, target, *, options=(), **more):
        """Writes a COG, as rowband.write() does with its arguments."""
        options = dict_of(options)
        if options.setdefault("LAYOUT", "COG").upper() != "COG":
            raise Failure("to_cog() writes LAYOUT=COG: use to_geotiff()")
        return self.to_geotiff(target, options=options, **more)

    def to_geotiff(
        self,
        target,
        *,
        parts=None,
        workers=None,
        scheduler=None,
        client=None,
        parts_dir=None,
        keep_parts=False,
        options=(),
        progress=None,
    ):
        """Writes a GeoTIFF, as rowband.write() does with its arguments."""
        engine = {"client": client, "scheduler": scheduler, "workers": workers}
        where = of_xarray(self.array)
        pixels = encoded(self.array)
        return write_georeferenced(
            pixels,
            target,
            where,
            engine,
            parts,
            parts_dir,
            keep_parts,
            options,
            progress,
        )


def dict_of(options):
    if hasattr(options, "items"):
        return {name.upper(): str(value) for name, value in options.items()}
    pairs = (str(option).partition("=") for option in options)
    return {name.upper(): value for name, _, value in pairs}


def encoded(array):
    """The array as a file has it, lazily: NaN is nodata again where reading has
    masked it, and scaled values are those of the file."""
    if not array.encoding:
        return array.data
    return encode_cf_variable(array.variable).data
