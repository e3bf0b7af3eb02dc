"""Promise: nobody reaches a queue that its owner's or its own policy does not let in, and who is let in reaches it from any
account."""

import json
import uuid

import pytest
from blackbox_server import allow, deny, policy_of
from refusals import refusal

DENIED = (400, "AccessDenied")


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12])["QueueUrl"]


@pytest.fixture(scope="module")
def stranger(server):
    number, root = server.make_account()
    return number, server.client("sqs", **root), server.make_user(policy=allow("sqs:*"), **root)


def arn_of(url):
    return f"arn:aws:sqs:us-east-1:000000000000:{url.rpartition('/')[2]}"


def let(sqs, url, *statements):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_of(*statements) if statements else ""})


def test_another_account_needs_both_sides(server, sqs, url, stranger):
    number, _, user = stranger
    theirs = server.client("sqs", **user.keys)
    assert refusal(theirs.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    let(sqs, url, {**allow("sqs:SendMessage", resource=arn_of(url)), "Principal": {"AWS": number}})
    assert theirs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    assert refusal(theirs.receive_message, QueueUrl=url)[:2] == DENIED
    user.may(deny("sqs:SendMessage"))
    assert refusal(theirs.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    user.may(allow("sqs:*"))
    let(sqs, url)
    assert refusal(theirs.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "x"


def test_a_queues_policy_is_enough_for_a_user_of_its_account(server, sqs, url):
    user = server.make_user()
    mine = server.client("sqs", **user.keys)
    assert refusal(mine.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    let(sqs, url, {**allow("sqs:SendMessage"), "Principal": {"AWS": user.arn}})
    assert mine.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    let(sqs, url, {**deny("sqs:SendMessage"), "Principal": "*"})
    assert refusal(mine.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED


def test_add_permission_lets_an_account_in_and_remove_takes_it_back(sqs, url, stranger):
    number, theirs, _ = stranger
    sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=[number], Actions=["SendMessage"])
    written = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert written == {"Version": "2008-10-17", "Id": arn_of(url) + "/SQSDefaultPolicy", "Statement": [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{number}:root"}, "Action": "SQS:SendMessage",
        "Resource": arn_of(url)}]}
    assert theirs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    assert refusal(sqs.add_permission, QueueUrl=url, Label="one", AWSAccountIds=[number], Actions=["*"]) == (
        400, "InvalidParameterValue", "Value one for parameter Label is invalid. Reason: Already exists.")
    sqs.remove_permission(QueueUrl=url, Label="one")
    assert refusal(theirs.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    assert refusal(sqs.remove_permission, QueueUrl=url, Label="one")[:2] == (400, "InvalidParameterValue")


def test_a_statement_has_seven_actions_at_most(sqs, url):
    actions = ["SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl",
               "PurgeQueue", "ListDeadLetterSourceQueues"]
    assert refusal(sqs.add_permission, QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=actions) == (
        403, "OverLimit", "8 Actions were found, maximum allowed is 7.")
    sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=actions[:7])


def test_a_refusal_names_the_action_in_small_letters(server, url):
    user = server.make_user()
    assert refusal(server.client("sqs", **user.keys).send_message, QueueUrl=url, MessageBody="x")[2] == (
        f"User: {user.arn} is not authorized to perform: sqs:sendmessage on resource: {arn_of(url)} because no identity-based policy "
        "allows the sqs:sendmessage action")


def test_only_accounts_are_let_in(sqs, url):
    for accounts, shown in (([], "[]"), (["111111111111", "x"], "[111111111111, x]")):
        assert refusal(sqs.add_permission, QueueUrl=url, Label="one", AWSAccountIds=accounts, Actions=["SendMessage"]) == (
            400, "InvalidParameterValue", f"Value {shown} for parameter PrincipalId is invalid. Reason: Unable to verify.")


def test_tags_of_a_queue_are_conditions(server, sqs, url):
    user = server.make_user(policy=allow("sqs:SendMessage", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}))
    mine = server.client("sqs", **user.keys)
    assert refusal(mine.send_message, QueueUrl=url, MessageBody="x")[:2] == DENIED
    sqs.tag_queue(QueueUrl=url, Tags={"team": "blue"})
    assert mine.send_message(QueueUrl=url, MessageBody="x")["MessageId"]


def test_moving_needs_the_rights_to_receive_and_send(server, sqs):
    dead, target = (sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12])["QueueUrl"] for _ in range(2))
    sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12], Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1})})
    user = server.make_user(policy=allow("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage"))
    mine = server.client("sqs", **user.keys)
    move = {"SourceArn": arn_of(dead), "DestinationArn": arn_of(target)}
    assert refusal(mine.start_message_move_task, **move)[:2] == DENIED
    user.may(allow("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage"))
    assert mine.start_message_move_task(**move)["TaskHandle"]
