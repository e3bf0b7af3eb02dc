"""Promise: your AWS code runs unchanged. Functions ask where they run, and nobody else may."""

from blackbox_server import create, invoke
from test_snapstart import ready

ASK = """
import json, os, urllib.error, urllib.request
def handler(event, context):
    event = event or {}
    path = event.get("path", "execution-environment")
    token = event.get("token", os.environ["AWS_LAMBDA_METADATA_TOKEN"])
    url = "http://%s/2026-01-15/metadata/%s" % (os.environ["AWS_LAMBDA_METADATA_API"], path)
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token}, method=event.get("method", "GET"))
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, json.load(answer), answer.headers["Cache-Control"], token]
    except urllib.error.HTTPError as error:
        return [error.code, json.load(error)["errorType"]]
"""


def test_a_function_learns_its_zone(aws):
    name = create(aws, ASK)
    status, document, caching, _ = invoke(aws, name)[1]
    assert (status, document) == (200, {"AvailabilityZoneID": "use1-az1"})
    assert "max-age=" in caching
    assert invoke(aws, name, {"path": "other"})[1] == [404, "Metadata.NotFound"]
    assert invoke(aws, name, {"method": "PUT"})[1] == [405, "Metadata.MethodNotAllowed"]


def test_each_environment_has_a_token_of_its_own(aws):
    tokens = [invoke(aws, create(aws, ASK))[1][3] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert invoke(aws, create(aws, ASK), {"token": tokens[0]})[1] == [401, "Metadata.Unauthorized"]


def test_one_that_begins_with_a_snapshot_has_a_new_token(aws):
    name = ready(aws, ASK)
    assert invoke(aws, name, Qualifier="1")[1][:2] == [200, {"AvailabilityZoneID": "use1-az1"}]
