#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/check-package.sh BUILD_DIR
#
# Makes the Debian package in BUILD_DIR, which must have been built, unpacks it
# beside, and has GDAL find the driver in it. Installs nothing.
set -eu

cd "$1"
if ! command -v dpkg-deb >/dev/null; then
    echo "check-package: no dpkg-deb: not Debian or Ubuntu, no package"
    exit 0
fi
rm -rf gdal-plugin-rowband_*.deb package-contents
cpack -G DEB >&2
dpkg-deb -x gdal-plugin-rowband_*.deb package-contents
dpkg-deb -f gdal-plugin-rowband_*.deb Depends | grep -o 'libgdal[^,]*'
files=$(find package-contents ! -type d)
echo "$files"
[ "$(basename "$files")" = gdal_ROWBAND.so ]
GDAL_DRIVER_PATH=$(dirname "$files") gdalinfo --formats | grep '^ *ROWBAND '
