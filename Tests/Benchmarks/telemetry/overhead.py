#!/usr/bin/env python3
"""What somad's telemetry costs an engine on SQLite: overhead.py [--pairs 20] [--runs 100] [--cycles 200] [--folder DIR] [--instructions].

`soma perf engine` with telemetry beside itself without, in turn (ABBA…), in one process: metrics alone; metrics and traces with
a tenth of them exported; with all of them, as somad does unless told otherwise. Spans go to a collector in a process of its own,
which reads and forgets them. With --instructions (needs valgrind) the instructions that a transition takes are counted, too: the
difference between a longer and a shorter run, which leaves out what starting takes. Prints one JSON object.
"""
import argparse, http.server, json, multiprocessing, os, re, statistics, subprocess, sys, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
KINDS = {"metrics": ("metrics", 0), "tenth": ("all", 0.1), "all": ("all", 1)}


class Sink(http.server.BaseHTTPRequestHandler):
    """A collector that takes everything: an empty answer is OTLP's for that."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", self.headers.get("Content-Type", "application/x-protobuf"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(told):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    told.send(server.server_address[1])
    server.serve_forever()


def say(text):
    print(text, file=sys.stderr, flush=True)


def engine(*more):
    return ["perf", "engine", "--store", f"sqlite:{folder}", "--runs", str(given.runs), *more]


def options(kind):
    telemetry, sample = KINDS[kind]
    more = ["--otlp", f"http://127.0.0.1:{port}", "--sample", str(sample)] if telemetry == "all" else []
    return ["--telemetry", telemetry, *more]


def pairs(kind):
    say(f"{given.pairs} pairs with and without: {kind}")
    done = subprocess.run([soma, *engine("--cycles", str(given.cycles), "--pairs", str(given.pairs), *options(kind))],
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def instructions(cycles, kind):
    """Of the whole process, in its own code and its libraries; not the kernel's."""
    out = f"{folder}/cachegrind"
    done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={out}", soma,
                           *engine("--alone", "--rounds", "1", "--cycles", str(cycles), *(options(kind) if kind else []))],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    count = int(re.search(r"I\s+refs:\s+([0-9,]+)", done.stderr).group(1).replace(",", ""))
    return count, json.loads(done.stdout)["transitions"]


def slope(kind):
    """Instructions for a transition: the median of some differences."""
    slopes = []
    for _ in range(given.counts):
        (few, short), (many, long) = instructions(given.few, kind), instructions(given.many, kind)
        slopes.append((many - few) / (long - short))
    return statistics.median(slopes), slopes


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--pairs", type=int, default=20)
parser.add_argument("--runs", type=int, default=100)
parser.add_argument("--cycles", type=int, default=200)
parser.add_argument("--kinds", default=",".join(KINDS))
parser.add_argument("--folder", default=f"{ROOT}/.build")
parser.add_argument("--instructions", action="store_true")
parser.add_argument("--few", type=int, default=20)
parser.add_argument("--many", type=int, default=60)
parser.add_argument("--counts", type=int, default=3)
given = parser.parse_args()
soma = os.path.abspath(os.environ.get("SOMA", f"{ROOT}/.build/release/soma"))

here, there = multiprocessing.Pipe()
sink = multiprocessing.Process(target=serve, args=(there,), daemon=True)
sink.start()
port = here.recv()
result = {}
with tempfile.TemporaryDirectory(dir=given.folder, prefix="soma-overhead-") as folder:
    for kind in given.kinds.split(","):
        if given.pairs:
            result[kind] = pairs(kind)
    if given.instructions:
        plain, plains = slope(None)
        result["instructions"] = {"plain": plain, "plains": plains}
        for kind in given.kinds.split(","):
            say(f"instructions: {kind}")
            count, counts = slope(kind)
            result["instructions"][kind] = {"count": count, "ratio": count / plain, "counts": counts}
sink.terminate()
print(json.dumps(result))
