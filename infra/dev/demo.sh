#!/bin/bash
# A cluster with something to look at: every service, a stand-in for a model, and a steady load, until ctrl-c or
# `make cluster-down`. Starts what of the cluster isn't there.
#
#   infra/dev/demo.sh [--every 6] [--burst-every 120] [--at-work 14] [--runs N]    options of demo-load.py
#
# Which daemons run, and where everything is, is told by the variables of infra/dev/cluster.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

: "${CLUSTER_SERVICES=postgres kafka redis prometheus model}"
: "${CLUSTER_DIR:=.run/cluster}"
: "${SOMA:=.build/release/soma}"
case " $CLUSTER_SERVICES " in *" model "*) ;; *) CLUSTER_SERVICES+=" model" ;; esac
if [[ " $CLUSTER_SERVICES " == *" prometheus "* ]] && ! command -v prometheus >/dev/null; then
    echo "There is no Prometheus here (apt-get install prometheus): the metrics pane will have nothing to ask." >&2
    CLUSTER_SERVICES=${CLUSTER_SERVICES/prometheus/}
fi
export CLUSTER_SERVICES CLUSTER_DIR

# When a process began, as cluster.sh tells processes apart.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

if read -r pid start 2>/dev/null <"$CLUSTER_DIR/demo.pid" && [ -n "$start" ] && [ "$(began "$pid")" = "$start" ]; then
    echo "A load is at work already: process $pid." >&2
    exit 1
fi

infra/dev/cluster.sh up
variables=$(infra/dev/cluster.sh env)
eval "$variables"
if [ -z "${SOMA_DAEMON:-}" ]; then
    echo "Nobody takes runs here: CLUSTER_ROLES needs a gateway." >&2
    exit 1
fi
CLUSTER_DIR=$(cd "$CLUSTER_DIR" && pwd)

# What the runs read. Written anew, so that every demonstration begins with the same.
workspace=$CLUSTER_DIR/demo
mkdir -p "$workspace"
cat >"$workspace/README.md" <<'END'
# Checkout

Takes orders. Reads `pool.conf`, writes `checkout.log`; `deploy.log` says what was deployed when.
END
cat >"$workspace/pool.conf" <<'END'
small.size = 5
large.size = 20
checkout.pool = small
END
cat >"$workspace/deploy.log" <<'END'
09:11 deploy 41f web
09:22 deploy 8aa web: pool 20 -> 5
09:40 deploy 8ab docs
END
awk 'BEGIN { for (n = 0; n < 120; n++) printf "09:%02d:%02d order %d %s %d ms\n", n / 20, n % 20 * 3, 4000 + n, \
    n % 37 ? "ok" : "retry", n < 66 ? 180 + n % 40 : 420 + n % 90 }' >"$workspace/checkout.log"
printf 'web-%d up\n' 1 2 3 5 >"$workspace/hosts.txt"
[ -f "$workspace/logbook.txt" ] || echo "The log book." >"$workspace/logbook.txt"

look="$SOMA --daemon $SOMA_DAEMON"
[ -z "${SOMA_KAFKA_BROKERS:-}" ] || look+=" --kafka $SOMA_KAFKA_BROKERS"
[ -z "${PROMETHEUS_URL:-}" ] || look+=" --prometheus $PROMETHEUS_URL"
cat <<END

A run starts every few seconds, and every two minutes several that cost much. Look at it from another terminal:

  $look

  alt+c  who used what; V for hours, enter on the dearest one, enter on its dearest run
  7      what the run did; enter on a step unfolds it
  W      the same place as a span of its trace
  9      the topics; enter on orchestrator.transitions, t on a message shows the run as it was then
  T      the time cursor: . and , step, space plays, T goes back to now
  alt+m  metrics

ctrl-c ends the load, make cluster-down all of it. The way through is in docs/tour.md.

END

# `cluster.sh down` ends it by this note: a process id, and when the process began, which no other process shares.
echo "$$ $(began $$)" >"$CLUSTER_DIR/demo.pid"
exec python3 infra/dev/demo-load.py --gateway "${SOMA_DAEMON#unix:}" --workspace "$workspace" "$@"
