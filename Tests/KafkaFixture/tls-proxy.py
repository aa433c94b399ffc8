"""TLS in front of a broker that has none: tls-proxy.py PORT BROKER-PORT CERTIFICATE KEY

Clients learn the broker's own address from its answers, so those name this proxy instead: "localhost" is as long as
"127.0.0.1". It ends when its standard input does.
"""

import socket
import ssl
import struct
import sys
import threading

port, broker = int(sys.argv[1]), int(sys.argv[2])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])
own = b"127.0.0.1" + struct.pack(">I", broker)
shown = b"localhost" + struct.pack(">I", port)


def exactly(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data


def answers(upstream, client):
    while True:
        size = exactly(upstream, 4)
        client.sendall(size + exactly(upstream, struct.unpack(">I", size)[0]).replace(own, shown))


def requests(client, upstream):
    while True:
        data = client.recv(65536)
        if not data:
            raise OSError("closed")
        upstream.sendall(data)


def until_closed(work, source, target):
    try:
        work(source, target)
    except OSError:
        for stream in (source, target):
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(plain):
    try:
        client = context.wrap_socket(plain, server_side=True)
        upstream = socket.create_connection(("127.0.0.1", broker))
    except OSError:
        plain.close()
        return
    threading.Thread(target=until_closed, args=(answers, upstream, client), daemon=True).start()
    until_closed(requests, client, upstream)


def accept(listener):
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(plain,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", port))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print("started", flush=True)
sys.stdin.read()
