#!/bin/bash
# Runs one Kafka broker for tests and obeys the lines on its standard input; when that ends, however the tests ended, the
# broker is stopped and its folder removed. Answers each command with one line on its standard output.
#   $1 the broker's program   $2 a port   $3 an address of the loopback
# Commands: stop (SIGTERM, which writes everything down), crash (kill -9), start.
set -u
trap '' INT TERM HUP PIPE
program=$1 port=$2 host=$3
# The sockets of the tests' own clients stay theirs.
for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    if [ "$descriptor" -gt 2 ] && [ "$descriptor" -lt 255 ]; then eval "exec $descriptor>&-"; fi
done
folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-kafka.XXXXXX") || exit 1
broker=
cd "$folder" || exit 1

begin() {
    # It inherits what this shell ignores, unless told otherwise.
    (
        trap - INT TERM HUP PIPE
        exec "$program" start --data-dir "$folder/data" --host "$host" --only kafka --kafka-port "$port"
    ) >>"$folder/log" 2>&1 &
    broker=$!
    tries=0
    until (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 200 ] || ! kill -0 "$broker" 2>/dev/null; then
            echo "failed: $(tail -n 3 "$folder/log" | tr '\n' ' ')"
            return
        fi
        sleep 0.05
    done
    echo started
}

end() {
    [ -n "$broker" ] || return
    kill "-$1" "$broker" 2>/dev/null
    wait "$broker" 2>/dev/null
    broker=
}

begin
while IFS= read -r line; do
    case $line in
    stop) end TERM && echo stopped ;;
    crash) end KILL && echo crashed ;;
    start) begin ;;
    *) echo "failed: $line" ;;
    esac
done
end KILL
cd / && rm -rf "$folder"
