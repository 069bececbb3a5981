#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/fuzz.sh [SECONDS [NAME...]]
#
# Builds the fuzzers of tests/fuzz and runs each, or those of the names, for
# SECONDS, by default 60, two at a time: what they found, how often they ran and
# how much of the code they reached. Fails if there is a finding; the input that
# leads to it is left in build/fuzz/findings, for
# `build/fuzz/tests/fuzz/fuzz_NAME INPUT`. The same seconds on the same machine
# try much the same inputs each time, beginning with those of tests/fuzz/corpus.
set -eu

cd "$(dirname "$0")/.."
seconds=${1-60}
[ "$#" -eq 0 ] || shift
all=$(cd tests/fuzz && printf '%s\n' fuzz_*.c | sed 's/fuzz_\(.*\)\.c/\1/')
names=${*:-$all}
build=$PWD/build/fuzz
findings=$build/findings
logs=$build/logs

build_fuzzers() {
    cmake --preset fuzz -Wno-dev && cmake --build --preset fuzz
}

# What GDAL has in it of its own makes VRTs slow: they are short.
max_len() {
    case $1 in vrt) echo 2048 ;; *) echo 4096 ;; esac
}

# usage: fuzz NAME
fuzz() {
    # What is found on the way is kept beside the inputs that are committed.
    set -- "$1" "$build/kept/$1" "tests/fuzz/corpus/$1"
    mkdir -p "$2"
    [ ! -f "tests/fuzz/$1.dict" ] || set -- "$@" "-dict=tests/fuzz/$1.dict"
    name=$1
    shift
    # A hang is a finding, and so is memory without bound. Freed memory is not
    # kept for long: a process of less memory forks faster, as fuzz_vrt does.
    ASAN_OPTIONS=quarantine_size_mb=8 "$build/tests/fuzz/fuzz_$name" \
        -seed=1 -max_total_time="$seconds" -max_len="$(max_len "$name")" \
        -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$findings/$name-" "$@" \
        >"$logs/$name.log" 2>&1 || true
}

# Every other one of the fuzzers, beginning with the first or the second.
fuzz_every_other() {
    turn=$1
    for fuzzer in $names; do
        [ "$turn" = 1 ] || fuzz "$fuzzer"
        turn=$((1 - turn))
    done
}

executions() {
    sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$1.log"
}

# The last number of that name which the fuzzer told of: cov, ft or corp.
reached() {
    grep -o "$2: [0-9]*" "$logs/$1.log" | tail -n 1 | cut -d ' ' -f 2
}

count_findings() {
    find "$findings" -name "$1-*" | wc -l
}

# A line for the table of faults, see CONTRIBUTING.md.
record() {
    [ -z "${ROWBAND_FAULTS-}" ] ||
        printf 'fuzz: %s\t%s\t0\t0\t%s\n' "$1" "$2" "$3" >>"$ROWBAND_FAULTS"
}

# usage: report NAME; returns whether all is well
report() {
    count=$(executions "$1")
    found=$(count_findings "$1")
    if [ -z "$count" ]; then
        tail -n 40 "$logs/$1.log"
        echo "fuzz: $1 did not come to its end"
        count=0
    fi
    echo "fuzz: $1: $count runs, $(reached "$1" cov) edges of code," \
        "$(reached "$1" corp) inputs kept, $found findings"
    [ "$found" = 0 ] || tail -n 40 "$logs/$1.log"
    record "$1" "$count" "$found"
    [ "$found" = 0 ] && [ "$count" -gt 0 ]
}

build_fuzzers
rm -rf "$findings" "$logs" "$build/kept"
mkdir -p "$findings" "$logs"

fuzz_every_other 0 &
fuzz_every_other 1
wait

failed=
for name in $names; do
    report "$name" || failed="$failed $name"
done
if [ -n "$failed" ]; then
    echo "fuzz: failed:$failed"
    exit 1
fi
