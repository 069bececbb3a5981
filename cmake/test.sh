#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/test.sh [--quick | --qgis | [--long] [--no-sanitize]]
#
# Installs what is missing, builds every preset, and runs every check and
# test. Goes on after a failure; the last line says what failed, if anything.
# With --quick, in less than four minutes: the format, the structure, the release
# preset, its tests in C, and those in Python that are not marked as slow.
# With --qgis only the release preset is built, and only QGIS's tests are run.
# With --long faults are provoked many times more, for an hour or two, and what
# came of them is printed at the end, as tests/FAULTS.md has it.
set -u

cd "$(dirname "$0")/.." || exit 1
logs=build/logs

# Runs a step. Its output goes to the terminal and to a log.
step() {
    name=$1
    shift
    echo "== $name"
    {
        status=0
        "$@" || status=$?
        echo "$status" >"$logs/$name.status"
    } 2>&1 | tee "$logs/$name.log"
    return "$(cat "$logs/$name.status")"
}

install_dependencies() {
    sh cmake/install-dependencies.sh --tests
}

# A TIFF reader with nothing of GDAL in it, for autotest/gdrivers/readers.py, and
# the web map that reads with it, for autotest/gdrivers/webmap.py.
install_geotiff_js() {
    modules=build/geotiff-js/node_modules
    if [ ! -d "$modules/geotiff" ] || [ ! -d "$modules/ol" ]; then
        npm install --silent --no-audit --no-fund --prefix build/geotiff-js \
            geotiff@3.0.5 ol@10.11.0
    fi
}

# What does not change what the program does, but how it can be read: also that
# the check itself can fail.
check_house() {
    python3 cmake/check-house.py --self-test &&
        python3 cmake/check-house.py --build build/release
}

# Each version of clang-format and black has opinions of its own: .clang-format
# is for 14, and Python's format that of black 23.
check_format() {
    check_c_format && check_python_format
}

check_python_format() {
    case $(black --version) in
    *' 23.'*) black --check autotest cmake driver ;;
    *) echo "not black 23: the format of Python is not checked" ;;
    esac
}

check_c_format() {
    case $(clang-format --version) in
    *' 14.'*) ;;
    *)
        echo "not clang-format 14: formatting is not checked"
        return 0
        ;;
    esac
    find driver tests '(' -name '*.[ch]' -o -name '*.[ch]pp' ')' \
        -exec clang-format --dry-run -Werror '{}' +
}

build_preset() {
    cmake --preset "$1" -Wno-dev && cmake --build --preset "$1"
}

# Seconds that one of CTest's tests may take.
test_timeout=1500

run_ctest() {
    step "ctest-$1" ctest --preset "$1" --timeout "$test_timeout"
}

run_preset() {
    step "build-$1" build_preset "$1" && run_ctest "$1"
}

# Looks for what only few of all inputs bring about.
fuzz_seconds=45
run_fuzzers() {
    sh cmake/fuzz.sh "$fuzz_seconds"
}

# Both at once: most of a sanitized test runs on one core. Their short form
# takes as long as the long one without them.
run_sanitizers() {
    unset ROWBAND_LONG
    run_preset asan >"$logs/asan.out" 2>&1 &
    asan=$!
    run_preset tsan
    wait "$asan"
    cat "$logs/asan.out"
}

# usage: run_autotest [-m MARKS]; without, what autotest/pytest.ini says
run_autotest() {
    python=$(sh cmake/find-python.sh osgeo pytest numpy) || return 1
    GDAL_DRIVER_PATH=$PWD/build/release \
        "$python" -m pytest -ra -p no:cacheprovider "$@" autotest
}

# Asked for by name, they must not be skipped for want of QGIS.
run_qgis() {
    sh cmake/find-python.sh qgis.core >/dev/null && run_autotest -m qgis
}

