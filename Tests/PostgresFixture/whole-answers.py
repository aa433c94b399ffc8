"""A Postgres for "SELECT n" that answers n rows in one write over TLS: whole-answers.py PORT

Servers since 17 hand large messages to TLS as they are, which makes records of 16 KiB; older ones cut everything into half
of that. It says "started" when it listens, and ends when its standard input does.
"""

import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

folder = tempfile.mkdtemp(prefix="soma-tls.")
subprocess.run(
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out crt -subj /CN=localhost",
    shell=True, check=True, cwd=folder, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/crt", f"{folder}/key")
shutil.rmtree(folder)


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def exactly(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data


def serve(client):
    exactly(client, 8)
    client.sendall(b"S")
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = context.wrap_socket(client, server_side=True)
    exactly(client, struct.unpack("!I", exactly(client, 4))[0] - 4)
    login = message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\x0017.0\x00")
    client.sendall(login + message(b"Z", b"I"))
    count = None
    while True:
        kind = exactly(client, 1)
        body = exactly(client, struct.unpack("!I", exactly(client, 4))[0] - 4)
        if kind == b"P":
            count = int(body.split(b"\x00")[1].split()[-1])
        elif kind == b"S" and count is not None:
            column = struct.pack("!h", 1) + b"x\x00" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 1)
            row = struct.pack("!hi", 1, 1000) + b"x" * 1000
            client.sendall(
                message(b"1") + message(b"2") + message(b"T", column) + message(b"D", row) * count
                + message(b"C", b"SELECT %d\x00" % count) + message(b"Z", b"I")
            )
            count = None
        elif kind == b"S":
            client.sendall(message(b"Z", b"I"))


def attempt(client):
    try:
        serve(client)
    except OSError:
        client.close()


def listen(listener):
    while True:
        threading.Thread(target=attempt, args=(listener.accept()[0],), daemon=True).start()


listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
threading.Thread(target=listen, args=(listener,), daemon=True).start()
print("started", flush=True)
sys.stdin.read()
os._exit(0)
