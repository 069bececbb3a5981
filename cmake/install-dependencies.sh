#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/install-dependencies.sh [--tests]
#
# Installs the Debian or Ubuntu packages that building (and testing) needs and
# that are missing. Asks the network only if something is. What some tests alone
# need, and is not to be had everywhere, may be missing in the end.
set -eu

packages='cmake ninja-build gcc g++ libgdal-dev gdal-bin libproj-dev proj-data
    libdeflate-dev dpkg-dev file'
optional=
if [ "${1-}" = --tests ]; then
    packages="$packages libgtest-dev python3-gdal python3-pytest
        python3-numpy python3-rasterio python3-rioxarray python3-dask
        python3-distributed python3-xarray black
        python3-qgis qgis-providers libtiff-tools clang libclang-rt-dev
        clang-format clang-tidy cppcheck shellcheck"
    # Not Debian's where there is another.
    command -v npm >/dev/null || packages="$packages nodejs npm"
    # Ubuntu has it only as a snap.
    command -v chromium >/dev/null || optional=chromium
    # An object store, as a library: nothing of it is started.
    optional="$optional python3-swift"
fi

say() {
    echo "install-dependencies: $*" >&2
}

# usage: missing_packages PACKAGE...
missing_packages() {
    for package; do
        # shellcheck disable=SC2016 # ${...} is dpkg-query's
        case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf ' %s' "$package" ;;
        esac
    done
}

# How to become root, or failure.
root_prefix() {
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo sudo env
    else
        return 1
    fi
}

check_without_packages() {
    # shellcheck disable=SC2086 # one line, one blank between words
    say "not Debian or Ubuntu; needed is what these hold:" $packages
    for program in cmake ninja gcc g++ gdal-config gdal_translate; do
        if ! command -v "$program" >/dev/null; then
            say "$program is missing"
            exit 1
        fi
    done
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    check_without_packages
    exit 0
fi

# shellcheck disable=SC2086 # lists of words
{
    missing=$(missing_packages $packages)
    optional=$(missing_packages $optional)
}
[ -n "$missing$optional" ] || exit 0
if ! prefix=$(root_prefix); then
    [ -n "$missing" ] || exit 0
    say "please run, as root: apt-get install$missing"
    exit 1
fi

# usage: apt_install PACKAGE...
apt_install() {
    say "installing $*"
    # shellcheck disable=SC2086 # two words
    $prefix DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        --no-install-recommends install "$@" >&2
}

# shellcheck disable=SC2086 # lists of words
{
    $prefix DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 ||
        [ -z "$missing" ]
    [ -z "$missing" ] || apt_install $missing
    for package in $optional; do
        apt_install "$package" ||
            say "there is no $package: what needs it is not tested"
    done
}
