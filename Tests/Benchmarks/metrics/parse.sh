#!/bin/bash
# Reading an exposition of 5,000 series: Soma beside Python's prometheus_client, in turn, in half a minute. Prints one JSON object
# with medians in milliseconds and their ratio for both text formats.
#   SOMA           the program (.build/release/soma)
#   BENCH_ROUNDS   how often both are measured in turn (5)
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=Tests/Benchmarks/metrics
soma=${SOMA:-.build/release/soma}
venv=.tools/prometheus_client
[ -x "$soma" ] || { echo "There is no $soma: run make build first." >&2; exit 1; }

if [ ! -f "$venv/ready" ]; then
    echo "installing prometheus_client into $venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install prometheus_client==0.26.0
    touch "$venv/ready"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$venv/bin/python" "$here/parse.py" make "$folder"
"$venv/bin/python" "$here/parse.py" measure "$folder" "${BENCH_ROUNDS:-5}" "$soma" perf exposition
