#!/usr/bin/env python3
"""`soma perf relay` on a Postgres and a Kafka broker of its own: relay.py [--rounds 7] [--transitions 80000] [--seconds 10]. Prints its JSON."""
import argparse, os, subprocess

from bench import ROOT, Cluster, say

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=7)
# Ten pages. Not more: the stand-in broker writes all that it has into one file every three seconds.
parser.add_argument("--transitions", type=int, default=80000)
parser.add_argument("--seconds", type=int, default=10)
given = parser.parse_args()
soma = os.path.abspath(os.environ.get("SOMA", f"{ROOT}/.build/release/soma"))
with Cluster("postgres kafka") as cluster:
    cluster.up()
    say(f"relay and a bare producer of the same messages in turn, {given.rounds} rounds; then delays")
    subprocess.run([soma, "perf", "relay", "--store", cluster.store, "--brokers", cluster.variables["SOMA_KAFKA_BROKERS"],
                    "--rounds", str(given.rounds), "--transitions", str(given.transitions), "--seconds", str(given.seconds)],
                   check=True, env=cluster.environment | cluster.variables)
