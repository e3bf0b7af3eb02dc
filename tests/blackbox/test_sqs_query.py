"""Promise: your AWS code runs unchanged: also code of before 2023, which speaks to SQS in forms and reads XML."""

import os
import subprocess
import sys
import urllib.parse
import uuid
import xml.etree.ElementTree

import botocore.awsrequest
import botocore.httpsession
import pytest
from signing import sign

DEBIAN = "/usr/bin/aws"
NEEDS_VERSION_2 = pytest.mark.skipif(not os.path.exists(DEBIAN), reason=f"no {DEBIAN}: apt-get install awscli")
NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


class Form:
    def __init__(self, server):
        self.server = server
        self.session = botocore.httpsession.URLLib3Session(timeout=30)

    def send(self, path="/", method="POST", **parameters):
        """(status, the answer's root element)"""
        text = urllib.parse.urlencode({"Version": "2012-11-05", **parameters})
        url = self.server.url + path + ("?" + text if method == "GET" else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        request = botocore.awsrequest.AWSRequest(method=method, url=url, data=text if method == "POST" else None, headers=headers)
        sign(request, self.server.url.removeprefix("http://"), "sqs", self.server.credentials)
        response = self.session.send(request.prepare())
        assert response.headers["Content-Type"] == "text/xml"
        return response.status_code, xml.etree.ElementTree.fromstring(response.content)


@pytest.fixture(scope="module")
def form(server):
    return Form(server)


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12])["QueueUrl"]


def texts(root, *names):
    return [root.findtext(f".//{NAMESPACE}{name}") for name in names]


