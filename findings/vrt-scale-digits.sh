#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2: a VRT that `gdal_translate -scale` writes keeps six digits of the
# ratio, so that pixels computed by way of it differ from those that the same
# command computes directly.
#
# Seen: UInt16 scaled to UInt32 by 4,000,000,000 / 65,535. Directly 65,534 becomes
# 3,999,938,964; by way of the VRT some hundreds more. The text says
# <ScaleRatio>61036.1</ScaleRatio> for 61036.0875... The open dataset has all
# digits, its text does not.
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

inside 'gdal_create -q -ot UInt16 -outsize 2 2 -burn 65534 in.tif'
scale='-scale 0 65535 0 4000000000 -ot UInt32'
inside "gdal_translate -q $scale in.tif direct.tif"
inside "gdal_translate -q -of VRT $scale in.tif scaled.vrt"
inside 'gdal_translate -q scaled.vrt reopened.tif'

value() {
    inside "gdallocationinfo -valonly $1 0 0"
}
echo "directly: $(value direct.tif); by way of the VRT: $(value reopened.tif)"
grep ScaleRatio "$root/tmp/scaled.vrt"
[ "$(value direct.tif)" = 3999938964 ] && [ "$(value reopened.tif)" != 3999938964 ]
