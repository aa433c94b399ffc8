#!/bin/bash
# LangGraph's AsyncPostgresSaver, pgbench and `soma perf engine` in turn on one real Postgres (fsync and synchronous_commit
# on), in some minutes: prints medians and ratios as one JSON object. Everything is made in a folder that is removed
# afterwards.
#   SOMA, SOMAD    the programs (.build/release)
#   BENCH_ROUNDS   how often each is measured; medians count (3)
#   BENCH_FOLDER   where Postgres keeps its data; must not be in memory (.build)
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=Tests/Benchmarks/langgraph
soma=${SOMA:-.build/release/soma}
somad=${SOMAD:-.build/release/somad}
rounds=${BENCH_ROUNDS:-3}
venv=.tools/langgraph
for program in "$soma" "$somad"; do
    [ -x "$program" ] || { echo "There is no $program: run make build first." >&2; exit 1; }
done
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
# Soma's own tables, for pgbench: a daemon makes them as it starts.
mkdir -m 700 "$folder/data"
env -u SOMA_KAFKA_BROKERS -u SOMA_REDIS_URL "$somad" --data-dir "$folder/data" --listen "unix:$folder/data/socket" \
    --store "$url" 2>"$folder/somad.log" &
daemon=$!
for _ in $(seq 300); do
    [ -S "$folder/data/socket" ] && break
    sleep 0.1
done
kill "$daemon"
wait "$daemon" || { cat "$folder/somad.log" >&2; exit 1; }
psql -Xqc "SELECT soma.prepare_day(0)" >/dev/null

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
# pgbench_rows SCRIPT CLIENTS FIRST: commits a second of that many clients, and the median of what each took. FIRST is where
# the script begins to number its rows.
pgbench_rows() {
    (cd "$folder" && rm -f pgbench_log.* && "$programs/pgbench" -n -M prepared -c "$2" -j 2 -T 5 -l -D "seq=${3:-1}" \
        -f "$OLDPWD/$here/$1.sql" soma 2>/dev/null) >"$folder/pgbench.txt"
    cat "$folder"/pgbench_log.* | awk '{ print $3 / 1000 }' | sort -n >"$folder/latencies"
    awk -v rate="$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$folder/pgbench.txt")" \
        '{ value[NR] = $1 } END { printf "{\"rows_per_second\": %.1f, \"p50_ms\": %.3f}\n", rate, value[int((NR + 1) / 2)] }' \
        "$folder/latencies"
}

for round in $(seq "$rounds"); do
    say "round $round of $rounds: pgbench, one client"
    once "commit-$round" pgbench_rows insert 1
    say "round $round of $rounds: pgbench, one client, the same rows"
    once "same-$round" pgbench_rows rows 1 "${round}00000000"
    say "round $round of $rounds: soma, one run"
    once "one-$round" "$soma" perf engine --store "$url" --runs 1 --cycles 1000 --state-bytes 1024 --rounds 1
    say "round $round of $rounds: pgbench, 100 clients"
    once "clients-$round" pgbench_rows insert 100
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
