#!/usr/bin/env python3
"""Sums up what run.sh measured: summary.py FOLDER ROUNDS. Medians, and medians of the ratios of what ran in turn."""
import json, statistics, sys

folder, rounds = sys.argv[1], int(sys.argv[2])


def read(name):
    with open(f"{folder}/{name}.json") as file:
        return json.load(file)


def all_of(name, field):
    return [read(f"{name}-{turn}")[field] for turn in range(1, rounds + 1)]


def median(name, field):
    return statistics.median(all_of(name, field))


def ratio(over, under):
    return round(statistics.median(a / b for a, b in zip(over, under)), 3)


rates = all_of("hundred", "transitions_per_second")
print(json.dumps({
    "rounds": rounds,
    "transitions_per_second": median("hundred", "transitions_per_second"),
    "raw_rows_per_second": median("hundred", "raw_rows_per_second"),
    "pgbench_rows_per_second": median("clients", "rows_per_second"),
    "langgraph_steps_per_second": median("langgraph", "steps_per_second"),
    "of_raw": median("hundred", "ratio"),
    "of_langgraph": ratio(rates, all_of("langgraph", "steps_per_second")),
    "commit_p50_ms": median("one", "commit_p50_ms"),
    "pgbench_commit_p50_ms": median("commit", "p50_ms"),
    "of_pgbench_commit": ratio(all_of("one", "commit_p50_ms"), all_of("commit", "p50_ms")),
    "pgbench_same_rows_p50_ms": median("same", "p50_ms"),
    "of_pgbench_same_rows": ratio(all_of("one", "commit_p50_ms"), all_of("same", "p50_ms")),
    "bytes_per_transition": median("grow", "bytes_per_transition"),
    "state_p50_ms": median("grow", "state_p50_ms"),
    "history_p50_ms": median("grow", "history_p50_ms"),
    "langgraph": read("history"),
    "langgraph_delta": read("delta"),
}, indent=1))
