"""One server for all black-box tests of a run."""

import pathlib
import sys
import tempfile
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from blackbox_server import Server  # noqa: E402  pylint: disable=wrong-import-position
from distribution import Registry  # noqa: E402  pylint: disable=wrong-import-position


@pytest.fixture(scope="session")
def server():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        running = Server(folder + "/data").start()
        yield running
        if running.process.poll() is None:
            assert running.stop() == 0


@pytest.fixture(scope="session")
def aws(server):
    return server.client("lambda")


@pytest.fixture(scope="session")
def logs(server):
    return server.client("logs")


@pytest.fixture(scope="session")
def iam(server):
    return server.client("iam")


@pytest.fixture(scope="session")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):  # pylint: disable=redefined-outer-name
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def ecr(server):
    return server.client("ecr")


@pytest.fixture(scope="session")
def registry(server):
    return Registry.of(server)


@pytest.fixture(scope="session")
def dynamodb(server):
    return server.client("dynamodb")


@pytest.fixture
def make_table(dynamodb):  # pylint: disable=redefined-outer-name
    """Tables of one's own: make_table("pk:S", "sk:N", indexes={"by-g": ("g:S", "h:N", "ALL")}, ...) gives the name."""
    names = []

    def keys(*attributes):
        return [{"AttributeName": one.split(":")[0], "KeyType": kind}
                for one, kind in zip(attributes, ("HASH", "RANGE")) if one]

    def make(hash_key="pk:S", range_key=None, global_indexes=None, local_indexes=None, **more):
        name = "t-" + uuid.uuid4().hex
        used = [hash_key, range_key]
        for parts in (global_indexes or {}).values():
            used += parts[:2]
        for parts in (local_indexes or {}).values():
            used += [parts[0]]
        definitions = {one.split(":")[0]: one.split(":")[1] for one in used if one}
        request = {"TableName": name, "KeySchema": keys(hash_key, range_key), "BillingMode": "PAY_PER_REQUEST",
                   "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in definitions.items()]}
        if global_indexes:
            request["GlobalSecondaryIndexes"] = [
                {"IndexName": index, "KeySchema": keys(*parts[:2]), "Projection": projection(parts[2])}
                for index, parts in global_indexes.items()]
        if local_indexes:
            request["LocalSecondaryIndexes"] = [
                {"IndexName": index, "KeySchema": keys(hash_key, parts[0]), "Projection": projection(parts[1])}
                for index, parts in local_indexes.items()]
        dynamodb.create_table(**(request | more))
        names.append(name)
        return name

    def projection(kind):
        if isinstance(kind, str):
            return {"ProjectionType": kind}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(kind)}

    yield make
    for name in names:
        try:
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            pass
