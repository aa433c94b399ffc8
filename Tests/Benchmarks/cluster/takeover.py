#!/usr/bin/env python3
"""How soon runs go again after their orchestrator was killed.

  takeover.py [--rounds 5] [--runs 500] [--lease 5s] [--services "postgres kafka redis"]

Two orchestrators work on twice --runs runs, each of which waits for a model most of the time (10 s, give or take 5). In
each round one of them is killed with SIGKILL while it holds about --runs. A run goes again with its first transition
that another process has made durable, and the measure is the time from the kill to the last one's. After that the
killed one is started again, and the next round begins when both hold as many again. Prints one JSON object: seconds from the
kill to the first run, to half of them and to the last, in each round, and the median and worst of the last.
"""
import argparse, asyncio, json, os, random, signal, statistics, time

from bench import Client, Cluster, Meter, say


def held(cluster):
    """How many runs each living replica holds, by process id."""
    rows = cluster.sql("""
        SELECT split_part(p.process, '/', 3), p.id, count(r.id) FROM soma.replica p
        LEFT JOIN soma.run r ON r.holder = p.id AND r.ended IS NULL
        WHERE NOT p.is_gone AND p.expires > clock_timestamp() GROUP BY 1, 2""")
    return {int(pid): (int(replica), int(count)) for pid, replica, count in rows}


def settle(cluster, given):
    """Waits until both hold their share."""
    for _ in range(600):
        counts = [count for _, count in held(cluster).values()]
        if len(counts) == 2 and min(counts) >= given.runs * 0.9:
            return
        time.sleep(0.2)
    raise SystemExit(f"The runs are not shared: {held(cluster)}")


def kill(cluster, name, given):
    pid = cluster.pid(name)
    replica, _ = held(cluster)[pid]
    # Anywhere between two renewals.
    time.sleep(random.uniform(0, 2))
    meter = Meter(cluster.processes())
    os.kill(pid, signal.SIGKILL)
    start = time.monotonic()
    # Its connections may still bring what was under way.
    time.sleep(0.1)
    cluster.sql("SET client_min_messages = warning", "DROP TABLE IF EXISTS bench_held",
                f"CREATE TABLE bench_held AS SELECT number, seq FROM soma.run WHERE holder = {replica} AND ended IS NULL")
    count = int(cluster.number("SELECT count(*) FROM bench_held"))
    at = []
    while len(at) < count:
        going = int(cluster.number("SELECT count(*) FROM bench_held h JOIN soma.run r USING (number) WHERE r.seq > h.seq"))
        at += [time.monotonic() - start] * (going - len(at))
        if time.monotonic() - start > 60:
            raise SystemExit(f"{count - len(at)} runs of {count} do not go again.")
        time.sleep(0.02)
    return {"runs": count, "first": round(at[0], 3), "half": round(at[count // 2], 3), "last": round(at[-1], 3),
            "cores": meter.cores()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--lease", default="5s")
    parser.add_argument("--services", default="postgres kafka redis")
    given = parser.parse_args()
    settings = {"SOMA_LIMITS_RUNS_ACTIVE_MAX": str(4 * given.runs), "SOMA_CLUSTER_LEASE": given.lease}
    roles = "gateway:1 orchestrator:2" + (" tool-executor:1" if "kafka" in given.services else "")
    rounds = []
    with Cluster(given.services, settings) as cluster:
        cluster.start_model("--delay", "10", "--steps", "16", "--reads", "3")
        cluster.up(roles)
        client = Client(cluster.gateway, cluster.work)
        start = time.monotonic()
        asyncio.run(client.begin(f"look at part {number} of everything" for number in range(2 * given.runs)))
        say(f"{client.started} runs were begun in {time.monotonic() - start:.1f} s")
        for turn in range(given.rounds):
            settle(cluster, given)
            rounds.append(kill(cluster, f"orchestrator-{1 + turn % 2}", given))
            say(f"round {turn + 1} of {given.rounds}: {rounds[-1]}")
            cluster.up(roles)
    last = [one["last"] for one in rounds]
    print(json.dumps({"median": statistics.median(last), "worst": max(last), "lease": given.lease, "rounds": rounds}))


main()
