#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2: a raster of several floating-point bands that holds a NaN is written
# with COMPRESS=LERC and pixel interleaving, the command says that it succeeded,
# and the file cannot be read.
#
# Seen: gdal_translate returns 0 and prints nothing; reading the file's pixels
# afterwards reports errors for every tile that holds a NaN. With one band, or
# with INTERLEAVE=BAND, the file is right.
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

cat >"$root/tmp/nan.asc" <<'ASC'
ncols 4
nrows 4
xllcorner 0
yllcorner 0
cellsize 1
1.5 2.5 3.5 4.5
1.5 nan 3.5 4.5
1.5 2.5 3.5 4.5
1.5 2.5 3.5 4.5
ASC
inside 'gdal_translate -q -ot Float32 nan.asc one.tif'
inside 'gdal_translate -q -b 1 -b 1 -b 1 one.tif three.tif'

# usage: errors INTERLEAVE; prints how many errors reading reports
errors() {
    inside "gdal_translate -q -co COMPRESS=LERC -co INTERLEAVE=$1 three.tif $1.tif"
    inside "gdalinfo -checksum $1.tif 2>&1" | grep -c ERROR || true
}
pixel=$(errors PIXEL)
band=$(errors BAND)
echo "errors while reading: $pixel with INTERLEAVE=PIXEL, $band with BAND"
[ "$pixel" -gt 0 ] && [ "$band" = 0 ]
