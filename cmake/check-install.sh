#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/check-install.sh PACKAGE
#
# Installs the Debian package, has GDAL list the driver and write a file with
# it, asks the Python package for help, and removes all without a trace. For root,
# in a system made for tests:
# what else is installed or removed meanwhile would be taken for its doing.
set -eu

package=$(realpath "$1")
checkout=$(realpath "$(dirname "$0")/..")
name=gdal-plugin-rowband
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GDAL_DRIVER_PATH

# All files there are, but for what is the machine's, ours or apt's to keep.
list_files() {
    find / '(' -path /proc -o -path /sys -o -path /dev -o -path /tmp \
        -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \
        -o -path /var/lib/dpkg -o -path "$checkout" ')' -prune -o -print |
        sort
}

lists_driver() {
    gdalinfo --formats | grep '^ *ROWBAND '
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o Dpkg::Use-Pty=0 --no-install-recommends "$@" \
        >&2
}

fail() {
    echo "check-install: $*" >&2
    exit 1
}

! lists_driver || fail "there is such a driver already"
list_files >"$work/before"

apt install "$package"
dpkg -L "$name"
lists_driver || fail "the driver is not listed"
gdal_create -q -outsize 100 100 -burn 7 "$work/in.tif"
gdal_translate -q -of ROWBAND "$work/in.tif" "$work/out.tif"
gdalinfo -checksum "$work/out.tif" | grep Checksum

python=$(sh "$checkout/cmake/find-python.sh" osgeo)
"$python" -m rowband --help | grep '^ *copy '

apt purge "$name"
! lists_driver || fail "the driver is still listed"
! dpkg-query -W "$name" 2>/dev/null || fail "dpkg still knows of it"
list_files >"$work/after"
diff "$work/before" "$work/after" || fail "these files are left or lost"
echo "check-install: installed, listed, used and removed"