# What a translation costs: to be read, not judged. It comes last, when nothing
# else is running.
run_gate() {
    python=$(sh cmake/find-python.sh osgeo numpy) || return 1
    cmake --build --preset release --target rowband_floor &&
        GDAL_DRIVER_PATH=$PWD/build/release:$PWD/build/release/tests \
            "$python" autotest/benchmark/gate.py build/bench
}

# What needs nothing of the release preset's tests, which keep about one core
# busy.
run_beside() {
    step static sh cmake/check-static.sh build/release
    [ -n "$sanitize" ] || return 0
    run_sanitizers
    step fuzz run_fuzzers
}

run_everything() {
    step format check_format
    step geotiff-js install_geotiff_js
    step build-release build_preset release
    built=$?
    [ "$built" = 0 ] && step house check_house
    run_beside >"$logs/beside.out" 2>&1 &
    beside=$!
    # Without --long it is autotest/pytest.ini that says which.
    [ "$built" = 0 ] && run_ctest release &&
        step autotest run_autotest ${long:+-m "not every"}
    step package sh cmake/check-package.sh build/release
    wait "$beside"
    cat "$logs/beside.out"
    [ "$built" = 0 ] && step gate run_gate
}

run_quickly() {
    step format check_format
    step build-release build_preset release || return
    step house check_house
    run_ctest release >"$logs/beside.out" 2>&1 &
    beside=$!
    step autotest run_autotest \
        -m "not slow and not long and not every and not corpus"
    wait "$beside"
    cat "$logs/beside.out"
}

# Has the tests do all that they can, and count what it comes to.
begin_long() {
    ROWBAND_LONG=1
    ROWBAND_FAULTS=$PWD/build/faults.tsv
    export ROWBAND_LONG ROWBAND_FAULTS
    rm -f "$ROWBAND_FAULTS"
    test_timeout=14400
    fuzz_seconds=1800
}

# The table in tests/FAULTS.md, for: python3 autotest/pymod/fault_counts.py
# build/faults.tsv --into tests/FAULTS.md
print_faults() {
    python=$(sh cmake/find-python.sh osgeo pytest numpy) || return 1
    "$python" autotest/pymod/fault_counts.py "$ROWBAND_FAULTS"
}

# The closing lines of ctest and pytest, as they wrote them.
print_totals() {
    for log in "$logs"/ctest-*.log "$logs"/autotest.log; do
        [ -f "$log" ] || continue
        echo "== $(basename "$log" .log)"
        grep -E '^[0-9]+% tests passed|^=.* in [0-9.]+s' "$log" | tail -n 1
    done
    grep -h -E '^(fuzz|check-static|check-house|gate): ' "$logs"/*.log || true
}

# Which tests failed, and what sanitizers found: the logs are long.
print_failures() {
    found='^(\[  FAILED  \] |FAILED |SUMMARY: .*Sanitizer|fuzz: failed)'
    grep -E "$found|runtime error: " "$logs"/*.log | sed "s#^$logs/##" | sort -u
}

failed_steps() {
    for file in "$logs"/*.status; do
        [ "$(cat "$file")" = 0 ] || printf ' %s' "$(basename "$file" .status)"
    done
}

sanitize=yes
qgis=
quick=
long=
for argument; do
    case $argument in
    --long) long=yes ;;
    --sanitize) sanitize=yes ;;
    --no-sanitize) sanitize= ;;
    --qgis) qgis=yes ;;
    --quick) quick=yes ;;
    *)
        echo "usage: sh cmake/test.sh" \
            "[--quick | --qgis | [--long] [--no-sanitize]]" >&2
        exit 2
        ;;
    esac
done

rm -rf "$logs"
mkdir -p "$logs"
[ -z "$long" ] || begin_long
if step install install_dependencies; then
    if [ -n "$qgis" ]; then
        step build-release build_preset release && step autotest run_qgis
    elif [ -n "$quick" ]; then
        run_quickly
    else
        run_everything
    fi
fi
print_totals
[ -z "$long" ] || step faults print_faults
failed=$(failed_steps)
if [ -n "$failed" ]; then
    print_failures
    echo "test.sh: failed:$failed"
    exit 1
fi
