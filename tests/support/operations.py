"""Every operation that is served, with an input that the published model takes: made from the overlays and the models,
so that a new operation is among them by itself."""

import base64
import functools
import hashlib
import pathlib
import re
import tomllib

import botocore.awsrequest
import botocore.httpsession
import botocore.parsers
import botocore.serialize
import botocore.session
from blackbox_server import ROOT
from shapes import example
from signing import sign

# Members that name something of an account, where the model takes any text or many forms.
OF_AN_ACCOUNT = {
    "AccountId": "{account}",
    "Arn": "arn:aws:lambda:us-east-1:{account}:layer:walk:1",
    "DurableExecutionArn": "arn:aws:lambda:us-east-1:{account}:function:walk:1/durable-execution/walk/walk",
    "OpenIDConnectProviderArn": "arn:aws:iam::{account}:oidc-provider/walk.example",
    "PermissionsBoundary": "arn:aws:iam::{account}:policy/walk",
    "PolicyArn": "arn:aws:iam::{account}:policy/walk",
    "PolicySourceArn": "arn:aws:iam::{account}:role/walk",
    "QueueOwnerAWSAccountId": "{account}",
    "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:{account}:code-signing-config:csc-walkwalkwalkwalkw",
    "jobOwner": "{account}",
    "profileOwner": "{account}",
    "ConsumerARN": "arn:aws:kinesis:us-east-1:{account}:stream/walk/consumer/walk:1",
    "ResourceARN": "arn:aws:kinesis:us-east-1:{account}:stream/walk",
    "StreamARN": "arn:aws:kinesis:us-east-1:{account}:stream/walk",
    "SourceArn": "arn:aws:sqs:us-east-1:{account}:walk",
    "QueueUrl": "http://queues.example/{account}/walk",
    "ResourceArn": "arn:aws:s3:us-east-1:{account}:accesspoint/walk",
    "Resource": "arn:aws:lambda:us-east-1:{account}:function:walk",
    "Role": "arn:aws:iam::{account}:role/walk",
    "RoleArn": "arn:aws:iam::{account}:role/walk",
    "registryId": "{account}",
    "resourceArn": "arn:aws:logs:us-east-1:{account}:log-group:walk",
}
# The same where one service means something else by it than others.
OF_A_SERVICE = {"lambda": {"ResourceArn": "arn:aws:lambda:us-east-1:{account}:function:walk"}}
# Names that may also be said as the ARN of another account's.
NAMES = {
    "FunctionName": "arn:aws:lambda:us-east-1:{account}:function:walk",
    "LayerName": "arn:aws:lambda:us-east-1:{account}:layer:walk",
    "logGroupIdentifier": "arn:aws:logs:us-east-1:{account}:log-group:walk",
}
OTHERS = {"Name": "walk", "Path": "/", "AWSServiceName": "lambda.amazonaws.com", "Url": "https://walk.example", "logGroupIdentifier": "walk",
          "FunctionName": "walk", "LayerName": "walk", "Bucket": "walk-over-all", "CopySource": "walk-over-all/from"}
# Whose template is completed by more than the input says.
RESOLVED = {
    "CreateOpenIDConnectProvider": "arn:aws:iam::{account}:oidc-provider/walk.example",
    "CreateServiceLinkedRole": "arn:aws:iam::{account}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda",
    "GetAccessKeyLastUsed": "*",  # the key's owner, and nobody has this one
}
PLACE = re.compile(r"\{([^}]*)\}")


