"""S3: small writes beside the store's durable commits of the same run, reads beside nginx with the same file, large writes
beside files that are hashed and synced without HTTP, pages of listings of a small and a large bucket, the way from a write to
a function that is told of it, and memory while many clients move large objects. Prints a table in the form of
docs/performance.md. Of large bodies it also tells the processor time, which neighbours on the machine change less than
they change rates; that of the load generator is not in it."""

import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from entered import entered  # noqa: E402
from blackbox_server import Server, allow, create, policy_of  # noqa: E402

BENCH = ROOT / "build/release/bench"
SECONDS = "6"
LARGE_MIB, LARGE_COUNT, LARGE_CONNECTIONS = 64, 8, 4
SMALL_BUCKET, LARGE_BUCKET, FILL_REQUESTS = 10_000, int(os.environ.get("HEARTH_BENCH_KEYS", 100_000)), 50_000
TOLD_COUNT = 200
MOVERS, MOVED_BYTES, PIECE_BYTES = 64, int(os.environ.get("HEARTH_BENCH_MOVED_MIB", 1024)) << 20, 1 << 20
# Says when it was entered, for each object.
TOLD = """import time
def handler(event, context):
    now = time.time()
    print("entered", event["Records"][0]["s3"]["object"]["key"], now)
"""
NGINX = """daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4;
       scgi_temp_path {folder}/5; access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
       server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""


def cpu_seconds(pid):
    """Of a process and its children."""
    pids = [pid, *pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    fields = [pathlib.Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.server = Server(folder + "/data", *arguments).start()
        self.s3 = self.server.client("s3")
        self.keys = Credentials(self.server.credentials["aws_access_key_id"], self.server.credentials["aws_secret_access_key"])
        self.host = self.server.url.removeprefix("http://")

    def request(self, method, path, body=b"", size=None):
        """Signed, as bytes; the body is signed too, as SDKs do without TLS. With a `size` the body is for others to send."""
        size = len(body) if size is None else size
        request = AWSRequest(method, self.server.url + path, data=body, headers={"Content-Length": str(size)})
        if size != len(body):
            request.context["client_config"] = Config(s3={"payload_signing_enabled": False})
        S3SigV4Auth(self.keys, "s3", "us-east-1").add_auth(request)
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())
        return head.encode() + b"\r\n" + body

    def load(self, requests, connections, mode=SECONDS, port=None, pid=None):
        pid = pid or self.server.process.pid
        file = self.folder / "requests"
        with open(file, "wb") as out:
            for request in requests:
                out.write(f"{len(request)}\n".encode() + request)
        before = cpu_seconds(pid)
        done = subprocess.run([BENCH / "http_load", port or self.host.rpartition(":")[2], str(connections), mode, file],
                              capture_output=True, text=True, check=True)
        got = json.loads(done.stdout)
        assert got["failures"] == 0, got
        return got | {"rate": got["requests"] / got["seconds"], "cpu_ms": (cpu_seconds(pid) - before) / got["requests"] * 1000}

    def fill(self, bucket, count):
        """Anybody may write, because to sign so many requests would take longer than to answer them."""
        self.s3.create_bucket(Bucket=bucket)
        self.s3.delete_public_access_block(Bucket=bucket)
        anybody = allow("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/*", Principal="*")
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(anybody))
        for start in range(0, count, FILL_REQUESTS):
            self.load([f"PUT /{bucket}/key-{number:08} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: 0\r\n\r\n".encode()
                       for number in range(start, min(count, start + FILL_REQUESTS))], 64, "once")

    def told_after(self):
        """Milliseconds from the answer of a PutObject to the entry of the function that is told of it, sorted."""
        functions = self.server.client("lambda")
        name = create(functions, TOLD)
        arn = functions.get_function_configuration(FunctionName=name)["FunctionArn"]
        functions.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction",
                                 Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::told")
        self.s3.create_bucket(Bucket="told")
        self.s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
        answered = {}
        for number in range(TOLD_COUNT):
            self.s3.put_object(Bucket="told", Key=str(number), Body=b"x")
            answered[str(number)] = time.time()
            time.sleep(0.01)
        at = entered(self.server.client("logs"), name, TOLD_COUNT)
        return sorted((at[key] - answered[key]) * 1000 for key in at)

    def moving_mib(self):
        """The most memory that the server has had once 64 clients have moved large objects, a fourth of them writing."""
        self.s3.create_bucket(Bucket="moved")
        piece = os.urandom(PIECE_BYTES)

        def move(number, writes):
            head = self.request("PUT" if writes else "GET", f"/moved/{number if writes else 0}", size=MOVED_BYTES if writes else 0)
            host, _, port = self.host.partition(":")
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(head)
                for _ in range(MOVED_BYTES // PIECE_BYTES if writes else 0):
                    connection.sendall(piece)
                connection.shutdown(socket.SHUT_WR)
                room, got = bytearray(PIECE_BYTES), 0
                while count := connection.recv_into(room):
                    assert got or room.startswith(b"HTTP/1.1 200"), bytes(room[:300])
                    got += count
                assert writes or got > MOVED_BYTES

        move(0, True)
        movers = [threading.Thread(target=move, args=(number, number % 4 == 0)) for number in range(1, MOVERS + 1)]
        for mover in movers:
            mover.start()
        for mover in movers:
            mover.join()
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def commits_per_second():
    text = subprocess.run([BENCH / "store_bench"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"durable commits, 64 writers +\d+ +(\d+)", text)[1])


def large_reads(bench, body):
    bench.s3.create_bucket(Bucket="read")
    bench.s3.put_object(Bucket="read", Key="mib", Body=body)
    return bench.load([bench.request("GET", "/read/mib")], 16)


def plain_reads(folder, body):
    """The same where objects that nobody asks to encrypt are kept as they came."""
    os.mkdir(folder)
    bench = Bench(folder, "--object-encryption", "asked")
    try:
        return large_reads(bench, body)
    finally:
        bench.server.stop()


def nginx_reads(bench, body):
    """Of the same file over as many connections; None where there is no nginx."""
    if not shutil.which("nginx"):
        return None
    folder = bench.folder / "static"
    folder.mkdir(mode=0o755)
    os.chmod(bench.folder, 0o755)
    (folder / "file").write_bytes(body)
    port = "18473"
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"])
    try:
        time.sleep(1)
        request = f"GET /file HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        return bench.load([request], 16, port=port, pid=process.pid)
    finally:
        process.terminate()
        process.wait()


def hashed_files(folder):
    """MiB a second, and milliseconds of processor time by MiB."""
    folder.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([BENCH / "s3_floor", folder, str(LARGE_CONNECTIONS), str(LARGE_COUNT), str(LARGE_MIB)],
                          capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(done.stdout), cpu * 1000 / LARGE_COUNT / LARGE_MIB


def row(what, figure, floor, goal):
    print(f"| {what} | {figure} | {floor} | {goal} |", flush=True)


def main():
    commits = commits_per_second()
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        bench = Bench(folder)
        try:
            print(f"load before: {os.getloadavg()[0]:.2f}\n\n| what | figure | floor | goal |\n|---|---|---|---|")
            bench.s3.create_bucket(Bucket="bench")
            got = bench.load([bench.request("PUT", f"/bench/small-{number}", os.urandom(4096)) for number in range(64)], 64)
            row("PUT 4 KiB, 64 connections", f"{got['rate']:.0f}/s, p50 {got['p50'] / 1000:.1f} ms",
                f"{commits} commits/s: {got['rate'] / commits:.0%}", "50 %")
            got = bench.load([bench.request("GET", "/bench/small-1")], 64)
            row("GET 4 KiB, 64 connections", f"{got['rate']:.0f}/s", "", "")
            body = os.urandom(1 << 20)
            reads, plain = large_reads(bench, body), plain_reads(folder + "/plain", body)
            floor = nginx_reads(bench, body)
            for what, got in (("", reads), (", kept as it came", plain)):
                row(f"GET 1 MiB, 16 connections{what}", f"{got['rate']:.0f}/s, {got['cpu_ms']:.2f} ms",
                    f"nginx {floor['rate']:.0f}/s, {floor['cpu_ms']:.2f} ms: {got['rate'] / floor['rate']:.0%}" if floor
                    else "no nginx here", "70 %")
            large = os.urandom(LARGE_MIB << 20)
            got = bench.load([bench.request("PUT", f"/bench/large-{number}", large) for number in range(LARGE_COUNT)],
                             LARGE_CONNECTIONS, "once")
            floor, floor_cpu_ms = hashed_files(bench.folder / "floor")
            rate, cpu_ms = got["rate"] * LARGE_MIB, got["cpu_ms"] / LARGE_MIB
            row(f"PUT {LARGE_MIB} MiB, {LARGE_CONNECTIONS} connections", f"{rate:.0f} MiB/s, {cpu_ms:.1f} ms by MiB",
                f"{floor} MiB/s, {floor_cpu_ms:.1f} ms by MiB: {rate / floor:.0%}", "80 %")
            pages, buckets = [], (("few", SMALL_BUCKET), ("many", LARGE_BUCKET))
            for bucket, count in buckets:
                bench.fill(bucket, count)
            for bucket, count in buckets:
                got = bench.load([bench.request("GET", f"/{bucket}?list-type=2&start-after=key-{count // 2:08}")], 1)
                pages.append(f"{got['p50'] / 1000:.1f} ms (processor {got['cpu_ms']:.1f}) in a bucket of {count:,}")
            row("LIST of 1,000 keys, p50", pages[1], pages[0], "10 ms; within 20 %")
            told = bench.told_after()
            row("PutObject answered to warm Python entered",
                f"p50 {told[len(told) // 2]:.1f} ms, p90 {told[len(told) * 9 // 10]:.1f} ms", "", "5 ms p50")
        finally:
            bench.server.stop()
        (pathlib.Path(folder) / "moving").mkdir()
        bench = Bench(folder + "/moving")  # anew: what the most memory was is not forgotten
        try:
            row(f"memory while {MOVERS} clients move objects of {MOVED_BYTES >> 20} MiB", f"{bench.moving_mib():.0f} MiB", "", "200 MiB")
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
