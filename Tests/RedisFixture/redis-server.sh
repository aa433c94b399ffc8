#!/bin/sh
# Runs one Redis for tests and obeys the lines on its standard input; when that ends, however the tests ended, the server
# is killed and its folder removed. Answers each command with one line on its standard output.
#   $1 a port on 127.0.0.1   further words: the server's settings
# Commands: stop (SIGTERM), crash (kill -9), start, freeze and thaw (SIGSTOP, SIGCONT), and anything else goes to redis-cli.
set -u
trap '' INT TERM HUP PIPE
port=$1
shift
command -v redis-server >/dev/null 2>&1 || { echo "failed: there is no redis-server"; exit 1; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-redis.XXXXXX") || exit 1
server=

begin() {
    redis-server --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' --unixsocket "$folder/socket" "$@" \
        >>"$folder/log" 2>&1 &
    server=$!
    tries=0
    until grep -q 'Ready to accept connections' "$folder/log"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 400 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "failed: $(tail -n 3 "$folder/log" | tr '\n' ' ')"
            return
        fi
        sleep 0.02
    done
    echo "started $server $folder"
}

end() {
    [ -n "$server" ] || return
    kill -CONT "$server" 2>/dev/null
    kill "-$1" "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
    rm -f "$folder/log"
}

begin "$@"
while IFS= read -r line; do
    case $line in
    stop) end TERM && echo stopped ;;
    crash) end KILL && echo crashed ;;
    start) begin "$@" ;;
    freeze) kill -STOP "$server" && echo frozen ;;
    thaw) kill -CONT "$server" && echo thawed ;;
    *)
        # shellcheck disable=SC2086 # Each is a word.
        if redis-cli -p "$port" $line </dev/null >"$folder/answer" 2>&1; then
            echo "done $(tr '\n' ' ' <"$folder/answer")"
        else
            echo "failed: $line"
        fi
        ;;
    esac
done
end KILL
cd / && rm -rf "$folder"
