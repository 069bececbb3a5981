#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/compat.sh SUITE [DIRECTORY [COMMAND...]]
#
# Builds and tests this checkout against the GDAL of another Debian, and there
# installs and removes the package: SUITE is trixie, sid or the like, made with
# debootstrap in DIRECTORY, by default build/compat/SUITE, and kept there for
# the next time. For root, with a network; what is not committed is tested too.
# With COMMAND, as `sh cmake/test.sh --quick`, that is run in place of all tests
# in the checkout inside, which is built anew.
set -eu

suite=${1:?usage: sh cmake/compat.sh SUITE [DIRECTORY]}
cd "$(dirname "$0")/.."
root=${2-build/compat/$suite}
[ $# -lt 2 ] || shift
shift
command -v debootstrap >/dev/null || apt-get -qq -y install debootstrap

if [ ! -e "$root/etc/debian_version" ]; then
    mkdir -p "$root"
    debootstrap --variant=minbase "$suite" "$root"
    # Snapshots of unstable grow old between two updates of a mirror.
    echo 'Acquire::Check-Valid-Until "false";' \
        >"$root/etc/apt/apt.conf.d/99rowband"
fi

rm -rf "$root/rowband"
mkdir "$root/rowband"
git ls-files -z --cached --others --exclude-standard |
    tar --null --files-from=- --create | tar --extract --directory "$root/rowband"

mounted=
leave() {
    # What is in use is let go later, and what is gone is no failure.
    # shellcheck disable=SC2086 # a list of words
    [ -z "$mounted" ] || umount --lazy $mounted || true
}
trap leave EXIT
for folder in proc dev; do
    mount --bind "/$folder" "$root/$folder" 2>/dev/null &&
        mounted="$mounted $root/$folder"
done
# npm shall trust whom this machine trusts: its network may have an authority of
# its own.
authorities=/etc/ssl/certs/ca-certificates.crt
[ ! -f "$authorities" ] || cp "$authorities" "$root/etc/ssl/rowband.crt"

inside() {
    chroot "$root" env LC_ALL=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/ssl/rowband.crt \
        sh "$@"
}
if [ $# -gt 0 ]; then
    # shellcheck disable=SC2016 # "$@" is the shell's inside
    inside -c 'cd /rowband && exec "$@"' sh "$@"
    exit
fi
inside /rowband/cmake/test.sh --no-sanitize
inside -c 'sh /rowband/cmake/check-install.sh \
    /rowband/build/release/gdal-plugin-rowband_*.deb'