def test_a_queues_life_in_forms(server, form):
    name = "q-" + uuid.uuid4().hex[:12]
    status, root = form.send(Action="CreateQueue", QueueName=name, **{
        "Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "0", "Attribute.2.Name": "VisibilityTimeout", "Attribute.2.Value": "7",
        "Tag.1.Key": "team", "Tag.1.Value": "blue"})
    assert status == 200 and root.tag == NAMESPACE + "CreateQueueResponse"
    (url,) = texts(root, "QueueUrl")
    assert url == f"{server.url}/000000000000/{name}"
    assert root.find(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId") is not None
    path = urllib.parse.urlparse(url).path

    _, root = form.send(path, Action="GetQueueAttributes", **{"AttributeName.1": "VisibilityTimeout", "AttributeName.2": "QueueArn"})
    assert {entry.findtext(NAMESPACE + "Name"): entry.findtext(NAMESPACE + "Value") for entry in root.iter(NAMESPACE + "Attribute")} == {
        "VisibilityTimeout": "7", "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{name}"}
    _, root = form.send(path, Action="ListQueueTags")
    assert texts(root, "Key", "Value") == ["team", "blue"]
    _, root = form.send(Action="ListQueues", QueueNamePrefix=name)
    assert texts(root, "QueueUrl") == [url]
    status, root = form.send(path, Action="DeleteQueue")
    assert status == 200 and [child.tag for child in root] == [NAMESPACE + "ResponseMetadata"]


def test_messages_in_forms(form, url):
    path = urllib.parse.urlparse(url).path
    status, root = form.send(path, Action="SendMessage", MessageBody="a & b", **{
        "MessageAttribute.1.Name": "attr1", "MessageAttribute.1.Value.DataType": "Number", "MessageAttribute.1.Value.StringValue": "99.12"})
    assert status == 200
    assert texts(root, "MD5OfMessageAttributes") == ["d302007e9aa062660afc85fd0a482472"]
    status, root = form.send(method="GET", Action="ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="5", VisibilityTimeout="10",
                             WaitTimeSeconds="1", **{"AttributeName.1": "All", "MessageAttributeName.1": "All"})
    (message,) = root.iter(NAMESPACE + "Message")
    assert texts(message, "Body", "MD5OfMessageAttributes") == ["a & b", "d302007e9aa062660afc85fd0a482472"]
    names = [entry.findtext(NAMESPACE + "Name") for entry in message.findall(NAMESPACE + "Attribute")]
    assert set(names) == {"SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"}
    attribute = message.find(NAMESPACE + "MessageAttribute")
    assert texts(attribute, "Name", "DataType", "StringValue") == ["attr1", "Number", "99.12"]
    (handle,) = texts(message, "ReceiptHandle")
    status, root = form.send(path, Action="DeleteMessageBatch", **{
        "DeleteMessageBatchRequestEntry.1.Id": "one", "DeleteMessageBatchRequestEntry.1.ReceiptHandle": handle,
        "DeleteMessageBatchRequestEntry.2.Id": "two", "DeleteMessageBatchRequestEntry.2.ReceiptHandle": "x"})
    assert root.findtext(f".//{NAMESPACE}DeleteMessageBatchResultEntry/{NAMESPACE}Id") == "one"
    failed = root.find(f".//{NAMESPACE}BatchResultErrorEntry")
    assert texts(failed, "Id", "Code", "SenderFault") == ["two", "ReceiptHandleIsInvalid", "true"]


def test_one_entry_of_a_list_needs_no_number(form, sqs, url):
    path = urllib.parse.urlparse(url).path
    form.send(path, Action="SetQueueAttributes", **{"Attribute.Name": "VisibilityTimeout", "Attribute.Value": "7"})
    _, root = form.send(path, Action="GetQueueAttributes", AttributeName="VisibilityTimeout")
    assert texts(root, "Name", "Value") == ["VisibilityTimeout", "7"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    _, root = form.send(path, Action="ReceiveMessage", AttributeName="ApproximateReceiveCount")
    assert texts(root, "Name", "Value") == ["ApproximateReceiveCount", "1"]


def test_a_body_of_a_mebibyte_fits_a_form(form, sqs, url):
    body = "ü" * (1 << 19)
    status, _ = form.send(Action="SendMessage", QueueUrl=url, MessageBody=body)
    assert status == 200
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == body


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/", "/000000000000/q"])
def test_a_request_without_an_action(form, method, path):
    status, root = form.send(path, method)
    assert (status, root.tag) == (404, "UnknownOperationException")


@pytest.mark.parametrize("path, parameters, status, code, text", [
    ("/000000000000/gone", {"Action": "ReceiveMessage"}, 400, "AWS.SimpleQueueService.NonExistentQueue",
     "The specified queue does not exist for this wsdl version."),
    ("/", {"Action": "Nonsense"}, 400, "InvalidAction", "The action Nonsense is not valid for this endpoint."),
    ("/000000000000/q", {"Action": "ListQueues"}, 400, "InvalidAction", "The action ListQueues is not valid for this endpoint."),
    ("/", {"Action": "SendMessage", "MessageBody": "b"}, 400, "MissingParameter", "The request must contain the parameter QueueUrl."),
    ("/000000000000/gone", {"Action": "ReceiveMessage", "MaxNumberOfMessages": "11"}, 400, "InvalidParameterValue",
     "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."),
    ("/000000000000/gone", {"Action": "SendMessageBatch"}, 400, "AWS.SimpleQueueService.EmptyBatchRequest",
     "There should be at least one SendMessageBatchRequestEntry in the request."),
])
def test_errors_in_forms(form, path, parameters, status, code, text):
    got, root = form.send(path, **parameters)
    assert got == status and root.tag == NAMESPACE + "ErrorResponse"
    assert [child.tag.removeprefix(NAMESPACE) for child in root.find(NAMESPACE + "Error")] == ["Type", "Code", "Message", "Detail"]
    assert texts(root, "Type", "Code", "Message") == ["Sender", code, text]


@pytest.mark.parametrize("version", [1, pytest.param(2, marks=NEEDS_VERSION_2)])
def test_the_command_line(server, version):
    """Debian's is of before 2023 and speaks in forms, the other in JSON."""
    program = [sys.executable, "-m", "awscli"] if version == 1 else [DEBIAN]

    def aws(*words):
        done = subprocess.run([*program, "--endpoint-url", server.url, "sqs", *words, "--output", "text"], env=server.environment(),
                              capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout.strip(), done.stderr

    name = "q-" + uuid.uuid4().hex[:12]
    _, url, _ = aws("create-queue", "--queue-name", name, "--attributes", "VisibilityTimeout=5")
    assert url == f"{server.url}/000000000000/{name}"
    assert aws("send-message", "--queue-url", url, "--message-body", "hello", "--query", "MD5OfMessageBody")[1] == "5d41402abc4b2a76b9719d911017c592"
    status, answer, _ = aws("receive-message", "--queue-url", url, "--query", "Messages[0].[Body,ReceiptHandle]")
    body, handle = answer.split()
    assert (status, body) == (0, "hello")
    assert aws("delete-message", "--queue-url", url, "--receipt-handle", handle)[0] == 0
    assert aws("delete-queue", "--queue-url", url)[0] == 0
    status, _, error = aws("send-message", "--queue-url", url, "--message-body", "x")
    assert status != 0 and "AWS.SimpleQueueService.NonExistentQueue" in error
