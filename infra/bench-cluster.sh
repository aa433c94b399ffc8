#!/bin/sh
# The figures of a cluster, in docs/performance.md from section 9 on, as one table; about ten minutes. Each measurement is
# a program of its own, which prints JSON. BENCH_ONLY names those that are wanted: "store relay takeover scale slow view".
set -eu
cd "$(dirname "$0")/.."

for program in "${SOMA:=$PWD/.build/release/soma}" "${SOMAD:=$PWD/.build/release/somad}"; do
    [ -x "$program" ] || { echo "There is no $program: run make build first." >&2; exit 1; }
done
export SOMA SOMAD
mkdir -p "${BENCH_FOLDER:=$PWD/.build}"
export BENCH_FOLDER
folder=$(mktemp -d "$BENCH_FOLDER/soma-figures-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

measure() {
    name=$1
    shift
    case " ${BENCH_ONLY:-store relay takeover scale slow view} " in
    *" $name "*) "$@" >"$folder/$name.json" ;;
    esac
}
measure store Tests/Benchmarks/langgraph/run.sh
measure relay Tests/Benchmarks/cluster/relay.py
measure takeover Tests/Benchmarks/cluster/takeover.py
measure scale Tests/Benchmarks/cluster/scale.py
measure slow Tests/Benchmarks/cluster/scale.py --delay 4 --sizes 1,4 --seconds 40
measure view Tests/Benchmarks/kafka/view.py
python3 Tests/Benchmarks/cluster/table.py "$folder"
