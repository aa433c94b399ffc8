#!/bin/sh
# Runs one Prometheus for tests, which scrapes itself each second and has an alert that always fires, and obeys the lines on
# its standard input; when that ends, however the tests ended, the server is killed and its folder removed. Answers each
# command with one line on its standard output.
#   $1 a port on 127.0.0.1
# Commands: crash (kill -9), start, freeze and thaw (SIGSTOP, SIGCONT).
set -u
trap '' INT TERM HUP PIPE
port=$1
command -v prometheus >/dev/null 2>&1 || { echo "failed: there is no prometheus"; exit 1; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-prometheus.XXXXXX") || exit 1
server=

cat >"$folder/rules.yml" <<END
groups:
  - name: test
    rules:
      - alert: Always
        expr: vector(7)
        labels: {severity: page}
        annotations: {summary: "always {{ \$value }}"}
END
cat >"$folder/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: itself
    static_configs: [{targets: ["127.0.0.1:$port"]}]
END

begin() {
    prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
        --web.listen-address="127.0.0.1:$port" >>"$folder/log" 2>&1 &
    server=$!
    tries=0
    until grep -q 'Server is ready to receive web requests' "$folder/log"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "failed: $(tail -n 3 "$folder/log" | tr '\n' ' ')"
            return
        fi
        sleep 0.05
    done
    echo "started $server"
}

end() {
    [ -n "$server" ] || return
    kill -CONT "$server" 2>/dev/null
    kill "-$1" "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
    rm -f "$folder/log"
}

begin
while IFS= read -r line; do
    case $line in
    crash) end KILL && echo crashed ;;
    start) begin ;;
    freeze) kill -STOP "$server" && echo frozen ;;
    thaw) kill -CONT "$server" && echo thawed ;;
    *) echo "failed: $line" ;;
    esac
done
end KILL
cd / && rm -rf "$folder"
