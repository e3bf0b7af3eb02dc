"""Warm and cold invokes of a Python function against their floors: a round trip to an echo process over the same kind of
connection, a health request to the same server, and the start of a bare interpreter."""

import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))
from blackbox_server import Server, create  # noqa: E402
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

ECHO = """
import socket
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
peer, _ = listener.accept()
while True:
    piece = peer.recv(65536)
    if not piece:
        break
    peer.sendall(piece)
"""
HANDLER = "def handler(event, context):\n    return event\n"


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def median_ms(step, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def exchange(connection, message):
    connection.sendall(message)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)


def signed(server, name):
    keys = server.credentials
    request = AWSRequest("POST", f"{server.url}/2015-03-31/functions/{name}/invocations", data=b"1",
                         headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "lambda",
              "us-east-1").add_auth(request)
    head = "".join(f"{field}: {value}\r\n" for field, value in request.headers.items())
    return (f"POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nHost: {server.url[7:]}\r\n"
            f"Content-Length: 1\r\n{head}\r\n1").encode()


def row(what, floor, ours):
    print(f"{what:<44}{floor:>12.3f}{ours:>12.3f}{ours / floor:>9.1f}", flush=True)


def main():
    print(f"{'p50, milliseconds':<44}{'floor':>12}{'ours':>12}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder + "/data").start()
        try:
            port = int(server.url.rsplit(":", 1)[1])
            aws = server.client("lambda")
            echo = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
            peer = connect(int(echo.stdout.readline()))
            floor = median_ms(lambda: (peer.sendall(b"x" * 200), peer.recv(65536)), 2000)
            peer.close()
            connection = connect(port)
            health = b"GET /_hearth/health HTTP/1.1\r\nHost: h\r\n\r\n"
            row("HTTP request / echo process", floor, median_ms(lambda: exchange(connection, health), 2000))
            message = signed(server, create(aws, HANDLER))
            exchange(connection, message)
            row("warm invoke, signed HTTP / echo process", floor, median_ms(lambda: exchange(connection, message), 2000))
            boot = median_ms(lambda: subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", "import json"], check=True), 10)
            messages = iter([signed(server, create(aws, HANDLER + f"# {number}\n")) for number in range(15)])
            row("cold invoke, whole call / python3 -I -S json", boot,
                median_ms(lambda: exchange(connection, next(messages)), 15))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
