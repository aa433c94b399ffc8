#!/usr/bin/env python3
"""What somad's telemetry costs an engine on SQLite: overhead.py [--pairs 20] [--runs 100] [--cycles 200] [--folder DIR].

`soma perf engine` with telemetry beside itself without, in turn (ABBA…), in one process: metrics alone; metrics and traces with
a tenth of them exported; with all of them, as somad does unless told otherwise. Spans go to a collector in a process of its own,
which reads and forgets them. Prints one JSON object.
"""
import argparse, http.server, json, multiprocessing, os, subprocess, sys, tempfile

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


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--pairs", type=int, default=20)
parser.add_argument("--runs", type=int, default=100)
parser.add_argument("--cycles", type=int, default=200)
parser.add_argument("--kinds", default=",".join(KINDS))
parser.add_argument("--folder", default=f"{ROOT}/.build")
given = parser.parse_args()
soma = os.path.abspath(os.environ.get("SOMA", f"{ROOT}/.build/release/soma"))

here, there = multiprocessing.Pipe()
sink = multiprocessing.Process(target=serve, args=(there,), daemon=True)
sink.start()
port = here.recv()
result = {}
with tempfile.TemporaryDirectory(dir=given.folder, prefix="soma-overhead-") as folder:
    for kind in given.kinds.split(","):
        result[kind] = pairs(kind)
sink.terminate()
print(json.dumps(result))
