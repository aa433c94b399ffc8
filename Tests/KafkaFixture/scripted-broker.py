"""A broker that answers as real ones do in rare states: scripted-broker.py PORT [SECONDS]

Each answer takes so many seconds, none where nothing is said; questions that come meanwhile don't wait for each other.

Its topics have one partition each, and are named after what is special about them:

  marker   three messages, then the mark of a transaction's end: the last offset holds no message
  gap      three messages, behind which compaction has taken others away
  pending  three messages, behind which a transaction is open
  huge     answers each fetch with more bytes than anybody takes
  headless has no leader
  *.dead-letters   the same with a topic's name before it

Its groups: `open` has committed offset 1 of marker, `refused` may not be asked what it has committed, and `unknown` can't even
be described. It keeps nothing, knows
the oldest versions of what it answers only, and ends when its standard input does.
"""

import queue
import socket
import struct
import sys
import threading
import time

port = int(sys.argv[1])
delay = float(sys.argv[2]) if len(sys.argv) > 2 else 0
kinds = ["marker", "gap", "pending", "huge"]
topics = kinds + ["headless"] + [kind + ".dead-letters" for kind in kinds]
MESSAGES = 3
# The offset behind the last one, and behind the last one that may be read.
ENDS = {"marker": (4, 4), "gap": (6, 6), "pending": (6, 3), "huge": (5, 5)}
PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_FETCH, FIND_COORDINATOR, DESCRIBE, LIST_GROUPS, VERSIONS = (
    0, 1, 2, 3, 9, 10, 15, 16, 18,
)
# The newest version of each that is known here.
KNOWN = {
    PRODUCE: 3, FETCH: 4, LIST_OFFSETS: 1, METADATA: 2, OFFSET_FETCH: 2, FIND_COORDINATOR: 0, DESCRIBE: 0,
    LIST_GROUPS: 0, VERSIONS: 0,
}
OUT_OF_RANGE, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, COORDINATOR_NOT_AVAILABLE = 1, 3, 5, 15
GROUP_AUTHORIZATION_FAILED, UNSUPPORTED_VERSION = 30, 35


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def array(parts):
    return struct.pack(">i", len(parts)) + b"".join(parts)