class Operation:
    def __init__(self, service, name, overlay):
        self.service, self.name, self.overlay = service, name, overlay
        self.action = overlay["action"]
        self.template = overlay.get("resource", "*")
        self.model = models(service).operation_model(name)
        self.protocol = models(service).resolved_protocol
        # Its errors have the codes of the protocol that it began with, beside those of today.
        self.query_compatible = models(service).is_query_compatible
        self.signing_name = models(service).signing_name

    def __str__(self):
        return f"{self.service}-{self.name}"

    def input(self, account, by_arn=False):
        """What the model demands, and what the resource is named by. `by_arn`: as others must say it."""
        known = {**OTHERS, **OF_AN_ACCOUNT, **OF_A_SERVICE.get(self.service, {}), **(NAMES if by_arn else {})}
        shape = self.model.input_shape
        if shape is None:
            return {}
        places = {one.partition(":")[0] for place in PLACE.findall(self.template) for one in place.split("|")}
        if "logGroupIdentifier" in places:
            places.discard("logGroupName")
        if "StreamARN" in places:
            places -= {"StreamName", "NextToken"}
        wanted = set(shape.required_members) | (places & set(shape.members)) - {"Qualifier", "CustomSuffix", "IndexName"}
        given = {}
        for member in sorted(wanted):
            text = known.get(member)
            given[member] = text.format(account=account) if text else example(shape.members[member])
        return given

    def resource(self, given, account):
        """The ARN that a permission is needed for, from the overlay's template."""
        if self.name in RESOLVED:
            return RESOLVED[self.name].format(account=account)
        filled = {**self.overlay.get("defaults", {}), **given}
        owner = account

        def value(place):
            nonlocal owner
            if place[1].startswith("@"):
                return {"@region": "us-east-1", "@account": account}[place[1]]
            for member, _, part in (one.partition(":") for one in place[1].split("|")):
                text = str(filled.get(member, ""))
                if part == "account":
                    owner, text = text, ""
                if part == "queue":
                    owner, text = text.split("/")[-2:]
                if part and text.startswith("arn:"):
                    owner, text = text.split(":")[4], text.rpartition("/")[2] if part == "stream" else text.split(":")[6]
                if text and part != "qualifier":
                    return text
            return ""

        without = re.sub(r"\[[^\]]*\]", "", self.template)  # no input here has a qualifier
        text = PLACE.sub(value, without)
        if text == "*" or text.startswith("arn:"):
            return text
        region = "" if self.signing_name in ("iam", "sts") else "us-east-1"
        return f"arn:aws:{self.signing_name}:{region}:{owner}:{text}"

    def may_be_foreign(self):
        if self.template.startswith("arn:aws:s3:::"):  # whose a bucket is, its name does not say
            return self.name != "CreateBucket"
        return self.resource(self.input("999999999999", by_arn=True), "0" * 12).split(":")[4:5] == ["999999999999"]


@functools.cache
def models(service):
    return botocore.session.get_session().get_service_model(service)


def served():
    """All of them, by the overlays."""
    found = []
    for path in sorted(pathlib.Path(ROOT, "api").glob("*.toml")):
        overlay = tomllib.loads(path.read_text())
        service = overlay["service"].get("model", path.stem)
        found += [Operation(service, name, row) for name, row in overlay.items() if name not in ("service", "shapes", "errors")]
    return found


class Answer:
    def __init__(self, operation, response):
        self.status, self.headers = response.status_code, response.headers
        self.body = response.content.decode(errors="replace")
        streams = operation.model.has_event_stream_output and self.status < 300
        parser = botocore.parsers.create_parser(operation.protocol)
        parsed = {} if streams else parser.parse(
            {"status_code": self.status, "headers": response.headers, "body": response.content},
            operation.model.output_shape if not operation.model.has_streaming_output else None)
        self.bare = operation.model.http.get("method") == "HEAD"  # answers have no body, so no code but the status
        self.code = parsed.get("Error", {}).get("Code", "")
        self.text = parsed.get("Error", {}).get("Message", "")

    def refusal(self):
        return self.status, self.code, self.text


class Wire:
    """Sends operations as SDKs do, with keys, without, or with wrong ones."""

    def __init__(self, url):
        self.url = url
        self.session = botocore.httpsession.URLLib3Session(timeout=30)

    def send(self, operation, given, keys=None, **signing):
        serializer = botocore.serialize.create_serializer(operation.protocol, include_validation=False)
        described = serializer.serialize_to_request(given, operation.model)
        described.pop("host_prefix", None)  # one host is all there is
        if operation.model.http_checksum.get("requestChecksumRequired"):
            digest = hashlib.md5(described["body"] or b"").digest()
            described["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
        botocore.awsrequest.prepare_request_dict(described, endpoint_url=self.url, user_agent="walk")
        request = botocore.awsrequest.create_request_object(described)
        if keys:
            sign(request, self.url.removeprefix("http://"), operation.signing_name, keys, **signing)
        return Answer(operation, self.session.send(request.prepare()))
