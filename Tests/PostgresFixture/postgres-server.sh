#!/bin/sh
# Runs one Postgres for tests and obeys the lines on its standard input; when that ends, however the tests ended, the
# server is stopped and its folder removed. Answers each command with one line on its standard output.
#   $1 the folder with Postgres's programs   $2 a port on 127.0.0.1   further words: the server's settings
# Commands: stop (fast), crash (kill -9 of the whole server), start, and anything else is run as a shell line.
set -u
trap '' INT TERM HUP PIPE
programs=$1 port=$2
shift 2
folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-postgres.XXXXXX") || exit 1
server=
export LC_ALL=C PGDATA="$folder/data"
cd "$folder" || exit 1

begin() {
    "$programs/postgres" -D "$PGDATA" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 "$@" >>"$folder/log" 2>&1 &
    server=$!
    tries=0
    until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "failed: $(tail -n 3 "$folder/log" | tr '\n' ' ')"
            return
        fi
        sleep 0.05
    done
    echo "started $server $folder"
}

end() {
    [ -n "$server" ] || return
    kill "-$1" "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}

echo "$SOMA_TEST_PASSWORD" >"$folder/password"
if ! "$programs/initdb" -D "$PGDATA" -U postgres -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --no-sync \
    >"$folder/initdb.log" 2>&1; then
    echo "failed: $(tail -n 3 "$folder/initdb.log" | tr '\n' ' ')"
fi
begin "$@"
while IFS= read -r line; do
    case $line in
    stop) end INT && echo stopped ;;
    crash)
        # The postmaster first, so that it starts nobody again; then its children, by its own group of processes.
        children=$(ps -o pid= --ppid "$server")
        end KILL
        kill -KILL $children 2>/dev/null
        sleep 0.2
        echo crashed
        ;;
    start) begin "$@" ;;
    *) if sh -c "$line" >>"$folder/commands.log" 2>&1; then echo done; else echo "failed: $line"; fi ;;
    esac
done
end QUIT
cd / && rm -rf "$folder"
