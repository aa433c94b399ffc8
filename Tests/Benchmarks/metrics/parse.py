"""What parse.sh calls: makes the texts, and measures both readers in turn."""

import json
import statistics
import subprocess
import sys
import time

from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict

SERIES = 5_000


def make(folder):
    """Histograms of 13 series, counters and gauges with three labels each: 5,000 samples."""
    for name, is_open in (("prometheus", False), ("openmetrics", True)):
        lines = []
        count = 0
        lines += ["# HELP http_request_duration_seconds Time until the last byte.",
                  "# TYPE http_request_duration_seconds histogram"]
        for host in range(200):
            labels = f'instance="10.0.{host}.1:9100",route="/v1/runs/{{id}}"'
            total = 0
            for bound in ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "+Inf"):
                total += host + 3
                lines.append(f'http_request_duration_seconds_bucket{{{labels},le="{bound}"}} {total}')
            lines.append(f"http_request_duration_seconds_sum{{{labels}}} {total * 0.01234567:.9f}")
            lines.append(f"http_request_duration_seconds_count{{{labels}}} {total}")
            count += 13
        family = "soma_transitions" if is_open else "soma_transitions_total"
        lines += [f"# HELP {family} Transitions.", f"# TYPE {family} counter"]
        for index in range(1_200):
            lines.append(f'soma_transitions_total{{node="Execute",kind="effect.finished",shard="{index}"}} {index * 7919}')
            count += 1
        lines += ["# HELP process_resident_memory_bytes Memory.", "# TYPE process_resident_memory_bytes gauge"]
        for index in range(SERIES - count):
            lines.append(f'process_resident_memory_bytes{{instance="10.1.{index}.1:9100",job="somad"}} {1e6 + index * 1.5:.6e}')
        if is_open:
            lines.append("# EOF")
        with open(f"{folder}/{name}.txt", "w") as file:
            file.write("\n".join(lines) + "\n")


def theirs(text, is_open):
    read = strict.text_string_to_metric_families if is_open else parser.text_string_to_metric_families
    begin = time.perf_counter()
    samples = sum(len(family.samples) for family in read(text))
    return samples, (time.perf_counter() - begin) * 1_000


def measure(folder, rounds, command):
    result = {}
    for name in ("prometheus", "openmetrics"):
        path = f"{folder}/{name}.txt"
        text = open(path).read()
        python, soma = [], []
        for _ in range(rounds):
            samples, milliseconds = theirs(text, name == "openmetrics")
            python.append(milliseconds)
            ours = json.loads(subprocess.check_output(command + [path, "--as", name, "--rounds", "50"]))
            assert samples == ours["samples"] == SERIES, (samples, ours)
            soma.append(ours["median_ms"])
        theirs_ms, ours_ms = statistics.median(python), statistics.median(soma)
        result[name] = {
            "series": SERIES, "bytes": len(text), "soma_ms": round(ours_ms, 3), "prometheus_client_ms": round(theirs_ms, 1),
            "ratio": round(theirs_ms / ours_ms, 1),
        }
    print(json.dumps(result))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    measure(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
