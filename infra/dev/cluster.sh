#!/bin/bash
# A whole cluster on this machine, without containers: Postgres, a Kafka broker, Redis, somad in its roles, and Prometheus
# where it is asked for. Everything listens on 127.0.0.1 at free ports; data, logs and process ids are under CLUSTER_DIR (.run/cluster).
#
#   infra/dev/cluster.sh up       starts what isn't there; what runs already is left alone
#   infra/dev/cluster.sh status   a line for each process; fails where one is missing or not ready
#   infra/dev/cluster.sh down     ends what `up` started, and nothing else
#   infra/dev/cluster.sh env      variables for soma, psql, redis-cli and Grafana: eval "$(infra/dev/cluster.sh env)"
#
# What runs is told by variables:
#   CLUSTER_ROLES     roles and how many of each, such as "gateway:1 orchestrator:2"
#   CLUSTER_SERVICES  "postgres kafka redis"; leave out what isn't wanted. With prometheus in it, one scrapes all somads; with
#                     model, all of them ask a stand-in for a model (infra/dev/demo-model.py)
#   CLUSTER_DIR       where everything is
#   CLUSTER_KEEP      "no" makes `down` remove the data too
#   SOMAD             the program
set -euo pipefail
cd "$(dirname "$0")/../.."
# The user that Postgres runs as has to get through; what nobody else may read is made so where it is made.
umask 022

: "${CLUSTER_ROLES=gateway:1 conversation-worker:1 orchestrator:2 tool-executor:2}"
: "${CLUSTER_SERVICES=postgres kafka redis}"
: "${CLUSTER_DIR:=.run/cluster}"
: "${CLUSTER_KEEP:=yes}"
: "${SOMAD:=.build/release/somad}"
readonly broker=.tools/noida-0.2.3/noida_db/noida-db
readonly wait_seconds=30
readonly marker=made-by-cluster

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

mkdir -p "$CLUSTER_DIR"
CLUSTER_DIR=$(cd "$CLUSTER_DIR" && pwd)
far_sockets=/tmp/soma-cluster-$(id -u)-$(printf '%s' "$CLUSTER_DIR" | cksum | cut -d' ' -f1)
readonly far_sockets

# One at a time; it is released however this process ends.
take_turn() {
    exec 8>"$CLUSTER_DIR/lock"
    flock -w "$wait_seconds" 8 || fail "Another cluster.sh is at work in $CLUSTER_DIR."
}

# ---- processes

# When a process began, as the kernel counts: a number that is given again later belongs to another process. Nothing for
# one that has ended and that nobody has asked about yet.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# The process id of a name, where it is still the one that was started here.
alive() {
    local pid start
    read -r pid start 2>/dev/null <"$CLUSTER_DIR/$1.pid" || return 1
    [ -n "$start" ] && [ "$(began "$pid")" = "$start" ] && echo "$pid"
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The port that a name had before, so that others find it again; else a free one.
port_of() {
    local file=$CLUSTER_DIR/$1.port
    if [ ! -s "$file" ] || is_open "$(cat "$file")"; then
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >"$file"
    fi
    cat "$file"
}

# until_ready NAME COMMAND...: waits until the command succeeds, as long as the process lives.
until_ready() {
    local name=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if ! alive "$name" >/dev/null || [ "$tries" -gt $((wait_seconds * 20)) ]; then
            tail -n 5 "$CLUSTER_DIR/$name.log" >&2 || true
            fail "$name did not become ready. Its last words are above, the rest is in $CLUSTER_DIR/$name.log."
        fi
        sleep 0.05
    done
}

# launch NAME COMMAND...: starts it for good: in a session of its own, without this terminal and this lock.
launch() {
    local name=$1
    shift
    setsid "$@" >>"$CLUSTER_DIR/$name.log" 2>&1 </dev/null 8>&- &
    echo "$! $(began $!)" >"$CLUSTER_DIR/$name.pid"
}

# Those that were told to end all at once, so that the slowest is waited for and not the sum.
told=""

# finish NAME SIGNAL: ends it, the hard way after a while.
finish() {
    local name=$1 pid tries=0
    if pid=$(alive "$name"); then
        kill "-$2" "$pid" 2>/dev/null || true
        while alive "$name" >/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -ne $((wait_seconds * 20)) ] || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.05
        done
        echo "ended $name"
    elif [[ " $told " == *" $name "* ]]; then
        echo "ended $name"
    fi
    rm -f "$CLUSTER_DIR/$name.pid"
}

wants() { [[ " $CLUSTER_SERVICES " == *" $1 "* ]]; }

