#!/bin/bash
# LangGraph's AsyncPostgresSaver, pgbench and `soma perf engine` in turn on one real Postgres (fsync and synchronous_commit
# on), in some minutes: prints medians and ratios as one JSON object. Everything is made in a folder that is removed
# afterwards.
#   SOMA           the program (.build/release/soma)
#   BENCH_ROUNDS   how often each is measured; medians count (3)
#   BENCH_FOLDER   where Postgres keeps its data; must not be in memory (.build)
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=Tests/Benchmarks/langgraph
soma=${SOMA:-.build/release/soma}
rounds=${BENCH_ROUNDS:-3}
venv=.tools/langgraph
[ -x "$soma" ] || { echo "There is no $soma: run make build first." >&2; exit 1; }
say() { printf '%s\n' "$*" >&2; }

if [ ! -f "$venv/ready" ]; then
    say "installing LangGraph into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install langgraph==1.2.24 langgraph-checkpoint-postgres==3.2.0 'psycopg[binary,pool]==3.3.9'
    touch "$venv/ready"
fi

folder=$(mktemp -d "${BENCH_FOLDER:-.build}/soma-langgraph-XXXXXX")
folder=$(cd "$folder" && pwd)
chmod 711 "$folder"
export CLUSTER_DIR="$folder/cluster" CLUSTER_SERVICES=postgres CLUSTER_ROLES="" CLUSTER_KEEP=no
end() {
    infra/dev/cluster.sh down >&2 || true
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM
infra/dev/cluster.sh up >&2
eval "$(infra/dev/cluster.sh env)"
url=postgres://$PGUSER@$PGHOST:$PGPORT/soma
programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
for setting in fsync synchronous_commit; do
    [ "$(psql -XAtqc "SHOW $setting")" = on ] || { echo "$setting is off." >&2; exit 1; }
done
psql -Xqc "CREATE TABLE bench_row (id bigserial PRIMARY KEY, run bigint, event text, words text)"

# once NAME COMMAND...: one measurement of a round, its JSON into a file.
once() {
    local name=$1
    shift
    "$@" >"$folder/$name.json"
}
# LangGraph begins with an empty database each time.
langgraph() {
    psql -Xqd postgres -c "DROP DATABASE IF EXISTS langgraph" -c "CREATE DATABASE langgraph"
    PGDATABASE=langgraph "$venv/bin/python" "$here/saver.py" "$@"
}
# pgbench: rows a second with so many clients, and for one client the median of its commits.
pgbench_rows() {
    (cd "$folder" && rm -f pgbench_log.* && "$programs/pgbench" -n -M prepared -c "$1" -j 2 -T "${2:-5}" -l \
        -f "$OLDPWD/$here/insert.sql" soma 2>/dev/null) >"$folder/pgbench.txt"
    cat "$folder"/pgbench_log.* | awk '{ print $3 / 1000 }' | sort -n >"$folder/latencies"
    awk -v rate="$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$folder/pgbench.txt")" \
        '{ value[NR] = $1 } END { printf "{\"rows_per_second\": %.1f, \"p50_ms\": %.3f}\n", rate, value[int((NR + 1) / 2)] }' \
        "$folder/latencies"
}

for round in $(seq "$rounds"); do
    say "round $round of $rounds: pgbench, one client"
    once "commit-$round" pgbench_rows 1
    say "round $round of $rounds: soma, one run"
    once "one-$round" "$soma" perf engine --store "$url" --runs 1 --cycles 1000 --state-bytes 1024 --rounds 1
    say "round $round of $rounds: pgbench, 100 clients"
    once "clients-$round" pgbench_rows 100
    say "round $round of $rounds: soma, 100 runs"
    once "hundred-$round" "$soma" perf engine --store "$url" --runs 100 --cycles 50 --state-bytes 1024 --rounds 1
    say "round $round of $rounds: LangGraph, 100 runs"
    once "langgraph-$round" langgraph throughput --runs 100 --steps 20 --bytes 1024
    say "round $round of $rounds: soma, content that grows"
    once "grow-$round" "$soma" perf engine --store "$url" --runs 1 --cycles 500 --state-bytes 200 --rounds 1
done
say "LangGraph, content that grows"
once history langgraph history --steps 1000 --bytes 200
say "LangGraph, content that grows, by its DeltaChannel"
once delta langgraph history --steps 1000 --bytes 200 --delta

"$venv/bin/python" "$here/summary.py" "$folder" "$rounds"
