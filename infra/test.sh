#!/bin/sh
# All tests with coverage, in one debug build; ends with the test runner's own summary.
set -eu
export SOMA_OPTIMIZE_SIMULATION=1
# Tests that end a process on purpose need no picture of its stack, which takes minutes to draw.
export SWIFT_BACKTRACE=enable=no
log=.build/test.log
mkdir -p .build
echo "Building the tests"
swift build --build-tests --enable-code-coverage --no-color-diagnostics
# tee would hide the runner's verdict: it is kept in a file.
echo 0 >.build/test.status
{ swift test --skip-build --no-parallel --enable-code-coverage --disable-xctest 2>&1 \
    || echo $? >.build/test.status; } | tee "$log" \
    | grep -a --line-buffered -E '^(✘|↳|✔ Suite|✔ Test run|error)' || true
status=$(cat .build/test.status)
if [ "$status" != 0 ]; then
    echo "Failed:"
    grep -aE '^✘' "$log" || tail -n 40 "$log"
    exit "$status"
fi
infra/coverage.sh 85
grep -aE 'Test run with' "$log" | tail -n 1