# Whether it is wanted, or was when it was started: who asks later need not say it again.
has() { wants "$1" || [ -e "$CLUSTER_DIR/$1.pid" ]; }

# ---- Postgres, which refuses to run as root

if [ "$(id -u)" = 0 ]; then
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
else
    as_postgres=(env)
fi

postgres_programs() {
    local folder
    folder=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$folder" ] || fail "There is no Postgres server: run infra/setup.sh tests, or apt-get install postgresql-15."
    echo "$folder"
}

ask_postgres() {
    local database=$1
    shift
    PGPASSWORD=$(cat "$CLUSTER_DIR/password") psql -X -q -At -h 127.0.0.1 -p "$(cat "$CLUSTER_DIR/postgres.port")" \
        -U postgres -d "$database" "$@"
}

make_postgres() {
    local data=$CLUSTER_DIR/postgres
    rm -rf "$data"
    install -d -m 700 "$data"
    [ -s "$CLUSTER_DIR/password" ] \
        || (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' '-_' >"$CLUSTER_DIR/password")
    # The server's user can't read our files: it gets a copy that it owns, for as long as this takes.
    install -m 600 "$CLUSTER_DIR/password" "$CLUSTER_DIR/password.postgres"
    [ "$(id -u)" != 0 ] || chown postgres "$data" "$CLUSTER_DIR/password.postgres"
    "${as_postgres[@]}" test -w "$data" \
        || fail "The user postgres can't reach $data: set CLUSTER_DIR to a folder whose parents everybody may enter."
    "${as_postgres[@]}" "$(postgres_programs)/initdb" -D "$data/data" -U postgres -E UTF8 -A scram-sha-256 \
        --pwfile="$CLUSTER_DIR/password.postgres" >"$CLUSTER_DIR/initdb.log" 2>&1 \
        || fail "$(tail -n 5 "$CLUSTER_DIR/initdb.log")" "initdb failed."
    rm -f "$CLUSTER_DIR/password.postgres"
    # Only now is it whole.
    touch "$CLUSTER_DIR/postgres.made"
}

start_postgres() {
    local programs port data=$CLUSTER_DIR/postgres
    programs=$(postgres_programs)
    [ -f "$CLUSTER_DIR/postgres.made" ] || make_postgres
    port=$(port_of postgres)
    launch postgres "${as_postgres[@]}" "$programs/postgres" -D "$data/data" -p "$port" -k '' \
        -c listen_addresses=127.0.0.1 -c max_connections=300
    until_ready postgres "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"
    [ "$(ask_postgres postgres -c "SELECT count(*) FROM pg_database WHERE datname = 'soma'")" = 1 ] \
        || ask_postgres postgres -c "CREATE DATABASE soma ENCODING 'UTF8' TEMPLATE template0"
}

# ---- the other services

start_kafka() {
    local port
    [ -x "$broker" ] || fail "There is no Kafka broker: run infra/setup.sh tests."
    port=$(port_of kafka)
    launch kafka "$broker" start --data-dir "$CLUSTER_DIR/kafka" --host 127.0.0.1 --only kafka --kafka-port "$port"
    until_ready kafka is_open "$port"
}

start_redis() {
    local port
    command -v redis-server >/dev/null || fail "There is no Redis: run infra/setup.sh tests, or apt-get install redis-server."
    port=$(port_of redis)
    launch redis redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no
    until_ready redis redis-cli -p "$port" ping
}

# Scrapes all somads, often, so that one sees something move; records and alerts by the rules of infra/prometheus.
start_prometheus() {
    local port folder=$CLUSTER_DIR/prometheus
    command -v prometheus >/dev/null || fail "There is no Prometheus: run infra/setup.sh tests, or apt-get install prometheus."
    port=$(port_of prometheus)
    mkdir -p "$folder"
    cat >"$folder/prometheus.yml" <<END
global:
  scrape_interval: 2s
  evaluation_interval: 2s
rule_files: ["$PWD/infra/prometheus/rules/*.yaml"]
scrape_configs:
  - job_name: soma
    file_sd_configs:
      - files: ["$folder/targets.json"]
END
    [ -s "$folder/targets.json" ] || echo '[]' >"$folder/targets.json"
    launch prometheus prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
        --storage.tsdb.retention.time=2d --storage.tsdb.retention.size=1GB --enable-feature=exemplar-storage \
        --web.listen-address="127.0.0.1:$port"
    until_ready prometheus curl -s -f -m 2 "http://127.0.0.1:$port/-/ready"
}

# A stand-in for a model: what it says is fixed, and it has a price, so that there is something to see.
start_model() {
    local port
    port=$(port_of model)
    launch model python3 infra/dev/demo-model.py --port "$port"
    until_ready model is_open "$port"
}

# Tells Prometheus which somads there are; it notices by itself.
tell_prometheus() {
    local name file=$CLUSTER_DIR/prometheus/targets.json separator=
    {
        printf '['
        for name in $(daemons); do
            printf '%s{"targets": ["127.0.0.1:%s"], "labels": {"process_role": "%s"}}' \
                "$separator" "$(cat "$CLUSTER_DIR/$name.port")" "${name%-*}"
            separator=', '
        done
        echo ']'
    } >"$file.new"
    mv "$file.new" "$file"
}

# ---- somad

# The names of all daemons that are wanted: ROLE-NUMBER.
daemons() {
    local entry number
    for entry in $CLUSTER_ROLES; do
        [[ $entry =~ ^[a-z-]+:[0-9]+$ ]] || fail "CLUSTER_ROLES: expected ROLE:COUNT, found \"$entry\"."
        for ((number = 1; number <= ${entry#*:}; number++)); do echo "${entry%:*}-$number"; done
    done
}

# Those that were ever started here, wanted or not.
started_daemons() {
    local file name
    for file in "$CLUSTER_DIR"/*.pid; do
        name=$(basename "$file" .pid)
        case $name in '*' | postgres | kafka | redis | prometheus | model | demo) ;; *) echo "$name" ;; esac
    done
}

# In a folder that nobody else can enter. The path of a socket has room for 107 bytes, which a deep folder exceeds.
socket_of() {
    local path=$CLUSTER_DIR/sockets/$1.sock
    [ ${#path} -le 100 ] || path=$far_sockets/$1.sock
    (umask 077 && mkdir -p "$(dirname "$path")")
    [ -O "$(dirname "$path")" ] || fail "$(dirname "$path") is somebody else's."
    echo "$path"
}

# Whether clients speak with it.
is_door() { [[ $1 == gateway-* || $1 == all-* ]]; }

address_of() { if is_door "$1"; then echo "unix:$(socket_of "$1")"; else echo "127.0.0.1:$(cat "$CLUSTER_DIR/$1.port")"; fi; }

is_ready() { [ "$(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://127.0.0.1:$(cat "$CLUSTER_DIR/$1.port")/readyz")" = 200 ]; }

start_daemon() {
    local name=$1 variables
    [ -x "$SOMAD" ] || fail "There is no $SOMAD: run make build, or set SOMAD."
    variables=(SOMA_DATA_DIR="$CLUSTER_DIR/$name" SOMA_METRICS="127.0.0.1:$(port_of "$name")")
    if is_door "$name"; then variables+=(SOMA_LISTEN="unix:$(socket_of "$name")"); fi
    if wants postgres; then
        variables+=(PGPASSWORD="$(cat "$CLUSTER_DIR/password")"
            SOMA_STORE="postgres://postgres@127.0.0.1:$(cat "$CLUSTER_DIR/postgres.port")/soma")
    fi
    # This broker stalls where members of a group give partitions up one by one.
    if wants kafka; then
        variables+=(SOMA_KAFKA_BROKERS="127.0.0.1:$(cat "$CLUSTER_DIR/kafka.port")" SOMA_KAFKA_ASSIGNMENT=range)
    fi
    if wants redis; then variables+=(SOMA_REDIS_URL="redis://127.0.0.1:$(cat "$CLUSTER_DIR/redis.port")"); fi
    if wants model; then
        variables+=(SOMA_MODEL_URL="http://127.0.0.1:$(cat "$CLUSTER_DIR/model.port")/v1" SOMA_MODEL_NAME=demo-model
            SOMA_MODEL_USD_PER_MILLION_INPUT=3 SOMA_MODEL_USD_PER_MILLION_OUTPUT=15)
    fi
    (umask 077 && mkdir -p "$CLUSTER_DIR/$name")
    if wants model; then touch "$CLUSTER_DIR/$name/asks-model"; else rm -f "$CLUSTER_DIR/$name/asks-model"; fi
    launch "$name" env "${variables[@]}" "$SOMAD" --role "${name%-*}"
}

# ---- what can be asked for

up() {
    local service name
    take_turn
    # Only what was made here is removed by `down`.
    if [ -e "$CLUSTER_DIR/postgres.made" ] || [ "$(ls -A "$CLUSTER_DIR")" = lock ]; then
        touch "$CLUSTER_DIR/$marker"
    fi
    for service in postgres kafka redis prometheus model; do
        wants "$service" || continue
        alive "$service" >/dev/null || "start_$service"
    done
    # grep reads to the end: a pipe closed early would count as a failure here.
    # All at once, so that the slowest is waited for and not the sum; replicas that aren't wanted any more end.
    for name in $(started_daemons); do
        daemons | grep -x -- "$name" >/dev/null || finish "$name" TERM
    done
    for name in $(daemons); do
        # One that was started without a model never asks one.
        if wants model && [ ! -e "$CLUSTER_DIR/$name/asks-model" ]; then finish "$name" TERM; fi
        alive "$name" >/dev/null || start_daemon "$name"
    done
    if wants prometheus; then tell_prometheus; fi
    for name in $(daemons); do until_ready "$name" is_ready "$name"; done
    report
}

down() {
    local name
    take_turn
    finish demo TERM
    for name in $(started_daemons); do
        if pid=$(alive "$name"); then
            kill -TERM "$pid" 2>/dev/null || true
            told+=" $name"
        fi
    done
    for name in $(started_daemons); do
        finish "$name" TERM
        if is_door "$name"; then rm -f "$(socket_of "$name")"; fi
    done
    finish model TERM
    finish prometheus TERM
    finish redis TERM
    finish kafka TERM
    finish postgres INT
    if [ "$CLUSTER_KEEP" = no ]; then
        [ -e "$CLUSTER_DIR/$marker" ] \
            || fail "$CLUSTER_DIR was there before a cluster was: it is left as it is. Remove it by hand."
        rm -rf "$CLUSTER_DIR"
        if [ -O "$far_sockets" ]; then rm -rf "$far_sockets"; fi
    fi
}

row() { printf '%-22s %8s  %-6s %6s  %s\n' "$@"; }

# runs_of NAME: its runs that have not ended.
runs_of() {
    curl -s -m 2 "http://127.0.0.1:$(cat "$CLUSTER_DIR/$1.port")/metrics" \
        | awk '/^soma_runs\{/ && !/status="(completed|failed|cancelled)"/ { sum += $2 } END { print sum + 0 }'
}

report() {
    local name pid missing=0
    row NAME PID READY RUNS ADDRESS
    for name in postgres kafka redis prometheus model; do
        has "$name" || continue
        if pid=$(alive "$name"); then
            if is_open "$(cat "$CLUSTER_DIR/$name.port")"; then ready=yes; else ready=no missing=1; fi
            row "$name" "$pid" "$ready" "" "127.0.0.1:$(cat "$CLUSTER_DIR/$name.port")"
        else
            row "$name" - no "" ""
            missing=1
        fi
    done
    for name in $(daemons; started_daemons); do echo "$name"; done | sort -u | while read -r name; do
        if pid=$(alive "$name"); then
            if is_ready "$name"; then ready=yes; else ready=no; fi
            row "$name" "$pid" "$ready" "$(runs_of "$name")" "$(address_of "$name")"
        else
            row "$name" - no "" ""
        fi
    done | tee "$CLUSTER_DIR/status"
    if [ "$missing" = 1 ] || awk '$3 == "no" { found = 1 } END { exit !found }' "$CLUSTER_DIR/status"; then return 1; fi
}

# The first daemon that clients speak to.
variables() {
    local name
    say() { printf 'export %s=%q\n' "$@"; }
    name=$(daemons | grep -m 1 -e '^gateway-' -e '^all-' || true)
    [ -z "$name" ] || say SOMA_DAEMON "unix:$(socket_of "$name")"
    if has postgres; then
        say PGHOST 127.0.0.1 PGPORT "$(cat "$CLUSTER_DIR/postgres.port")" PGUSER postgres PGDATABASE soma \
            PGPASSWORD "$(cat "$CLUSTER_DIR/password")"
    fi
    if has kafka; then say SOMA_KAFKA_BROKERS "127.0.0.1:$(cat "$CLUSTER_DIR/kafka.port")"; fi
    if has redis; then say SOMA_REDIS_URL "redis://127.0.0.1:$(cat "$CLUSTER_DIR/redis.port")"; fi
    if has prometheus; then say PROMETHEUS_URL "http://127.0.0.1:$(cat "$CLUSTER_DIR/prometheus.port")"; fi
}

# Refuses a list of roles that can't be read, before anything is done.
daemons >/dev/null

case "${1:-}" in
up) up ;;
status)
    if ! report; then
        compgen -G "$CLUSTER_DIR/*.pid" >/dev/null || echo "Nothing of it runs: make cluster-up starts it." >&2
        exit 1
    fi
    ;;
down) down ;;
env) variables ;;
*) fail "usage: infra/dev/cluster.sh up | status | down | env" ;;
esac
