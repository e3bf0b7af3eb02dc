"""Queues for tests of what comes to them and goes from them."""

import json
import uuid

from blackbox_server import TRUST, policy_of


def make_queue(sqs, name=None, **attributes):
    """URL and ARN of a new one."""
    url = sqs.create_queue(QueueName=name or "q-" + uuid.uuid4().hex[:12], Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def take(sqs, url, wait=20):
    """One message with all that belongs to it, which is deleted; nothing when none comes."""
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=wait, MessageAttributeNames=["All"],
                                   MessageSystemAttributeNames=["All"]).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages[0] if messages else None


def counts(sqs, url):
    """How many messages wait, and how many are in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(found[name]) for name in names)


def make_role(server, *statements):
    """A role that Lambda may have, which may do this and nothing else. Gives its ARN."""
    iam = server.client("iam")
    name = "r-" + uuid.uuid4().hex[:12]
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy_of(*statements))
    return arn
