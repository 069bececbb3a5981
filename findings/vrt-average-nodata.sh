#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2: a VRT that `gdal_translate -r average` writes does not give, once it
# is opened again, the pixels that the same command gives directly.
#
# Seen: an elevation raster with a nodata value of -9999, reduced to one half.
# Directly the smallest value is that of the data. By way of the VRT, whose text
# says <SimpleSource resampling="average">, nodata is averaged in and values far
# below the data appear at its edges. The reader of the text makes another kind
# of source of it, an AveragedSource, which knows no nodata value unless the text
# names one (frmts/vrt/vrtsources.cpp: VRTParseCoreSources()), and the writer
# names none. What a VRT's text says is thus not all that the open dataset is.
#
# Needs root and debootstrap; installs Debian 12's packages into a temporary
# folder, and fails if what was seen has changed.
set -eu

version='3.6.2'
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=gdal-bin bookworm "$root" >"$root.log"
rm -f "$root.log"

inside() {
    chroot "$root" env LC_ALL=C.UTF-8 sh -c "cd /tmp && $*"
}

found=$(inside gdalinfo --version)
case $found in
*"$version"*) echo "$found" ;;
*)
    echo "not $version but $found: look again" >&2
    exit 1
    ;;
esac

# Data of 500 on the left, nodata on the right, in columns that a reduction to
# one half mixes.
cat >"$root/tmp/dem.asc" <<'ASC'
ncols 6
nrows 2
xllcorner 0
yllcorner 0
cellsize 1
NODATA_value -9999
500 500 500 -9999 -9999 -9999
500 500 500 -9999 -9999 -9999
ASC
inside 'gdal_translate -q -ot Float32 dem.asc dem.tif'
inside 'gdal_translate -q -outsize 50% 50% -r average dem.tif direct.tif'
inside 'gdal_translate -q -of VRT -outsize 50% 50% -r average dem.tif half.vrt'
inside 'gdal_translate -q half.vrt reopened.tif'

middle() {
    inside "gdallocationinfo -valonly $1 1 0"
}
echo "directly: $(middle direct.tif); by way of the VRT: $(middle reopened.tif)"
[ "$(middle direct.tif)" = 500 ] && [ "$(middle reopened.tif)" = -4749.5 ]
