"""DynamoDB: YCSB's workloads and others beside a bare signed request and the store's durable commits of the same run, the way
from a write to a function on the table's stream, and loading many small items. Prints tables in the form of
docs/performance.md. HEARTH_BENCH_ITEMS sets how many items there are, HEARTH_BENCH_LOADED how many are loaded."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from entered import entered  # noqa: E402
from blackbox_server import Server, create  # noqa: E402

LOAD = ROOT / "build/release/bench/http_load"
STORE = ROOT / "build/release/bench/store_bench"
ITEMS = int(os.environ.get("HEARTH_BENCH_ITEMS", "100000"))
REQUESTS = 40_000
CONNECTIONS = 64
GET_SHARE_MIN = 0.60       # of bare signed requests
PUT_SHARE_MIN = 0.60       # of the store's durable commits
TRANSACT_SHARE_MIN = 0.40  # of the same
QUERIES_MIN = 8000         # a second, of 100 items
GET_P50_US_MAX = 150       # at one connection
ENTERED_P50_MS_MAX = 15
TOLD_COUNT = 200
# Says when it was entered, for each record.
TOLD = """import time
def handler(event, context):
    now = time.time()
    for record in event["Records"]:
        print("entered", record["dynamodb"]["Keys"]["pk"]["S"], now)
