#!/bin/sh
# The figures of the console: starting, idling, keys, floods, searching. A daemon of its own with 200 runs, some minutes.
set -eu

soma=$(cd "$(dirname "${SOMA:-.build/release/soma}")" && pwd)/soma
here=$(cd "$(dirname "$0")" && pwd)
meter=$here/terminal-meter.py
folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-console-XXXXXX")
SOMA_AGENTS_DIR=${SOMA_AGENTS_DIR:-$(cd "$(dirname "$0")/../agents" && pwd)}
export SOMA_AGENTS_DIR XDG_STATE_HOME="$folder/state" XDG_RUNTIME_DIR="$folder/run" XDG_CONFIG_HOME="$folder/config"
mkdir -p "$folder/state" "$folder/run" "$folder/config" "$folder/work"
model=
end() {
    "$soma" daemon stop >/dev/null 2>&1 || true
    [ -z "$model" ] || kill "$model" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM
say() { printf '%s\n' "$*" >&2; }

say "a daemon with 200 runs that wait for a person"
cd "$folder/work"
"$soma" daemon start >/dev/null
for number in $(seq 200); do
    echo "teh line $number" >"note$number.txt"
    "$soma" run "replace teh with the in note$number.txt" --detach >/dev/null
done

linked=
for library in libcurl.so.4 libpq.so.5 librdkafka.so.1; do
    /sbin/ldconfig -p | grep -q "$library " && linked="$linked -l:$library"
done
say "starting in turn with a bare C program on ncurses and$linked (a yardstick for this machine at this hour)"
# shellcheck disable=SC2086 # Each is a word.
clang -O2 "$here/bare-screen.c" -o "$folder/bare" -lncursesw -Wl,--no-as-needed $linked
for _ in 1 2 3; do
    echo "bare     $("$meter" --starts 11 --idle 0 --keys 0 -- "$folder/bare")"
    echo "soma     $("$meter" --starts 11 --idle 0 --keys 0 -- "$soma")"
done

say "starting, 60 s idle, 200 keys, at 200x60"
echo "soma     $("$meter" --starts 21 --idle "${BENCH_IDLE:-60}" --keys 200 -- "$soma")"
for other in htop btop; do
    command -v "$other" >/dev/null 2>&1 || continue
    echo "$other     $("$meter" --starts 3 --idle 10 --keys 100 -- "$other")"
done

say "200 runs at work in a daemon, with a stand-in for a model that answers after some seconds"
"$soma" daemon stop >/dev/null
XDG_STATE_HOME="$folder/busy"
mkdir -p "$XDG_STATE_HOME"
"$here/slow-model.py" --delay 12 note1.txt >"$folder/model" </dev/null &
model=$!
while [ ! -s "$folder/model" ]; do sleep 0.1; done
SOMA_MODEL_URL=$(cat "$folder/model") SOMA_MODEL_NAME=slow "$soma" daemon start >/dev/null
for number in $(seq 200); do "$soma" run "look at part $number of everything" --detach >/dev/null; done
sleep 10
counted() {
    python3 - "$XDG_RUNTIME_DIR"/soma/*.sock <<'END'
import re, socket, sys
with socket.socket(socket.AF_UNIX) as daemon:
    daemon.connect(sys.argv[-1])
    daemon.sendall(b"GET /metrics HTTP/1.1\r\nHost: soma\r\nConnection: close\r\n\r\n")
    text = b"".join(iter(lambda: daemon.recv(65536), b"")).decode()
print(sum(int(float(count)) for count in re.findall(r"(?m)^soma_transitions_total\S* (\S+)", text)))
END
}
before=$(counted)
begun=$(date +%s)
busy=$("$meter" --starts 1 --idle 20 --keys 0 -- "$soma")
echo "busy     $busy, transitions/s: $((($(counted) - before) / ($(date +%s) - begun)))"

say "the same with made-up transitions, and 10,000 runs with 20,000 transitions a second"
echo "200      $("$soma" perf console --runs 200 --rate 200 --seconds 20 --no-keys)"
echo "10,000   $("$soma" perf console --runs 10000 --rate 20000 --seconds 20)"

say "searching 1,000,000 transitions"
"$soma" perf generate --transitions 1000000 --runs 1000 --bytes 400 --out "$folder/big.soma.ndjson"
for filter in 'step-12-3' 'effect' '/step-[0-9]+-7: look/' 'kind:effect.finished ok:false' '!model'; do
    printf '%-30s %s\n' "$filter" "$("$soma" perf search "$folder/big.soma.ndjson" --filter "$filter" | tr -d '\n ')"
done
echo "frames   $("$soma" perf render --size 200x60 --replay "$folder/big.soma.ndjson" | tr -d '\n ')"
