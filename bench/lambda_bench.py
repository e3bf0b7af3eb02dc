"""Invokes, cold and warm, by runtime, each beside a floor of the same run. Prints tables in the form of docs/performance.md.

Cold: the whole call of a function's first invoke, over a kept connection, signed. Warm: the same of later ones."""

import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from blackbox_server import Server, create, until  # noqa: E402
from java import compiled  # noqa: E402
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

CHART = ROOT / "docs/performance.svg"
LOAD = ROOT / "build/release/bench/http_load"
COLD_STARTS = 100
BURST = 100
PAUSE_SECONDS = 0.05
JAVA = "public class App { public Object handler(Object event) { return event; } }\n"


class Bench:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.server = Server(folder + "/data", "--concurrency", "100000").start()  # more requests a second than an account begins
        self.port = int(self.server.url.rsplit(":", 1)[1])
        self.aws = self.server.client("lambda")
        self.runtimes = {
            "native": ({"bootstrap": self.native()}, {"Runtime": "provided.al2023"}),
            "Python": ("def handler(event, context):\n    return event\n", {"Runtime": "python3.11"}),
            "Node.js": ({"app.js": "exports.handler = async (event) => event;\n"}, {"Runtime": "nodejs20.x"}),
            "Ruby": ({"app.rb": "def handler(event:, context:) = event\n"}, {"Runtime": "ruby3.3"}),
            "Java": (compiled([JAVA]), {"Runtime": "java17", "Handler": "App::handler"}),
        }

    def native(self):
        binary = self.folder / "bootstrap"
        subprocess.run(["clang-19", "-O2", "-static", "-o", binary, ROOT / "bench/native_bootstrap.c"], check=True)
        return binary.read_bytes()

    def create(self, runtime, count=1):
        code, options = self.runtimes[runtime]
        names = [create(self.aws, code, wait=False, MemorySize=1769, **options) for _ in range(count)]
        for name in names:
            self.aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500})
        return names

    def post(self, service, path, content_type, body):
        keys = self.server.credentials
        request = AWSRequest("POST", self.server.url + path, data=body, headers={"Content-Type": content_type})
        SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), service, "us-east-1").add_auth(request)
        head = "".join(f"{field}: {value}\r\n" for field, value in request.headers.items())
        return f"POST {path} HTTP/1.1\r\nHost: {self.server.url[7:]}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body

    def invokes(self, names):
        return [self.post("lambda", f"/2015-03-31/functions/{name}/invocations", "application/json", b"1") for name in names]

    def signed_request(self):
        """The floor of an invoke: all that a signed request needs but a function."""
        return self.post("sts", "/", "application/x-www-form-urlencoded", b"Action=GetCallerIdentity&Version=2011-06-15")

    def load(self, requests, connections, mode, name="requests"):
        file = self.folder / name
        file.write_bytes(b"".join(b"%d\n%s" % (len(one), one) for one in requests))
        out = subprocess.run([LOAD, str(self.port), str(connections), mode, file], check=True, capture_output=True, text=True)
        found = json.loads(out.stdout)
        if found["failures"]:
            raise RuntimeError(f"{found['failures']} of {found['requests']} requests failed")
        return found

    def settle(self):
        """Until what was made ahead is there again: making it is a part of the cold starts, not of warm invokes."""
        last = None
        for _ in range(20):
            time.sleep(1)
            ready = self.health()["slotsReady"]
            if ready == last:
                return
            last = ready

    def health(self):
        with urllib.request.urlopen(self.server.url + "/_hearth/health") as answer:
            return json.load(answer)


