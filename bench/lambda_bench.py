"""Invokes, cold and warm, by runtime, each beside a floor of the same run. Prints tables in the form of docs/performance.md.

Cold: the whole call of a function's first invoke, over a kept connection, signed. Warm: the same of later ones. Over
a table stands how busy the machine was before, as figures say little without."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import boto3  # noqa: E402
from blackbox_server import Server, create, create_from_image, until  # noqa: E402
from images import File, Image, python_image  # noqa: E402
from java import compiled  # noqa: E402
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

CHART = ROOT / "docs/performance.svg"
LOAD = ROOT / "build/release/bench/http_load"
COLD_STARTS = 100
EMPTY_STARTS = 20
BURST = 100
LARGE_BURST = 500
PAUSE_SECONDS = 0.05
# Where the rising rate of first calls begins, and whether a large burst fits into the memory of a small host.
FIRST_RATES = {"native": 100, "Python": 100, "Node.js": 20, "Ruby": 20, "Java": 10}
LARGE = ("native", "Python", "Node.js", "Ruby")
RATE_SECONDS = 3
RATE_STEP = 1.5
RATE_MAX = 600
P99_MAX_MS = 1000
CONNECTIONS_MAX = 600
WITH_SDK = "import boto3\nclient = boto3.client('dynamodb')\ndef handler(event, context):\n    return event\n"
SLOW_INIT_STARTS = 20
SLOW_INITS = {
    "Python": ("import time\ntime.sleep(2)\ndef handler(event, context):\n    return event\n", {"Runtime": "python3.12"}),
    "Java": ("public class App { static { try { Thread.sleep(2000); } catch (InterruptedException e) { } }"
             " public Object handler(Object event) { return event; } }\n", {"Runtime": "java17", "Handler": "App::handler"})}
JAVA = "public class App { public Object handler(Object event) { return event; } }\n"


class Bench:
    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        # More requests a second than an account begins; and the AWS SDK, as the service's own runtimes have it.
        self.server = Server(str(self.folder / "data"), "--concurrency", "100000",
                             "--packages", f"python={pathlib.Path(boto3.__file__).parents[1]}",
                             "--code-folder", str(self.folder), *arguments).start()
        self.port = int(self.server.url.rsplit(":", 1)[1])
        self.aws = self.server.client("lambda")
        self.runtimes = {
            "native": ({"bootstrap": self.native()}, {"Runtime": "provided.al2023"}),
            "Python": ("def handler(event, context):\n    return event\n", {"Runtime": "python3.11"}),
            "Node.js": ({"app.js": "exports.handler = async (event) => event;\n"}, {"Runtime": "nodejs20.x"}),
            "Ruby": ({"app.rb": "def handler(event:, context:) = event\n"}, {"Runtime": "ruby3.3"}),
            "Java": (compiled([JAVA]), {"Runtime": "java17", "Handler": "App::handler"}),
        }
        if not shutil.which("ruby"):
            del self.runtimes["Ruby"]
        # For cold starts alone.
        self.functions = self.runtimes | {
            "Python, DynamoDB client": (WITH_SDK, {"Runtime": "python3.11"}),
            "native, image": (Image({"bootstrap": File(self.native(), 0o755)}, Entrypoint=["/bootstrap"]), {}),
            "Python, image": (python_image({"app.py": self.runtimes["Python"][0]}), {})}

    def native(self):
        binary = self.folder / "bootstrap"
        subprocess.run(["clang-19", "-O2", "-static", "-o", binary, ROOT / "bench/native_bootstrap.c"], check=True)
        return binary.read_bytes()

    def create(self, runtime, count=1):
        code, options = self.functions[runtime]

        if isinstance(code, Image):
            code = code.write_layout(self.folder / runtime.replace(", ", "-"))

        def one(_):
            make = create_from_image if str(code).startswith("oci:") else create
            name = make(self.aws, code, wait=False, MemorySize=1769, **options)
            self.aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500})
            return name

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            return list(threads.map(one, range(count)))

    def delete(self, names):
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda name: self.aws.delete_function(FunctionName=name), names))

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
        for _ in range(30):
            time.sleep(1)
            ready = self.health()["slotsReady"]
            if ready == last:
                return
            last = ready

    def init_durations(self, names):
        """Milliseconds that functions said their init took."""
        logs = self.server.client("logs")

        def of(name):
            def report():
                try:
                    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="REPORT")["events"]
                except logs.exceptions.ResourceNotFoundException:
                    return None
                found = [re.search(r"Init Duration: ([\d.]+)", event["message"]) for event in events]
                return found and found[0]
            return float(until(report)[1])

        return [of(name) for name in names]

    def health(self):
        with urllib.request.urlopen(self.server.url + "/_hearth/health") as answer:
            return json.load(answer)


def table(title, columns, rows):
    print(f"\n### {title}\n\nLoad average: {os.getloadavg()[0]:.1f}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def ms(microseconds):
    return f"{microseconds / 1000:.2f}"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def one_by_one(bench, runtime, count):
    """Times of first calls, in microseconds, and the init durations that the functions' logs tell, in milliseconds."""
    names = bench.create(runtime, count)
    requests = bench.invokes(names)
    bench.settle()
    times = []
    for request in requests:
        time.sleep(PAUSE_SECONDS)
        times.append(bench.load([request], 1, "once")["p50"])
    inits = bench.init_durations(names)
    bench.delete(names)
    return times, inits


