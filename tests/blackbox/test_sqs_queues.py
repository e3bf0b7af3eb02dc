"""Promise: your AWS code runs unchanged: queues are made, found, changed, listed, emptied and deleted as on SQS."""

import json
import uuid

import pytest
from blackbox_server import Server
from refusals import refusal

INVALID = "InvalidParameterValue"
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def name():
    return "q-" + uuid.uuid4().hex[:12]


def make(sqs, name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"]).get("Attributes")


def test_the_url_leads_to_this_server(server, sqs, name):
    url = make(sqs, name)
    assert url == f"{server.url}/000000000000/{name}"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId="000000000000")["QueueUrl"] == url
    assert refusal(sqs.get_queue_url, QueueName=name + "x") == (400, NO_QUEUE, "The specified queue does not exist.")


def test_any_url_with_account_and_name_is_understood(sqs, name):
    make(sqs, name)
    for url in (f"https://sqs.us-east-1.amazonaws.com/000000000000/{name}", f"https://queue.amazonaws.com/000000000000/{name}",
                f"http://us-east-1.queue.amazonaws.com/000000000000/{name}", name):
        assert attributes(sqs, url, "QueueArn") == {"QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{name}"}


def test_what_a_new_queue_is_like(sqs, name):
    found = attributes(sqs, make(sqs, name))
    assert int(found.pop("CreatedTimestamp")) == int(found.pop("LastModifiedTimestamp")) > 1_700_000_000
    assert found == {
        "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{name}", "VisibilityTimeout": "30", "DelaySeconds": "0",
        "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true", "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0"}


def test_attributes_that_are_asked_for(sqs, name):
    url = make(sqs, name)
    assert sqs.get_queue_attributes(QueueUrl=url).get("Attributes") is None
    assert attributes(sqs, url, "DelaySeconds", "Policy") == {"DelaySeconds": "0"}
    assert refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Nonsense"]) == (
        400, "InvalidAttributeName", "Unknown Attribute Nonsense.")


def test_making_it_again_is_no_matter_unless_it_would_differ(sqs, name):
    url = make(sqs, name, VisibilityTimeout="60")
    assert make(sqs, name) == make(sqs, name, VisibilityTimeout="60", DelaySeconds="0") == url
    sqs.create_queue(QueueName=name, tags={"other": "tags"})
    assert refusal(make, sqs=sqs, name=name, VisibilityTimeout="61") == (
        400, "QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute VisibilityTimeout")
    assert refusal(make, sqs=sqs, name=name, Policy="{}")[:2] in ((400, "QueueAlreadyExists"), (400, "InvalidAttributeValue"))


def test_a_name_rests_after_its_queue(sqs, name):
    url = make(sqs, name)
    sqs.delete_queue(QueueUrl=url)
    assert refusal(sqs.delete_queue, QueueUrl=url)[:2] == (400, NO_QUEUE)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x")[:2] == (400, NO_QUEUE)
    assert refusal(make, sqs=sqs, name=name) == (
        400, "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.")


