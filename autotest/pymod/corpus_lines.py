# SPDX-License-Identifier: MIT
"""Command lines that users give gdal_translate and gdalwarp, to be run with our
driver and with GDAL's own on any raster."""

import dataclasses
import shlex


@dataclasses.dataclass(frozen=True)
class Line:
    """What is done, in the words of the program; {} are filled in from Facts.
    @param expected GDAL's driver that makes the same of it"""

    words: str = ""
    creation: str = ""
    program: str = "translate"
    expected: str = "GTiff"

    def options(self, facts):
        return shlex.split(self.words.format(**facts))

    def creation_options(self):
        return self.creation.split()


def facts_of(dataset):
    """What lines have to know of a raster: a window, somewhere in it, and bands."""
    width, height = dataset.RasterXSize, dataset.RasterYSize
    return {
        "window": f"{width // 7} {height // 5} {-(-width * 3 // 5)} {-(-height // 2)}",
        "last": dataset.RasterCount,
        "corners": f"-gcp 0 0 1 2 -gcp {width} 0 1.9 2 -gcp 0 {height} 1 1.3",
    }


STRIPS = "TILED=NO BLOCKYSIZE=1 NUM_THREADS=2"
SMALL = "BLOCKXSIZE=64 BLOCKYSIZE=64"
PLANAR = "INTERLEAVE=BAND PREDICTOR=2 BLOCKXSIZE=256 BLOCKYSIZE=128"
COMPOUND = "EPSG:4326+5773"

OF_LAYOUT = [
    Line(),
    Line("-strict"),
    Line(creation="TILED=NO COMPRESS=NONE"),
    Line(creation=STRIPS),
    Line(creation=PLANAR),
    Line(creation="COMPRESS=ZSTD PREDICTOR=2 BIGTIFF=YES"),
    Line(creation="COMPRESS=LZW TILED=NO"),
    Line(creation="COMPRESS=PACKBITS"),
    Line(creation="COMPRESS=LZMA"),
    Line(creation="COMPRESS=LERC_DEFLATE"),
    Line(creation=f"BUDGET=3M ZLEVEL=1 {SMALL}"),
    Line(creation="SPARSE_OK=YES BLOCKXSIZE=16 BLOCKYSIZE=16"),
    Line(creation="PROFILE=GeoTIFF"),
    Line(creation="PROFILE=BASELINE"),
    Line(creation="PHOTOMETRIC=MINISBLACK"),
    Line(creation="PHOTOMETRIC=RGB ALPHA=NO"),
    Line(creation="TFW=YES"),
    Line("-scale 0 255 0 31 -exponent 1 -ot Byte", "NBITS=5"),
]

OF_PIXELS = [
    Line("-ot Byte"),
    Line("-ot Int16"),
    Line("-ot UInt16 -strict"),
    Line("-ot Float32"),
    Line("-ot CFloat32"),
    Line("-scale -ot Byte"),
    Line("-scale 0 200 0 255 -exponent 0.7 -ot UInt16"),
    Line("-unscale -ot Float64"),
    Line("-outsize 37% 37% -r average"),
    Line("-outsize 37% 37% -r cubic"),
    Line("-outsize 37% 37% -r nearest"),
    Line("-outsize 50% 50% -r bilinear"),
    Line("-outsize 50% 0 -r mode -ovr NONE"),
    Line("-outsize 130% 110% -r lanczos", PLANAR),
    Line("-srcwin {window}"),
    Line("-srcwin {window}", "INTERLEAVE=BAND"),
    Line("-srcwin -3 -5 20 19.5 -a_nodata 7"),
    Line("-expand rgb"),
    Line("-expand rgba"),
    Line("-expand gray"),
]

READERS = f"BUDGET=2M READ_THREADS=3 {SMALL}"

OF_BANDS = [
    Line("-b mask -b 1", READERS),
    Line("-b {last} -outsize 60% 0 -r cubic", READERS),
    Line("-b {last} -scale 3 77 -srcwin {window}", READERS),
    Line("-b {last} -b 1"),
    Line("-b 1 -a_nodata 0"),
    Line("-b 1 -b 1 -b {last} -colorinterp red,green,blue"),
    Line("-b 1 -mask {last} -b {last}"),
    Line("-mask none"),
    Line("-mask 1", SMALL),
    Line("-b mask"),
    Line("-colorinterp_1 undefined"),
    Line("-a_nodata none"),
    Line("-a_nodata nan -ot Float64"),
    Line("-a_nodata -32768"),
]

OF_METADATA = [
    Line("-a_srs EPSG:32631"),
    Line(f"-a_srs {COMPOUND}"),
    Line("-a_srs EPSG:9000 -a_coord_epoch 2020.5"),
    Line("-a_srs ''"),
    Line("-a_ullr 3 50 4 49"),
    Line("{corners}"),
    Line(f"{{corners}} -a_srs {COMPOUND}"),
    Line("-nogcp"),
    Line("-mo AREA_OR_POINT=Point -mo TIFFTAG_SOFTWARE=x -mo NAME=VALUE"),
    Line(f"-b 1 -a_scale 2 -a_offset 3 -a_srs {COMPOUND}"),
    Line("-stats"),
    Line("-norat -noxmp -q"),
]

OF_COG = [
    Line(creation="BLOCKSIZE=128", expected="COG"),
    Line(creation="BLOCKSIZE=128 RESAMPLING=AVERAGE", expected="COG"),
    Line(
        "-ot UInt16", "BLOCKSIZE=128 RESAMPLING=NEAREST PREDICTOR=YES", expected="COG"
    ),
    # Not with -scale: GDAL 3.6 does not always survive what it then reads.
    Line("-b 1", "BLOCKSIZE=128 RESAMPLING=MODE", expected="COG"),
    Line("-srcwin {window} -strict", "BLOCKSIZE=128 OVERVIEWS=NONE", expected="COG"),
    Line(f"-a_srs {COMPOUND} -a_nodata 0", "OVERVIEW_COUNT=1", expected="COG"),
]

# gdalwarp tells GTiff of colours, and leaves out what no source covers, without being
# asked; other drivers only if it is: see SetupSkipNoSource() of GDAL 3.6's apps.
AS_FOR_GTIFF = "-setci -wo SKIP_NOSOURCE=YES"
OF_WARP = [
    Line(AS_FOR_GTIFF, program="warp"),
    Line(f"{AS_FOR_GTIFF} -t_srs EPSG:3857 -r bilinear", program="warp"),
    Line(f"{AS_FOR_GTIFF} -t_srs EPSG:4326 -dstalpha", STRIPS, program="warp"),
    Line(f"{AS_FOR_GTIFF} -ts 60 0 -ot Float32 -dstnodata -5", PLANAR, program="warp"),
    Line(
        f"{AS_FOR_GTIFF} -ts 50 40 -r cubic", f"PROFILE=GeoTIFF {SMALL}", program="warp"
    ),
]

LINES = OF_LAYOUT + OF_PIXELS + OF_BANDS + OF_METADATA + OF_COG + OF_WARP
