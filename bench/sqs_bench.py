"""SQS: calls a second beside the store's durable commits of the same run, and what receivers cost that wait. Prints tables
in the form of docs/performance.md."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from blackbox_server import Server, until  # noqa: E402

LOAD = ROOT / "build/release/bench/sqs_load"
STORE = ROOT / "build/release/bench/store_bench"
CONNECTIONS = 64
SECONDS = 8
WAITING = 10_000
CALL_SHARE_MIN = 0.30  # of the store's durable commits
WAITING_MIB_MAX = 100
WAITING_CORE_SHARE_MAX = 0.01


def commits_per_second():
    text = subprocess.run([STORE], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"durable commits, 64 writers +\d+ +(\d+)", text)[1])


class Bench:
    def __init__(self, folder):
        self.server = Server(folder + "/data").start()
        self.sqs = self.server.client("sqs")
        keys = self.server.credentials
        self.load = [LOAD, self.server.url.rpartition(":")[2], keys["aws_access_key_id"], keys["aws_secret_access_key"]]

    def queue(self, name, **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def cycle(self, url, connections):
        done = subprocess.run([*self.load, url, "cycle", str(connections), str(SECONDS)], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def resident_mib(self):
        pages = int(pathlib.Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connections(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    def waiting(self):
        """MiB, and the share of a core, that so many waiting receivers cost."""
        url = self.queue("waiting")
        before, open_before = self.resident_mib(), self.connections()
        load = subprocess.Popen([*self.load, url, "wait", str(WAITING)], stdout=subprocess.PIPE, text=True)
        until(lambda: self.connections() >= open_before + WAITING, 60)
        time.sleep(2)
        cpu, began = self.cpu_seconds(), time.monotonic()
        mib = self.resident_mib() - before
        time.sleep(6)
        share = (self.cpu_seconds() - cpu) / (time.monotonic() - began)
        answer = json.loads(load.communicate()[0])
        assert answer["failures"] == 0, answer
        return mib, share


def main():
    floor = commits_per_second()
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        bench = Bench(folder)
        try:
            print(f"load before: {os.getloadavg()[0]:.2f}; {floor} durable commits/s of the store with 64 writers\n")
            print("| send, receive, delete | connections | calls/s | of the commits | send p50 ms | receive p50 ms | delete p50 ms | receive p99 ms |")
            print("|---|---|---|---|---|---|---|---|")
            rows = [("1 KiB, a standard queue", bench.queue("standard"), count) for count in (1, 16, CONNECTIONS)]
            for what, url, connections in rows:
                got = bench.cycle(url, connections)
                assert got["failures"] == 0, got
                send, receive, delete = (got[name] for name in ("SendMessage", "ReceiveMessage", "DeleteMessage"))
                calls = sum(each["calls"] for each in (send, receive, delete)) / got["seconds"]
                print(f"| {what} | {connections} | {calls:.0f} | {calls / floor:.0%} | {send['p50'] / 1000:.2f} | "
                      f"{receive['p50'] / 1000:.2f} | {delete['p50'] / 1000:.2f} | {receive['p99'] / 1000:.2f} |", flush=True)
            print(f"\ngoal with {CONNECTIONS}: {CALL_SHARE_MIN:.0%} by call\n")
            mib, share = bench.waiting()
            print(f"{WAITING} waiting receivers: {mib:.0f} MiB (goal {WAITING_MIB_MAX}), {share:.2%} of a core "
                  f"(goal {WAITING_CORE_SHARE_MAX:.0%})")
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