"""
LOADED = int(os.environ.get("HEARTH_BENCH_LOADED", "1000000"))
LOADED_PIECE = 500_000     # signatures do not last for ever
LOADED_BYTES_MAX = 1 << 30
STALL_MS_MAX = 1000


def commits_per_second():
    text = subprocess.run([STORE], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"durable commits, 64 writers +\d+ +(\d+)", text)[1])


def hmac_of(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Zipf:
    """Ranks from 0 on, as YCSB draws them (theta 0.99); scrambled, so that neighbours are not alike."""

    def __init__(self, count, theta=0.99):
        self.count, self.theta = count, theta
        self.zeta = sum(1 / (n + 1) ** theta for n in range(count))
        self.alpha = 1 / (1 - theta)
        zeta_of_two = 1 + 0.5 ** theta
        self.eta = (1 - (2 / count) ** (1 - theta)) / (1 - zeta_of_two / self.zeta)

    def rank(self, chance):
        u = chance.random()
        if u * self.zeta < 1:
            return 0
        if u * self.zeta < 1 + 0.5 ** self.theta:
            return 1
        return min(self.count - 1, int(self.count * (self.eta * u - self.eta + 1) ** self.alpha))

    def scrambled(self, chance):
        return int.from_bytes(hashlib.md5(str(self.rank(chance)).encode()).digest()[:8], "big") % self.count


class Signer:
    """Requests ready to be sent; they are good for a quarter of an hour."""

    def __init__(self, server):
        keys = server.credentials
        self.host = server.url.removeprefix("http://")
        now = datetime.datetime.now(datetime.timezone.utc)
        self.date, self.moment = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
        self.id = keys["aws_access_key_id"]
        self.key = ("AWS4" + keys["aws_secret_access_key"]).encode()

    def request(self, service, target, body, kind="application/x-amz-json-1.0"):
        names = "content-type;host;x-amz-date;x-amz-target" if target else "content-type;host;x-amz-date"
        aimed = f"x-amz-target:{target}\n" if target else ""
        canonical = (f"POST\n/\n\ncontent-type:{kind}\nhost:{self.host}\nx-amz-date:{self.moment}\n{aimed}\n{names}\n"
                     + hashlib.sha256(body).hexdigest())
        scope = f"{self.date}/us-east-1/{service}/aws4_request"
        key = self.key
        for part in scope.split("/"):
            key = hmac_of(key, part)
        text = f"AWS4-HMAC-SHA256\n{self.moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac_of(key, text).hex()
        head = (f"POST / HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {kind}\r\nX-Amz-Date: {self.moment}\r\n"
                + (f"X-Amz-Target: {target}\r\n" if target else "") +
                f"Authorization: AWS4-HMAC-SHA256 Credential={self.id}/{scope}, SignedHeaders={names}, Signature={signature}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return head.encode() + body

    def call(self, operation, **arguments):
        return self.request("dynamodb", "DynamoDB_20120810." + operation, json.dumps(arguments).encode())

    def bare(self):
        return self.request("sts", "", b"Action=GetCallerIdentity&Version=2011-06-15", "application/x-www-form-urlencoded")


def text(chance, size):
    return base64.b64encode(chance.randbytes(size * 3 // 4)).decode()[:size]


class Bench:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.server = Server(folder + "/data").start()
        self.port = self.server.url.rpartition(":")[2]
        self.dynamodb = self.server.client("dynamodb")
        self.chance = random.Random(3)
        self.zipf = Zipf(ITEMS)
        self.inserted = ITEMS

    def load(self, requests, connections=CONNECTIONS, mode="once"):
        file = self.folder / "requests"
        file.write_bytes(b"".join(b"%d\n%s" % (len(one), one) for one in requests))
        out = subprocess.run([LOAD, self.port, str(connections), mode, file], check=True, capture_output=True, text=True)
        return json.loads(out.stdout)

    def item(self, number):
        fields = {f"field{n}": {"S": text(self.chance, 100)} for n in range(10)}
        return {"pk": {"S": f"user{number}"}} | fields

    def prepare(self):
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        pairs = keys + [{"AttributeName": "sk", "KeyType": "RANGE"}]
        string, number = ({"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"})
        self.dynamodb.create_table(TableName="usertable", KeySchema=keys, AttributeDefinitions=[string], BillingMode="PAY_PER_REQUEST")
        self.dynamodb.create_table(TableName="series", KeySchema=pairs, AttributeDefinitions=[string, number],
                                   BillingMode="PAY_PER_REQUEST")
        signer = Signer(self.server)
        puts = [signer.call("BatchWriteItem", RequestItems={"usertable": [
            {"PutRequest": {"Item": self.item(number)}} for number in range(start, min(start + 25, ITEMS))]})
            for start in range(0, ITEMS, 25)]
        loaded = self.load(puts, 16)
        series = [{"PutRequest": {"Item": {"pk": {"S": f"s{s}"}, "sk": {"N": str(n)}, "v": {"S": text(self.chance, 150)}}}}
                  for s in range(50) for n in range(200)]
        self.load([signer.call("BatchWriteItem", RequestItems={"series": series[at:at + 25]}) for at in range(0, len(series), 25)], 16)
        return ITEMS / loaded["seconds"]

    def key(self, latest=False):
        number = self.inserted - 1 - self.zipf.rank(self.chance) if latest else self.zipf.scrambled(self.chance)
        return {"pk": {"S": f"user{number}"}}

    def read(self, signer, latest=False):
        return signer.call("GetItem", TableName="usertable", Key=self.key(latest), ConsistentRead=True)

    def update(self, signer, condition=False):
        more = {"ConditionExpression": "attribute_exists(pk)"} if condition else {}
        return signer.call("UpdateItem", TableName="usertable", Key=self.key(), UpdateExpression="SET field3 = :v",
                           ExpressionAttributeValues={":v": {"S": text(self.chance, 100)}}, **more)

    def insert(self, signer):
        self.inserted += 1
        return signer.call("PutItem", TableName="usertable", Item=self.item(self.inserted - 1))

    def query(self, signer, limit):
        return signer.call("Query", TableName="series", KeyConditionExpression="pk = :p", Limit=limit,
                           ExpressionAttributeValues={":p": {"S": f"s{self.chance.randrange(50)}"}})

    def transact(self, signer, at):
        return signer.call("TransactWriteItems", TransactItems=[
            {"Put": {"TableName": "usertable", "Item": {"pk": {"S": f"tx{at}-{n}"}, "v": {"S": text(self.chance, 100)}}}} for n in range(4)])

    def role_for_streams(self):
        iam = self.server.client("iam")
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        role = iam.create_role(RoleName="follows", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.attach_role_policy(RoleName="follows", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole")
        return role

    def told(self):
        """Milliseconds from the answer of a PutItem to a warm function's being entered with its record."""
        self.dynamodb.create_table(TableName="told", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                                   AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                                   StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        aws, logs = self.server.client("lambda"), self.server.client("logs")
        name = create(aws, TOLD, Role=self.role_for_streams())
        stream = self.dynamodb.describe_table(TableName="told")["Table"]["LatestStreamArn"]
        mapping = aws.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON")
        while aws.get_event_source_mapping(UUID=mapping["UUID"])["State"] != "Enabled":
            time.sleep(0.1)
        time.sleep(1)
        answered = {}
        for number in range(TOLD_COUNT):
            self.dynamodb.put_item(TableName="told", Item={"pk": {"S": f"told-{number}"}})
            answered[f"told-{number}"] = time.time()
            time.sleep(0.02)
        at = entered(logs, name, TOLD_COUNT)
        return sorted((at[key] - answered[key]) * 1000 for key in answered if key != "told-0")  # that one starts it

    def bulk(self):
        """Loads small items: items a second, the server's largest memory in bytes, the longest wait for an answer in ms."""
        self.dynamodb.create_table(TableName="bulk", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                                   AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        most, done = [0], threading.Event()

        def watch():
            while not done.wait(0.1):
                status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
                most[0] = max(most[0], int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024)

        watcher = threading.Thread(target=watch)
        watcher.start()
        seconds, longest = 0, 0
        filler = text(self.chance, 150)
        for start in range(0, LOADED, LOADED_PIECE):
            signer = Signer(self.server)
            numbers = range(start, min(LOADED, start + LOADED_PIECE))
            found = self.load([signer.call("BatchWriteItem", RequestItems={"bulk": [
                {"PutRequest": {"Item": {"pk": {"S": hashlib.md5(b"%d" % n).hexdigest()}, "v": {"S": filler}}}} for n in numbers[at:at + 25]]})
                for at in range(0, len(numbers), 25)], 16)
            seconds, longest = seconds + found["seconds"], max(longest, found["max"])
        done.set()
        watcher.join()
        return LOADED / seconds, most[0], longest / 1000

    def mixed(self, share, usual, other, count=REQUESTS):
        signer = Signer(self.server)
        return [usual(signer) if self.chance.random() < share else other(signer) for _ in range(count)]


def row(name, found, floor=None, what=""):
    rate = (found["requests"] - found["failures"]) / found["seconds"]
    against = f"{rate / floor:.0%} of {what}" if floor else ""
    failed = f", {found['failures']} failed" if found["failures"] else ""
    print(f"| {name} | {rate:.0f} | {against}{failed} | {found['p50'] / 1000:.2f} | {found['p99'] / 1000:.2f} |", flush=True)
    return rate


def main():
    commits = commits_per_second()
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        bench = Bench(folder)
        try:
            loaded = bench.prepare()
            signer = Signer(bench.server)
            bare = bench.load([signer.bare()], CONNECTIONS, "3")
            floor = bare["requests"] / bare["seconds"]
            print(f"load before: {os.getloadavg()[0]:.2f}; {ITEMS} items of 1 KiB, loaded at {loaded:.0f}/s; {floor:.0f} bare signed "
                  f"requests/s; {commits} durable commits/s of the store with 64 writers\n")
            print("| workload, 64 connections | requests/s | against | p50 ms | p99 ms |\n|---|---|---|---|---|")
            row("GetItem, never read before", bench.load(bench.mixed(1, bench.read, bench.read)), floor, "bare requests")
            rates = {"get": row("GetItem (YCSB C)", bench.load(bench.mixed(1, bench.read, bench.read)), floor, "bare requests")}
            row("half UpdateItem (A)", bench.load(bench.mixed(0.5, bench.read, bench.update)))
            row("5 % UpdateItem (B)", bench.load(bench.mixed(0.95, bench.read, bench.update)))
            row("latest read, 5 % PutItem (D)",
                bench.load(bench.mixed(0.95, lambda one: bench.read(one, True), bench.insert)))
            row("Query of 1 to 100, 5 % PutItem (E)",
                bench.load(bench.mixed(0.95, lambda one: bench.query(one, bench.chance.randrange(1, 101)), bench.insert, 20_000)))
            row("half conditional UpdateItem (F)",
                bench.load(bench.mixed(0.5, bench.read, lambda one: bench.update(one, True))))
            rates["put"] = row("PutItem", bench.load(bench.mixed(1, bench.insert, bench.insert)), commits, "commits")
            signer = Signer(bench.server)
            rates["transact"] = row("TransactWriteItems of 4", bench.load([bench.transact(signer, at) for at in range(20_000)]),
                                    commits, "commits")
            rates["query"] = row("Query of 100 items of 200 B", bench.load([bench.query(signer, 100) for _ in range(10_000)], 16))
            one = bench.load(bench.mixed(1, bench.read, bench.read, 5000), 1)
            row("GetItem, one connection", one)
            waits = bench.told()
            median = waits[len(waits) // 2]
            print(f"\nPutItem answered to warm Python entered by the stream: p50 {median:.1f} ms, "
                  f"p99 {waits[len(waits) * 99 // 100]:.1f} ms")
            loaded, memory, longest = bench.bulk()
            print(f"{LOADED} items of 200 B by BatchWriteItem: {loaded:.0f}/s, memory {memory >> 20} MiB, longest answer {longest:.0f} ms")
            print()
            for name, reached in (("GetItem", rates["get"] >= GET_SHARE_MIN * floor), ("PutItem", rates["put"] >= PUT_SHARE_MIN * commits),
                                  ("TransactWriteItems", rates["transact"] >= TRANSACT_SHARE_MIN * commits),
                                  ("Query", rates["query"] >= QUERIES_MIN), ("one GetItem", one["p50"] <= GET_P50_US_MAX),
                                  ("stream", median <= ENTERED_P50_MS_MAX),
                                  ("loading", memory < LOADED_BYTES_MAX and longest <= STALL_MS_MAX)):
                print(f"{name}: goal {'reached' if reached else 'missed'}")
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
