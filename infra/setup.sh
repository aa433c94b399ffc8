#!/bin/sh
# Installs what building (and, with the word `tests` or `bench`, testing or measuring) needs. Quick and silent where nothing is
# missing.
set -eu
wanted=${1:-}

if ! command -v swift >/dev/null 2>&1; then
    echo "Soma needs a Swift toolchain, 6.2 or later: https://www.swift.org/install" >&2
    exit 1
fi

missing=""
header() { [ -e "/usr/include/$1" ] || [ -e "/usr/include/$(uname -m)-linux-gnu/$1" ] || missing="$missing $2"; }
tool() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

header curses.h libncurses-dev
header curl/curl.h libcurl4-openssl-dev
header sqlite3.h libsqlite3-dev
header seccomp.h libseccomp-dev
header postgresql/libpq-fe.h libpq-dev
header librdkafka/rdkafka.h librdkafka-dev
header hiredis/hiredis.h libhiredis-dev
header jemalloc/jemalloc.h libjemalloc-dev
header zlib.h zlib1g-dev
tool bwrap bubblewrap
tool git git
tool make make
tool pkg-config pkg-config
if [ "$wanted" = bench ]; then
    tool kcat kcat
    python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
    wanted=tests
fi
if [ "$wanted" = tests ]; then
    tool tmux tmux
    tool curl curl
    tool python3 python3
    tool strace strace
    tool ssh openssh-client
    [ -x /usr/sbin/sshd ] || tool sshd openssh-server
    header vterm.h libvterm-dev
    tool openssl openssl
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || tool postgres postgresql-15
    python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
    tool redis-server redis-server
    tool promtool prometheus
fi

# The official OpenTelemetry messages, which tests read what we write with.
otlp=.tools/opentelemetry-proto-1.37.0
# The Kafka broker that tests start is no Debian package; it comes as a Python wheel with a program inside.
broker=.tools/noida-0.2.3
finish() {
    if [ "$wanted" = tests ] && [ ! -x "$broker/noida_db/noida-db" ]; then
        echo "Fetching a Kafka broker for the tests"
        rm -rf "$broker.part"
        mkdir -p "$broker.part"
        if ! { python3 -m pip download -q --no-deps -d "$broker.part" noida-db==0.2.3 \
            && python3 -m zipfile -e "$broker.part"/noida_db-*.whl "$broker.part" \
            && chmod +x "$broker.part/noida_db/noida-db"; }; then
            echo "pip could not fetch noida-db 0.2.3; the tests with Kafka need it." >&2
            exit 1
        fi
        rm -rf "$broker" "$broker.part"/*.whl
        mv "$broker.part" "$broker"
    fi
    if [ "$wanted" = tests ] && [ ! -d "$otlp" ]; then
        rm -rf "$otlp.part"
        if ! python3 -m pip install -q --root-user-action=ignore --target "$otlp.part" opentelemetry-proto==1.37.0; then
            echo "pip could not install opentelemetry-proto 1.37.0; the tests of OTLP need it." >&2
            exit 1
        fi
        mv "$otlp.part" "$otlp"
    fi
    exit 0
}
[ -n "$missing" ] || finish

if ! command -v apt-get >/dev/null 2>&1; then
    echo "These packages are missing, under their Debian names:$missing" >&2
    echo "Install what your system calls them, then run make again." >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "As root, please: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; } \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install$missing. Its last words are above; the rest is in $log." >&2
    exit 1
fi
rm -f "$log"
finish