def test_the_rest_of_a_name_may_be_none(tmp_path):
    own = Server(str(tmp_path / "data"), "--queue-name-rest", "0").start()
    sqs = own.client("sqs")
    for body in ("first", "second"):
        url = make(sqs, "q")
        sqs.send_message(QueueUrl=url, MessageBody=body)
        assert [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == [body]
        sqs.delete_queue(QueueUrl=url)
    assert own.stop() == 0


def test_names_that_are_none(sqs):
    for bad in ("a b", "a.b", "x" * 81, "a.fifo"):
        assert refusal(make, sqs=sqs, name=bad)[:2] == (400, INVALID), bad
    assert refusal(make, sqs=sqs, name="a", FifoQueue="true")[:2] == (400, INVALID)
    assert refusal(sqs.create_queue, Attributes={}) == (400, "MissingParameter", "The request must contain the parameter QueueName.")


def test_a_fifo_queue_shows_what_it_is(sqs, name):
    found = attributes(sqs, make(sqs, name + ".fifo", FifoQueue="true"))
    assert {key: found.get(key) for key in ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")} == {
        "FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}


def test_attributes_change(sqs, name):
    url = make(sqs, name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5", "Policy": policy, "KmsMasterKeyId": "alias/k"})
    found = attributes(sqs, url)
    assert (found["DelaySeconds"], found["Policy"], found["SqsManagedSseEnabled"]) == ("5", policy, "false")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in attributes(sqs, url)
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "true"}) == (
        400, "InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "x"})[:2] == (400, "InvalidAttributeValue")
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": "no policy"})[:2] == (400, "InvalidAttributeValue")
    assert attributes(sqs, url)["DelaySeconds"] == "5"


def test_a_dead_letter_queue_must_be_there_and_want_it(sqs, name):
    def redrive(target):
        return json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{target}", "maxReceiveCount": "3"})

    assert refusal(make, sqs=sqs, name=name, RedrivePolicy=redrive(name + "-dead"))[:2] == (400, INVALID)
    dead = make(sqs, name + "-dead", RedriveAllowPolicy='{"redrivePermission":"denyAll"}')
    assert refusal(make, sqs=sqs, name=name, RedrivePolicy=redrive(name + "-dead"))[:2] == (400, INVALID)
    by_queue = {"redrivePermission": "byQueue", "sourceQueueArns": [f"arn:aws:sqs:us-east-1:000000000000:{name}"]}
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(by_queue)})
    url = make(sqs, name, RedrivePolicy=redrive(name + "-dead"))
    assert attributes(sqs, url)["RedrivePolicy"] == redrive(name + "-dead")
    assert refusal(make, sqs=sqs, name=name + "2", RedrivePolicy=redrive(name + "-dead"))[:2] == (400, INVALID)
    make(sqs, name + ".fifo", FifoQueue="true")
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": redrive(name + ".fifo")})[:2] == (400, INVALID)
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    assert sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"] == []


def test_queues_are_listed_in_pages(sqs, name):
    assert sqs.list_queues(QueueNamePrefix=name).get("QueueUrls") is None
    urls = [make(sqs, f"{name}-{at}") for at in range(5)]
    make(sqs, "z" + name)
    answer = sqs.list_queues(QueueNamePrefix=name)
    assert answer["QueueUrls"] == urls and "NextToken" not in answer
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix=name, PaginationConfig={"PageSize": 2}))
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert sum((page["QueueUrls"] for page in pages), []) == urls
    assert refusal(sqs.list_queues, MaxResults=0)[:2] == (400, INVALID)


def test_a_purge_leaves_nothing(sqs, name):
    url = make(sqs, name)
    for body in ("ready", "in flight"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=1)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.purge_queue(QueueUrl=url)
    assert refusal(sqs.purge_queue, QueueUrl=url) == (
        403, "AWS.SimpleQueueService.PurgeQueueInProgress", f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)[:2] == (400, INVALID)
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages") is None
    found = attributes(sqs, url)
    assert [found["ApproximateNumberOfMessages" + kind] for kind in ("", "NotVisible", "Delayed")] == ["0", "0", "0"]
    sqs.send_message(QueueUrl=url, MessageBody="new")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "new"


def test_tags(sqs, name):
    url = sqs.create_queue(QueueName=name, tags={"a": "1"})["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}
    sqs.tag_queue(QueueUrl=url, Tags={"b": "2", "a": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "", "b": "2"}
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b", "c"])
    assert sqs.list_queue_tags(QueueUrl=url).get("Tags") is None
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags={str(at): "" for at in range(51)})[:2] == (400, INVALID)


def test_tags_that_cannot_be(sqs, name):
    url = make(sqs, name)
    many = {str(at): "" for at in range(51)}
    too_many = (400, INVALID, f"Too many tags added for queue {name}.")
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags=many) == too_many
    sqs.tag_queue(QueueUrl=url, Tags={"a": ""})
    many.popitem()
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags=many) == too_many
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags={}) == (400, "MissingParameter", "The request must contain the parameter Tags.")
    assert refusal(sqs.untag_queue, QueueUrl=url, TagKeys=[]) == (
        400, INVALID, "Tag keys must be between 1 and 128 characters in length.")
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": ""}


def test_regions_and_accounts_are_apart(server, sqs, name):
    make(sqs, name)
    assert refusal(server.client("sqs", region_name="eu-west-1").get_queue_url, QueueName=name)[:2] == (400, NO_QUEUE)
    _, root = server.make_account()
    assert refusal(server.client("sqs", **root).get_queue_url, QueueName=name)[:2] == (400, NO_QUEUE)