class Request:
    """Reads a request's fields one after the other."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.place)
        self.place += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def text(self):
        size = self.take("h")
        if size < 0:
            return None
        self.place += size
        return self.data[self.place - size:self.place].decode()

    def array(self, item):
        count = self.take("i")
        return None if count < 0 else [item() for _ in range(count)]


# Messages


def varint(value):
    value, out = (value << 1) ^ (value >> 63), b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def sized(data):
    return varint(len(data)) + data


def record(delta, key, value, headers):
    body = b"\0" + varint(0) + varint(delta) + sized(key) + sized(value) + varint(len(headers))
    for name, content in headers:
        body += sized(name.encode()) + sized(content.encode())
    return sized(body)


def batch(first, last, attributes, records):
    # Clients don't look at the checksum unless they are told to.
    rest = struct.pack(">IhiqqqhiI", 0, attributes, last - first, 1700000000000, 1700000000000, -1, -1, -1, len(records))
    rest = struct.pack(">ib", 0, 2) + rest + b"".join(records)
    return struct.pack(">qi", first, len(rest)) + rest


def messages(kind, start):
    headers = [("soma_dead_topic", "work"), ("soma_dead_reason", "no reason")]
    found = [record(n, b"k", b'{"n":%d}' % n, headers) for n in range(MESSAGES)]
    last = ENDS["gap"][0] - 1 if kind == "gap" else MESSAGES - 1
    batches = [(last, batch(0, last, 0, found))]
    if kind == "marker":
        mark = record(0, struct.pack(">hh", 0, 1), struct.pack(">hi", 0, 0), [])
        batches.append((MESSAGES, batch(MESSAGES, MESSAGES, 0x30, [mark])))
    return b"".join(data for end, data in batches if end >= start)


# Answers


def versions(_):
    return struct.pack(">h", 0) + array([struct.pack(">hhh", key, 0, last) for key, last in KNOWN.items()])


def metadata(request):
    wanted = request.array(request.text)
    broker = struct.pack(">i", 1) + text("127.0.0.1") + struct.pack(">ih", port, -1)
    led = struct.pack(">hiiiiii", 0, 0, 1, 1, 1, 1, 1)
    parts = {name: led for name in topics}
    parts["headless"] = struct.pack(">hiiiii", LEADER_NOT_AVAILABLE, 0, -1, 1, 1, 0)
    listed = [
        struct.pack(">h", 0 if name in parts else UNKNOWN_TOPIC) + text(name) + b"\0"
        + array([parts[name]] if name in parts else [])
        for name in (topics if wanted is None else wanted)
    ]
    return array([broker]) + struct.pack(">hi", -1, 1) + array(listed)


def list_offsets(request):
    request.take("i")

    def topic():
        name = request.text()
        high = ENDS[name.split(".")[0]][0]
        return text(name) + array(request.array(
            lambda: (lambda part, moment: struct.pack(">ihqq", part, 0, -1, 0 if moment == -2 else high))(
                *request.take("iq"))))

    return array(request.array(topic))


def fetch(request):
    request.take("iiiib")
    wanted = request.array(lambda: (request.text(), request.array(lambda: request.take("iqi"))))
    answers, size = [], 0
    for name, parts in wanted:
        kind = name.split(".")[0]
        if kind == "huge":
            return None
        high, stable = ENDS[kind]
        for number, start, _ in parts:
            data = messages(kind, start) if start < stable else b""
            size += len(data)
            code = OUT_OF_RANGE if start > high else 0
            answers.append(
                text(name) + array([struct.pack(">ihqqii", number, code, high, stable, 0, len(data)) + data]))
    if size == 0:
        time.sleep(0.05)
    return struct.pack(">i", 0) + array(answers)


def find_coordinator(_):
    return struct.pack(">hi", 0, 1) + text("127.0.0.1") + struct.pack(">i", port)


def list_groups(_):
    return struct.pack(">h", 0) + array([text(name) + text("consumer") for name in ("open", "refused", "unknown")])


def describe(request):
    return array([
        struct.pack(">h", COORDINATOR_NOT_AVAILABLE if name == "unknown" else 0) + text(name)
        + text("" if name == "unknown" else "Empty") + text("consumer") + text("") + array([])
        for name in request.array(request.text)
    ])


def offset_fetch(request):
    if request.text() == "refused":
        return array([]) + struct.pack(">h", GROUP_AUTHORIZATION_FAILED)
    part = struct.pack(">iq", 0, 1) + text("") + struct.pack(">h", 0)
    return array([text("marker") + array([part])]) + struct.pack(">h", 0)


ANSWERS = {
    VERSIONS: versions, METADATA: metadata, LIST_OFFSETS: list_offsets, FETCH: fetch, OFFSET_FETCH: offset_fetch,
    FIND_COORDINATOR: find_coordinator, LIST_GROUPS: list_groups, DESCRIBE: describe,
}


def exactly(client, count):
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data


def late(client):
    """What sends answers in their order, each once its time has come."""
    answers = queue.Queue()

    def work():
        try:
            while True:
                due, data = answers.get()
                time.sleep(max(0, due - time.monotonic()))
                client.sendall(data)
        except OSError:
            client.close()

    threading.Thread(target=work, daemon=True).start()
    return lambda data: answers.put((time.monotonic() + delay, data))


def serve(client):
    send = late(client) if delay else client.sendall
    try:
        while True:
            request = Request(exactly(client, struct.unpack(">i", exactly(client, 4))[0]))
            kind, version, number = request.take("hhi")
            request.text()
            if kind == VERSIONS and version > KNOWN[VERSIONS]:
                body = struct.pack(">hi", UNSUPPORTED_VERSION, 0)
            else:
                body = ANSWERS[kind](request)
            size = 0x7000_0000 if body is None else 4 + len(body)
            send(struct.pack(">ii", size, number) + (body or b""))
    except OSError:
        client.close()


def accept(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", port))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print("started", flush=True)
sys.stdin.read()
