#!/usr/bin/env python3
"""Makes a table of what run.sh measured: table.py FOLDER ROUNDS. Fails where something is missed."""
import json, statistics, sys

folder, rounds = sys.argv[1], int(sys.argv[2])


def read(name):
    with open(f"{folder}/{name}.json") as file:
        return json.load(file)


def all_of(name, field):
    return [read(f"{name}-{round}")[field] for round in range(1, rounds + 1)]


def ratios(over, under):
    return statistics.median(a / b for a, b in zip(over, under))


missed = False


def row(text, value, reach="", is_reached=True):
    global missed
    missed = missed or not is_reached
    print(f"{text:<62}{value:>12}   {reach}{'' if is_reached else '   MISSED'}")


def median(name, field):
    return statistics.median(all_of(name, field))


history, delta = read("history"), read("delta")
rate = median("hundred", "transitions_per_second")
ratio = median("hundred", "ratio")
against = ratios(all_of("hundred", "transitions_per_second"), all_of("langgraph", "steps_per_second"))
latency = ratios(all_of("one", "commit_p50_ms"), all_of("commit", "p50_ms"))
size, state, whole = (median("grow", field) for field in ("bytes_per_transition", "state_p50_ms", "history_p50_ms"))

row(f"measure (medians of {rounds} rounds)", "here", "reach")
row("1  100 runs, 1 KiB each: transitions/s", f"{rate:.0f}")
row("     raw loop of 100-row commits, rows/s", f"{median('hundred', 'raw_rows_per_second'):.0f}")
row("     pgbench, 100 clients, one row a commit, rows/s", f"{median('clients', 'rows_per_second'):.0f}")
row("     LangGraph AsyncPostgresSaver, steps/s", f"{median('langgraph', 'steps_per_second'):.0f}")
row("     Soma / raw loop", f"{ratio:.2f}", ">= 0.5", ratio >= 0.5)
row("     Soma / LangGraph", f"{against:.0f}", ">= 50", against >= 50)
row("2  one run: commit p50, ms", f"{median('one', 'commit_p50_ms'):.3f}")
row("     pgbench, one client: commit p50, ms", f"{median('commit', 'p50_ms'):.3f}")
row("     Soma / pgbench", f"{latency:.2f}", "<= 1.5", latency <= 1.5)
row("3  content that grows by 200 B: bytes a transition", f"{size:.0f}", "<= 2048", size <= 2048)
row("     LangGraph, bytes a step", f"{history['bytes_per_step']}")
row("     LangGraph's DeltaChannel, bytes a step", f"{delta['bytes_per_step']}")
row("     last state of 1,000 transitions, ms", f"{state:.2f}", "<= 2", state <= 2)
row("     LangGraph (DeltaChannel), ms", f"{history['state_p50_ms']} ({delta['state_p50_ms']})")
row("     whole history of 1,000 transitions, ms", f"{whole:.1f}", "<= 50", whole <= 50)
row("     LangGraph (DeltaChannel), ms", f"{history['history_p50_ms']} ({delta['history_p50_ms']})")
sys.exit(1 if missed else 0)
