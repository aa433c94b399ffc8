#!/bin/sh
# The figures of docs/performance.md: engine, storage, replay, crashes, resuming, starting. Takes some minutes.
set -eu

soma=${SOMA:-.build/release/soma}
rounds=${BENCH_ROUNDS:-5}
if ! [ -x "$soma" ]; then
    echo "There is no $soma: run make build first." >&2
    exit 1
fi

# The disk is measured: BENCH_FOLDER names another one, and must not be a file system in memory.
place=${BENCH_FOLDER:-.build}
mkdir -p "$place"
folder=$(mktemp -d "$place/soma-bench-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*" >&2; }

# field FILE NAME: a number of a JSON object, whether it is on one line or on many.
field() {
    tr ',' '\n' <"$1" | sed -n "s/^[^\"]*\"$2\"[[:space:]]*:[[:space:]]*\([-+.eE0-9]*\).*$/\1/p" | head -n 1
}

engine() {
    name=$1
    shift
    say "engine: $*"
    "$soma" perf engine --store "sqlite:$folder" "$@" >"$folder/$name.json"
}

engine hundred --runs 100 --cycles 50 --state-bytes 1024 --rounds "$rounds"
engine thousand --runs 1000 --cycles 50 --state-bytes 1024 --rounds "$rounds"
engine one --runs 1 --cycles 2500 --state-bytes 1024 --rounds "$rounds"
engine storage --runs 1 --cycles 500 --state-bytes 200 --rounds 1

for kind in metrics tenth all; do
    say "telemetry: $kind"
    SOMA=$soma Tests/Benchmarks/telemetry/overhead.py --kinds "$kind" --pairs "${BENCH_PAIRS:=12}" --folder "$folder" \
        >"$folder/telemetry-$kind.json"
done

say "replay: 1,000,000 transitions"
"$soma" perf generate --transitions 1000000 --runs 1000 --bytes 400 --out "$folder/big.soma.ndjson"
"$soma" perf replay "$folder/big.soma.ndjson" >"$folder/replay.json"

say "starts"
"$soma" perf start --folder "$folder" >"$folder/start.json"
say "resume: 1,000 runs"
"$soma" perf resume --runs 1000 --folder "$folder" >"$folder/resume.json"
# What it finds stands in its report, and this goes on to the table.
say "crashes: ${BENCH_KILLS:=200} kills"
"$soma" perf crash --kills "$BENCH_KILLS" --runs 100 --folder "$folder" >"$folder/crash.json" || crashed=yes

row() { printf '%-46s %14s   %s\n' "$1" "$2" "$3"; }
number() { printf "%.${3:-0}f" "$(field "$folder/$1.json" "$2")"; }
per() { awk -v a="$(field "$folder/$1.json" "$2")" -v b="$3" -v d="${4:-2}" 'BEGIN { printf "%.*f", d, a / b }'; }

echo
row "measure (median of $rounds pairs)" "here" "reach"
row "1  100 runs: transitions a second" "$(number hundred transitions_per_second)" ""
row "     raw loop, 100 rows a commit" "$(number hundred raw_rows_per_second)" ""
row "     ratio" "$(number hundred ratio 2)" ">= 0.5"
row "   1,000 runs: transitions a second" "$(number thousand transitions_per_second)" ""
row "     raw loop, 100 rows a commit" "$(number thousand raw_rows_per_second)" ""
row "     ratio" "$(number thousand ratio 2)" ">= 0.8"
row "2  1 run: transitions a second" "$(number one transitions_per_second)" ""
row "     raw loop, one row a commit" "$(number one raw_rows_per_second)" ""
row "     ratio" "$(number one ratio 2)" ">= 0.6"
row "     commit p99, ms" "$(number one commit_p99_ms 2)" ""
row "     p99 against the raw loop's" "$(per one commit_p99_ms "$(field "$folder/one.json" raw_commit_p99_ms)")" "<= 3"
row "3  bytes a transition, 200 B of content each" "$(number storage bytes_per_transition)" "<= 1536"
row "4  replay: events a second" "$(number replay events_per_second)" ">= 400000"
row "     open to first fleet, ms" "$(number replay first_fleet_ms 1)" "<= 100"
row "     seek p95, ms" "$(number replay seek_p95_ms 1)" "<= 50"
row "     RssAnon, MiB" "$(per replay rss_anon_bytes 1048576 0)" "<= 200"
row "5  kills, with 100 runs at work" "$(number crash kills)" "200"
row "     transitions acknowledged" "$(number crash transitions_acknowledged)" ""
row "     of them lost" "$(number crash lost)" "0"
row "     lines twice" "$(number crash doubled_lines)" "0"
row "     calls in doubt" "$(number crash doubts)" ""
row "     doubts not shown" "$(number crash doubts_missing)" "0"
row "6  1,000 runs at work again after a kill, ms" "$(number resume working_ms)" "<= 1000"
row "7  soma ps, whole process, ms" "$(number start ps_ms 1)" "<= 25"
row "     somad, start to ready, ms" "$(number start ready_ms 1)" "<= 100"
percent() { awk -v a="$(field "$folder/$1.json" "$2")" 'BEGIN { printf "%.1f", (a - 1) * 100 }'; }
row "12 metrics, $BENCH_PAIRS pairs: the processor's time more, %" "$(percent telemetry-metrics cpu_ratio)" "<= 3"
row "     transitions a second, against none" "$(number telemetry-metrics ratio 3)" ">= 0.97"
row "   with traces, a tenth exported: time more, %" "$(percent telemetry-tenth cpu_ratio)" "<= 3"
row "     transitions a second, against none" "$(number telemetry-tenth ratio 3)" ">= 0.97"
row "   with traces, all exported: time more, %" "$(percent telemetry-all cpu_ratio)" ""
row "     transitions a second, against none" "$(number telemetry-all ratio 3)" ""
[ -z "${crashed:-}" ] || { sed 's/.*"findings"/findings/' "$folder/crash.json" >&2; exit 1; }