def cold(bench):
    rows = []
    for runtime in bench.functions:
        times, inits = one_by_one(bench, runtime, COLD_STARTS)
        rows.append((runtime, ms(min(times)), ms(percentile(times, 0.5)), ms(percentile(times, 0.99)), f"{percentile(inits, 0.5):.2f}"))
    table(f"Cold, whole call, milliseconds ({COLD_STARTS} functions one by one)", ("runtime", "min", "p50", "p99", "of it init, p50"), rows)


def empty(bench):
    """First calls of a server that makes nothing ahead."""
    alone = Bench(bench.folder / "empty", "--slots-max", "0")
    rows = []
    try:
        for runtime in alone.functions:
            times, inits = one_by_one(alone, runtime, EMPTY_STARTS)
            rows.append((runtime, ms(min(times)), ms(percentile(times, 0.5)), f"{percentile(inits, 0.5):.2f}"))
    finally:
        alone.server.stop()
    table(f"Cold with nothing made ahead ({EMPTY_STARTS} functions one by one)", ("runtime", "min", "p50", "of it init, p50"), rows)


def snap_start(bench):
    """First calls of functions whose init takes two seconds, and of versions of them that are published with SnapStart."""
    rows = []
    for language, (code, options) in SLOW_INITS.items():
        times = {"LATEST": [], "1": []}
        for _ in range(SLOW_INIT_STARTS):
            name = create(bench.aws, compiled([code]) if language == "Java" else code, MemorySize=1769, Timeout=10,
                          SnapStart={"ApplyOn": "PublishedVersions"}, **options)
            bench.aws.publish_version(FunctionName=name)
            bench.aws.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
            time.sleep(PAUSE_SECONDS)
            for qualifier, found in times.items():
                path = f"/2015-03-31/functions/{name}%3A{qualifier if qualifier == '1' else '%24LATEST'}/invocations"
                found.append(bench.load([bench.post("lambda", path, "application/json", b"1")], 1, "once")["p50"])
            bench.delete([name])
        rows += [(language, kind, ms(min(found)), ms(percentile(found, 0.5)), ms(max(found)))
                 for kind, found in (("its init", times["LATEST"]), ("what SnapStart kept", times["1"]))]
    table(f"Cold with an init of two seconds, milliseconds ({SLOW_INIT_STARTS} functions one by one)",
          ("runtime", "begins with", "min", "p50", "max"), rows)


def burst(bench):
    rows = []
    for runtime in bench.runtimes:
        # The second finds what was made ahead because of the first, and so on.
        for count in (BURST, BURST, LARGE_BURST) if runtime in LARGE else (BURST, BURST):
            names = bench.create(runtime, count)
            requests = bench.invokes(names)
            bench.settle()
            ready = bench.health()["slotsReady"]
            found = bench.load(requests, count, "once")
            rows.append((runtime, count, ready, ms(found["p50"]), ms(found["p99"]), f"{count / found['seconds']:.0f}"))
            bench.delete(names)
    table("First calls at once", ("runtime", "calls", "slots ready", "p50 ms", "p99 ms", "cold starts/s"), rows)


def rising(bench):
    """First calls at a rate that rises until one in a hundred waits longer than a second."""
    rows = []
    for runtime in bench.runtimes:
        offered, good = FIRST_RATES[runtime], None
        while offered <= RATE_MAX:
            names = bench.create(runtime, int(offered * RATE_SECONDS))
            requests = bench.invokes(names)
            bench.settle()
            found = bench.load(requests, min(len(requests), CONNECTIONS_MAX), f"once:{offered}")
            bench.delete(names)
            if found["p99"] > P99_MAX_MS * 1000:
                break
            good = (f"{offered:.0f}", ms(found["p50"]), ms(found["p99"]))
            offered *= RATE_STEP
        rows.append((runtime, *(good or ("none", "", ""))))
    table(f"Cold starts a second, {RATE_SECONDS} s each, last rate with a p99 below {P99_MAX_MS} ms", ("runtime", "cold starts/s", "p50 ms", "p99 ms"), rows)


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


PARTS = {part.__name__: part for part in (cold, empty, snap_start, burst, rising, warm, interference, density)}


def main():
    chosen = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)  # the server, which reads images in it, is another user
        bench = Bench(folder)
        try:
            for name in chosen:
                PARTS[name](bench)
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
