"""Access points, and clients that reach them: SDKs put an account, or an access point's name, before the host's."""

import json
import socket
import uuid

ACCOUNT = "000000000000"
REGION = "us-east-1"


def resolve_labels(patch):
    """Names below 127.0.0.1 lead there, as a wildcard in DNS would have it. `patch` is pytest's MonkeyPatch."""
    resolve = socket.getaddrinfo

    def below(host, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        return resolve("127.0.0.1" if name and name.endswith(".127.0.0.1") else host, *arguments, **options)

    patch.setattr(socket, "getaddrinfo", below)


class Points:
    """Makes access points of one account."""

    def __init__(self, server, account=ACCOUNT, **keys):
        self.account = account
        self.control = server.client("s3control", **keys)

    def make(self, bucket, **options):
        """The name, the ARN and the alias."""
        name = "p-" + uuid.uuid4().hex[:12]
        made = self.control.create_access_point(AccountId=self.account, Name=name, Bucket=bucket, **options)
        return name, made["AccessPointArn"], made["Alias"]

    def make_for_function(self, supporting, function, **options):
        name = "o-" + uuid.uuid4().hex[:12]
        made = self.control.create_access_point_for_object_lambda(
            AccountId=self.account, Name=name, Configuration=configuration(supporting, function, **options))
        return name, made["ObjectLambdaAccessPointArn"], made["Alias"]["Value"]

    def allow(self, name, *statements):
        self.control.put_access_point_policy(AccountId=self.account, Name=name, Policy=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))


def configuration(supporting, function, payload=None, actions=("GetObject",), **options):
    transformation = {"AwsLambda": {"FunctionArn": function, **({"FunctionPayload": payload} if payload else {})}}
    return {"SupportingAccessPoint": supporting, **options,
            "TransformationConfigurations": [{"Actions": list(actions), "ContentTransformation": transformation}]}