def table(title, columns, rows):
    print(f"\n### {title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def ms(microseconds):
    return f"{microseconds / 1000:.2f}"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def cold(bench):
    rows = []
    for runtime in bench.runtimes:
        requests = bench.invokes(bench.create(runtime, COLD_STARTS))
        until(lambda: bench.health()["slotsReady"] >= 2)
        times = []
        for request in requests:
            time.sleep(PAUSE_SECONDS)
            times.append(bench.load([request], 1, "once")["p50"])
        rows.append((runtime, ms(min(times)), ms(percentile(times, 0.5)), ms(percentile(times, 0.99))))
    table(f"Cold, whole call, milliseconds ({COLD_STARTS} functions one by one)", ("runtime", "min", "p50", "p99"), rows)


def burst(bench):
    rows = []
    for runtime in bench.runtimes:
        requests = bench.invokes(bench.create(runtime, BURST))
        found = bench.load(requests, BURST, "once")
        rows.append((runtime, ms(found["p50"]), ms(found["p99"]), f"{BURST / found['seconds']:.0f}"))
    table(f"{BURST} first calls at once", ("runtime", "p50 ms", "p99 ms", "cold starts/s"), rows)


def rate(found):
    return found["requests"] / found["seconds"]


def chart(rows):
    """docs/performance.svg: warm requests a second by callers, each beside what a signed request gets."""
    top = max(value for _, bars in rows for value in bars.values())
    width, bar, left = 640, 18, 130
    parts, y = [], 8
    for callers, bars in rows:
        parts.append(f'<text x="4" y="{y + 14}" font-weight="bold">{callers} caller{"s" if callers > 1 else ""}</text>')
        y += 22
        for name, value in bars.items():
            length = max(1, (width - left - 130) * value / top)
            share = "" if name == "signed request" else f" ({value / bars['signed request']:.0%})"
            parts.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{name}</text>'
                         f'<rect x="{left}" y="{y}" width="{length:.0f}" height="{bar - 4}" fill="{"#999" if not share else "#c60"}"/>'
                         f'<text x="{left + length + 6:.0f}" y="{y + 13}">{value:,.0f}/s{share}</text>')
            y += bar
        y += 8
    CHART.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="13">\n'
                     f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")


def warm(bench):
    rows = []
    rates = {callers: {} for callers in (1, 64)}
    floors = {}
    for callers in (1, 4, 16, 64):
        floors[callers] = bench.load([bench.signed_request()], callers, "2")
        if callers in rates:
            rates[callers]["signed request"] = rate(floors[callers])
        rows.append(("signed request", callers, ms(floors[callers]["p50"]), ms(floors[callers]["p99"]), f"{rate(floors[callers]):.0f}", ""))
    for runtime in bench.runtimes:
        requests = bench.invokes(bench.create(runtime))
        for callers in (1, 4, 16, 64):
            bench.load(requests, callers, "1")
            bench.settle()
            found = bench.load(requests, callers, "3")
            if callers in rates:
                rates[callers][runtime] = rate(found)
            rows.append((runtime, callers, ms(found["p50"]), ms(found["p99"]), f"{rate(found):.0f}",
                         f"{rate(found) / rate(floors[callers]):.0%}"))
        for share in (0.1, 0.5, 0.8):
            offered = share * rate(found)
            paced = bench.load(requests, 64, f"3:{offered:.0f}")
            rows.append((runtime, f"{share:.0%} of saturation", ms(paced["p50"]), ms(paced["p99"]), f"{rate(paced):.0f}", ""))
    chart(list(rates.items()))
    table("Warm, closed loop by callers, then open loop", ("", "callers", "p50 ms", "p99 ms", "requests/s", "of the signed request"), rows)


def interference(bench):
    """One function's warm invokes while another bursts."""
    requests = bench.invokes(bench.create("Python"))
    bench.load(requests, 1, "1")
    alone = bench.load(requests, 1, "3:200")
    others = bench.invokes(bench.create("Python", BURST))
    with concurrent.futures.ThreadPoolExecutor() as threads:
        beside = threads.submit(bench.load, requests, 1, "3:200", "beside")
        time.sleep(0.5)
        bench.load(others, BURST, "once")
        found = beside.result()
    table("A warm function while another has a burst of first calls", ("", "p50 ms", "p99 ms"),
          [("alone", ms(alone["p50"]), ms(alone["p99"])), ("beside the burst", ms(found["p50"]), ms(found["p99"]))])


def processes():
    """Parent and name of each process."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        found[int(stat.parent.name)] = (int(rest.split()[1]), head.partition("(")[2])
    return found


def private_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))


def density(bench):
    """Private memory of a sandbox that waits: its first process and the runtime in it."""
    count = 20
    rows = []
    for runtime in bench.runtimes:
        requests = bench.invokes(bench.create(runtime, count))
        before = processes()
        bench.load(requests, count, "once")
        time.sleep(2)
        tree = processes()
        names = {"native": "bootstrap", "Python": "python3", "Node.js": "node", "Ruby": "ruby", "Java": "java"}
        runtimes = [pid for pid, (_, name) in tree.items() if pid not in before and name.startswith(names[runtime])]
        sizes = [private_kib(pid) + private_kib(tree[pid][0]) for pid in runtimes]
        rows.append((runtime, f"{statistics.mean(sizes) / 1024:.1f}"))
    table("Private memory of an idle sandbox", ("runtime", "MiB"), rows)


PARTS = {part.__name__: part for part in (cold, burst, warm, interference, density)}


def main():
    chosen = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        try:
            for name in chosen:
                PARTS[name](bench)
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
