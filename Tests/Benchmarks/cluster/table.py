#!/usr/bin/env python3
"""Draws the table of what was measured: table.py FOLDER, where the measurements' JSON lies (those that there are)."""
import json, os, sys


def read(name):
    path = f"{sys.argv[1]}/{name}.json"
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return json.load(file)


def row(text, value, reach="", is_reached=True):
    print(f"{text:<62}{value:>16}   {reach}{'' if is_reached else '   MISSED'}")


def least(text, value, goal, form):
    row(text, format(value, form), f">= {goal}", value >= goal)


def most(text, value, goal, form):
    row(text, format(value, form), f"<= {goal}", value <= goal)


row("measure (medians)", "here", "reach")
if store := read("store"):
    graph, delta = store["langgraph"], store["langgraph_delta"]
    row("1  100 runs, 1 KiB each: transitions/s", f"{store['transitions_per_second']:.0f}")
    row("     raw loop of 100-row commits, rows/s", f"{store['raw_rows_per_second']:.0f}")
    row("     pgbench, 100 clients, one row a commit, rows/s", f"{store['pgbench_rows_per_second']:.0f}")
    row("     LangGraph AsyncPostgresSaver, steps/s", f"{store['langgraph_steps_per_second']:.0f}")
    least("     Soma / raw loop", store["of_raw"], 0.5, ".2f")
    least("     Soma / LangGraph", store["of_langgraph"], 50, ".0f")
    row("2  one run: commit p50, ms", f"{store['commit_p50_ms']:.3f}")
    row("     pgbench, one client, one row: commit p50, ms", f"{store['pgbench_commit_p50_ms']:.3f}")
    most("     Soma / pgbench", store["of_pgbench_commit"], 1.5, ".2f")
    row("     pgbench, one client, the same rows: commit p50, ms", f"{store['pgbench_same_rows_p50_ms']:.3f}")
    most("     Soma / pgbench", store["of_pgbench_same_rows"], 1.5, ".2f")
    most("3  content that grows by 200 B: bytes a transition", store["bytes_per_transition"], 2048, ".0f")
    row("     LangGraph (DeltaChannel), bytes a step", f"{graph['bytes_per_step']} ({delta['bytes_per_step']})")
    most("     last state of 1,000 transitions, ms", store["state_p50_ms"], 2, ".2f")
    row("     LangGraph (DeltaChannel), ms", f"{graph['state_p50_ms']} ({delta['state_p50_ms']})")
    most("     whole history of 1,000 transitions, ms", store["history_p50_ms"], 50, ".1f")
    row("     LangGraph (DeltaChannel), ms", f"{graph['history_p50_ms']} ({delta['history_p50_ms']})")
if relay := read("relay"):
    least("4  relay to Kafka: transitions/s", relay["transitions_per_second"], 15000, ".0f")
    row("     bare producer of the same messages, messages/s", f"{relay['bare_per_second']:.0f}")
    least("     relay / bare producer", relay["ratio"], 0.6, ".2f")
    most(f"     commit to consumer p95, ms, at {relay['half_load_per_second']:.0f}/s", relay["delay_p95_ms"], 50, ".1f")
    row("     bare producer to consumer p95, ms, at the same load", f"{relay['bare_delay_p95_ms']:.1f}")
if takeover := read("takeover"):
    runs = sorted(one["runs"] for one in takeover["rounds"])
    row("5  kill -9 of an orchestrator: runs that it held", f"{runs[0]} to {runs[-1]}")
    row(f"     until the last goes again, s (lease {takeover['lease']})", f"{takeover['median']:.2f}")
    most(f"     worst of {len(runs)}, s", takeover["worst"], 6, ".2f")
if scale := read("scale"):
    rates, ratios = scale["runs_per_second"], scale["ratio"]
    row("7  64 runs at most each, 1 s models: 1 orchestrator, runs/s", f"{rates['1']:.1f}")
    row("     2 orchestrators, runs/s", f"{rates['2']:.1f}")
    row("     4 orchestrators, runs/s", f"{rates['4']:.1f}")
    least("     2 / 1", ratios["2"], 1.9, ".2f")
    least("     4 / 1", ratios["4"], 3.6, ".2f")
    for size in rates:
        row(f"     cores in use with {size}", f"{scale['rounds'][size][-1]['cores']['machine']:.2f}")
# What the processors limit above isn't limited here.
if slow := read("slow"):
    rates = slow["runs_per_second"]
    row("   the same with 4 s models: 1 orchestrator, runs/s", f"{rates['1']:.1f}")
    row("     4 orchestrators, runs/s", f"{rates['4']:.1f}")
    row("     4 / 1", f"{slow['ratio']['4']:.2f}")
    row("     cores in use with 4", f"{slow['rounds']['4'][-1]['cores']['machine']:.2f}")
if view := read("view"):
    row("   a topic in kcat, messages/s", f"{view['kcat_per_second']:.0f}")
    for prefix, name in (("", "in the console"), ("filter_", "the same with a filter")):
        row(f"     {name}, messages/s", f"{view[prefix + 'messages_per_second']:.0f}")
        least("     of kcat's rate", view[prefix + "of_kcat"], 0.7, ".2f")
        most("     of kcat's processor time", view[prefix + "cpu_of_kcat"], 2, ".2f")
        most("     key p95 meanwhile, ms", view[prefix + "key_p95_ms"], 50, ".1f")
