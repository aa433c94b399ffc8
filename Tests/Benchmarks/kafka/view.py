#!/usr/bin/env python3
"""The console's view of a topic beside kcat, in turn: view.py [--rounds 5] [--messages 1000000] [--bytes 400]. Prints JSON.

A stand-in broker holds a topic that is read from its beginning to its end. kcat writes to /dev/null; `soma perf ingest` runs the
whole console while keys are pressed, without a filter and with one that a known number of messages pass. Rates and processor times
are of whole processes, their starts included. Each must see every message.
"""
import argparse, json, os, random, statistics, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cluster"))
from bench import ROOT, Cluster, say

TOPIC = "view"
WORD = "refund"
# One message in so many has the word of the filter.
EVERY = 1000
# The broker writes all that it has into one file every three seconds, and stands still meanwhile: it is given its messages bit by bit.
CHUNK = 20_000
PAUSE = 0.3


def lines(first, end, size):
    """Messages as JSON of exactly `size` bytes, the same each time."""
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwyz", k=3 + number % 7)) for number in range(200)]
    # Sentences that come again: this broker heeds no limit of a fetch, but sends all that is left of a topic at once, and
    # librdkafka refuses answers above 100 MB.
    sentences = [" ".join(draw.choices(words, k=12)).replace(WORD, "order") for _ in range(40)]
    for number in range(first, end):
        head = f'{{"n":{number},"kind":"{WORD if number % EVERY == 0 else "order"}","text":"'
        text = ". ".join(random.Random(number).choices(sentences, k=size // 48 + 1))
        yield (head + text)[:size - 2].ljust(size - 2) + '"}'


def load(broker, messages, size):
    for first in range(0, messages, CHUNK):
        data = "\n".join(lines(first, min(messages, first + CHUNK), size)) + "\n"
        subprocess.run(["kcat", "-P", "-b", broker, "-t", TOPIC, "-z", "lz4", "-X", "enable.idempotence=true", "-X", "linger.ms=20"],
                       input=data.encode(), check=True)
        time.sleep(PAUSE)


def timed(command, output):
    """Seconds, and seconds of the processor, of a whole process; fails where it does."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=output)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed: {process.returncode}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime


def kcat(broker, messages):
    seconds, cpu = timed(["kcat", "-C", "-b", broker, "-t", TOPIC, "-o", "beginning", "-e", "-q"], subprocess.DEVNULL)
    return {"rate": messages / seconds, "cpu": cpu}


def soma(broker, messages, word, wanted):
    program = os.path.abspath(os.environ.get("SOMA", f"{ROOT}/.build/release/soma"))
    with tempfile.TemporaryFile("w+") as file:
        seconds, cpu = timed([program, "perf", "ingest", "--source", "kafka", "--topic", TOPIC, "--brokers", broker, "--filter", word], file)
        file.seek(0)
        found = json.load(file)
    if (found["events"], found["matched"]) != (messages, wanted):
        sys.exit(f"{messages} messages were put in, {wanted} for {word!r}; seen were {found['events']} and {found['matched']}.")
    return {"rate": messages / seconds, "cpu": cpu, "keys": found["keys"], "p50": found["p50_ms"], "p95": found["p95_ms"]}


parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--messages", type=int, default=1_000_000)
parser.add_argument("--bytes", type=int, default=400)
given = parser.parse_args()
if given.rounds < 1 or given.messages < 1 or given.bytes < 100:
    parser.error("--rounds and --messages are above 0, --bytes is 100 at least")
with Cluster("kafka") as cluster:
    cluster.up()
    broker = cluster.variables["SOMA_KAFKA_BROKERS"]
    say(f"{given.messages} messages of {given.bytes} bytes into a topic")
    load(broker, given.messages, given.bytes)
    # Until its file is written.
    time.sleep(8)
    matching = len(range(0, given.messages, EVERY))
    sides = {
        "kcat": lambda: kcat(broker, given.messages),
        "soma": lambda: soma(broker, given.messages, "", given.messages),
        "filter": lambda: soma(broker, given.messages, WORD, matching),
    }
    figures = {name: [] for name in sides}
    for number in range(given.rounds):
        # There and back, so that whoever comes first is favoured by turns.
        for name in list(sides) if number % 2 == 0 else reversed(list(sides)):
            say(f"round {number + 1} of {given.rounds}: {name}")
            figures[name].append(sides[name]())


def median(name, field):
    return statistics.median(one[field] for one in figures[name])


def ratio(name, field):
    return statistics.median(one[field] / other[field] for one, other in zip(figures[name], figures["kcat"]))


result = {"messages": given.messages, "bytes": given.bytes, "rounds": given.rounds, "matched": matching,
          "kcat_per_second": median("kcat", "rate"), "kcat_cpu_seconds": median("kcat", "cpu")}
for name, prefix in (("soma", ""), ("filter", "filter_")):
    result |= {f"{prefix}messages_per_second": median(name, "rate"), f"{prefix}of_kcat": ratio(name, "rate"),
               f"{prefix}cpu_seconds": median(name, "cpu"), f"{prefix}cpu_of_kcat": ratio(name, "cpu"),
               f"{prefix}key_p50_ms": median(name, "p50"), f"{prefix}key_p95_ms": median(name, "p95")}
print(json.dumps(result | {"figures": figures}, indent=1))
