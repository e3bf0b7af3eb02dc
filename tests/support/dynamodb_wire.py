"""Requests to DynamoDB as bytes, for what SDKs would not send."""

import http.client
import json

from botocore.awsrequest import AWSRequest
from signing import sign


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def refusal(self):
        """(code, message) of a refusal."""
        document = json.loads(self.body)
        return document["__type"].partition("#")[2], document.get("message") or document.get("Message")


def send(server, target, body, **headers):
    """`body` is bytes, or what becomes JSON; names of headers have _ for -."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    host = server.url.removeprefix("http://")
    request = AWSRequest("POST", server.url + "/", data=body, headers={
        "X-Amz-Target": "DynamoDB_20120810." + target, "Content-Type": "application/x-amz-json-1.0",
        **{name.replace("_", "-"): value for name, value in headers.items()}})
    sign(request, host, "dynamodb", server.credentials)
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request("POST", "/", body, dict(request.headers.items()))
        return Answer(connection.getresponse())
    finally:
        connection.close()
