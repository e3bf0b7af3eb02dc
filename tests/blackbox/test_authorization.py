"""Promise: every call is authorized. A walk over all operations that are served, which finds new ones by itself: each
refuses who did not sign, or wrongly, or with keys that have ended, or too early or late, who may not, and who is of another
account; and lets in who has exactly the permission that its overlay names."""

import datetime
import json
import re
import subprocess

import pytest
from blackbox_server import ROOT, Server, allow
from operations import Wire, models, served
from shapes import example

OPERATIONS = served()
WALK = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
# Open to everyone who can sign: what they tell and give is the caller's own.
# Whose handlers ask, of each table or repository that a request names (test_dynamodb_access.py, test_ecr.py).
ASK_THEMSELVES = {"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement",
                  "ExecuteTransaction", "ImportTable", "DescribeRepositories"}
OPEN = {"GetCallerIdentity", "GetSessionToken"}
# Open to those who have nothing to sign with, and what they are refused with when what they show is no token.
UNSIGNED_TOO = {"AssumeRoleWithWebIdentity": (400, "InvalidIdentityToken"), "DeleteObjects": (200, ""),
                "WriteGetObjectResponse": (400, "ValidationError")}
# Says no without the reason, as that would tell whether the role exists.
SECRETIVE = {"AssumeRole"}
# What is asked for beyond the operation's own permission. Who may not list a bucket is not told what is not in it.
ALSO = {"CreateFunction": ["iam:PassRole"], "UploadPartCopy": ["s3:GetObject"], "DescribeRepositories": ["ecr:DescribeRepositories"],
        # On the table that is made, too.
        **{name: ["dynamodb:" + name] for name in ("RestoreTableFromBackup", "RestoreTableToPointInTime", "ImportTable")},
        **dict.fromkeys(["GetObject", "HeadObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "GetObjectAcl",
                         "PutObjectAcl", "GetObjectRetention", "PutObjectRetention", "GetObjectLegalHold", "PutObjectLegalHold",
                         "RestoreObject"], ["s3:ListBucket"]),
        **dict.fromkeys(["CopyObject", "GetObjectAttributes"], ["s3:GetObject", "s3:ListBucket"])}

UNSIGNED = {"query": (403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
            "json": (400, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
            "rest-json": (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
            "rest-xml": (403, "AccessDenied", "Access Denied")}
WRONG = {"query": (403, "SignatureDoesNotMatch"), "json": (400, "InvalidSignatureException"),
         "rest-json": (403, "InvalidSignatureException"), "rest-xml": (403, "SignatureDoesNotMatch")}
SKEWED = {**WRONG, "rest-xml": (403, "RequestTimeTooSkewed")}
UNKNOWN = {"query": (403, "InvalidClientTokenId"), "json": (400, "UnrecognizedClientException"),
           "rest-json": (403, "UnrecognizedClientException"), "rest-xml": (403, "InvalidAccessKeyId")}
NO_TOKEN = {**UNKNOWN, "rest-xml": (400, "InvalidToken")}
ENDED = {"query": (403, "ExpiredToken"), "json": (400, "ExpiredTokenException"), "rest-json": (403, "ExpiredTokenException"),
         "rest-xml": (400, "ExpiredToken")}
DENIED = {"query": (403, "AccessDenied"), "json": (400, "AccessDeniedException"), "rest-json": (403, "AccessDeniedException"),
          "rest-xml": (403, "AccessDenied")}
# S3 has words of its own.
S3_TEXTS = {"SignatureDoesNotMatch": "The request signature we calculated does not match the signature you provided. Check your "
                                     "key and signing method.",
            "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
            "InvalidToken": "The provided token is malformed or otherwise invalid.",
            "ExpiredToken": "The provided token has expired.",
            "RequestTimeTooSkewed": "The difference between the request time and the current time is too large."}

WRONG_TEXT = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
              "and signing method. Consult the service documentation for details.")
UNKNOWN_TEXT = "The security token included in the request is invalid."
ENDED_TEXT = "The security token included in the request is expired"
MOMENT = r"\d{8}T\d{6}Z"
LATE = rf"Signature expired: {MOMENT} is now earlier than {MOMENT} \({MOMENT} - 5 min\.\)"
EARLY = rf"Signature not yet current: {MOMENT} is still later than {MOMENT} \({MOMENT} \+ 5 min\.\)"
MINUTES = datetime.timedelta(minutes=1)


class Account:
    """An account in which nothing but the walk happens."""

    def __init__(self, server):
        self.number, self.root = server.make_account("--name", "walk")
        self.user = server.make_user(**self.root)
        self.admin = server.make_user(policy=allow("*"), **self.root)


@pytest.fixture(scope="module")
def account(server):
    made = Account(server)
    # One that AssumeRole can succeed with.
    server.client("iam", **made.root).create_role(RoleName="walk", AssumeRolePolicyDocument=(
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:AssumeRole"}}'
        % made.number))
    server.client("s3", **made.root).create_bucket(Bucket="walk-over-all")
    return made


@pytest.fixture(scope="module")
def stranger(server):
    return Account(server)


@pytest.fixture(scope="module")
def wire(server):
    return Wire(server.url)


def expected(table, operation):
    """What SDKs make of it: services that began with forms keep the codes of then."""
    row = table[operation.protocol]
    return (row[0], table["query"][1], *row[2:]) if operation.query_compatible else row


def check(answer, refusal, text=None):
    """The refusal; S3 says in words of its own what others say with `text`."""
    if answer.bare:
        assert answer.status == refusal[0]
        return
    assert answer.refusal()[:2] == refusal
    wanted = S3_TEXTS.get(refusal[1], text) if "x-amz-id-2" in answer.headers else text
    assert text is None or answer.text == wanted


def denial(arn, action, resource, policy="identity-based"):
    where = "" if resource == "*" else f" on resource: {resource}"
    action = action.lower() if action.startswith("sqs:") else action  # SQS tells them so
    return (f"User: {arn} is not authorized to perform: {action}{where} because no {policy} policy allows the {action} action")


def test_the_walk_is_over_what_the_overlays_serve():
    """And operations that need no permission are those of the list, no more and no fewer."""
    assert len(OPERATIONS) > 170 and {one.service for one in OPERATIONS} >= {"iam", "lambda", "logs", "sqs", "sts"}
    assert {one.name for one in OPERATIONS if not one.action} == OPEN | ASK_THEMSELVES | set(UNSIGNED_TOO)
    assert {one.name for one in OPERATIONS if one.overlay.get("anonymous")} == {"AssumeRoleWithWebIdentity"}
    for one in OPERATIONS:
        assert not one.action or one.action.partition(":")[0] == one.signing_name
    assert sum(one.may_be_foreign() for one in OPERATIONS) > 60


@WALK
def test_who_did_not_sign(wire, account, operation):
    answer = wire.send(operation, operation.input(account.number))
    if operation.name in UNSIGNED_TOO:
        assert answer.refusal()[:2] == UNSIGNED_TOO[operation.name]
        return
    row = expected(UNSIGNED, operation)
    check(answer, row[:2], row[2])


@WALK
def test_who_signed_wrongly(wire, account, operation):
    given = operation.input(account.number)
    answer = wire.send(operation, given, {**account.admin.keys, "aws_secret_access_key": "x" * 40})
    check(answer, expected(WRONG, operation), WRONG_TEXT)
    answer = wire.send(operation, given, {**account.admin.keys, "aws_access_key_id": "AKIAUNKNOWNUNKNOWN00"})
    check(answer, expected(UNKNOWN, operation), UNKNOWN_TEXT)
    answer = wire.send(operation, given, {**account.admin.keys, "aws_session_token": "bm90IGEgdG9rZW4="})
    check(answer, expected(NO_TOKEN, operation), UNKNOWN_TEXT)


@pytest.mark.parametrize("age, text", [(6 * MINUTES, LATE), (-6 * MINUTES, EARLY)], ids=["late", "early"])
@WALK
def test_a_date_beyond_the_skew(wire, account, operation, age, text):
    s3 = operation.protocol == "rest-xml"
    patient = s3 or operation.service.startswith("dynamodb")  # bears a quarter of an hour
    answer = wire.send(operation, operation.input(account.number), account.admin.keys, age=age * 16 / 6 if patient else age)
    check(answer, expected(SKEWED, operation))
    assert s3 or re.fullmatch(text.replace("5 min", "15 min") if patient else text, answer.text), answer.text


@WALK
def test_who_may_nothing(wire, account, operation):
    given = operation.input(account.number)
    answer = wire.send(operation, given, account.user.keys)
    if operation.name in ASK_THEMSELVES:
        return
    if not operation.action:
        assert answer.status == 200 or answer.refusal()[:2] == UNSIGNED_TOO[operation.name]
        return
    text = denial(account.user.arn, operation.action, operation.resource(given, account.number))
    if operation.name in SECRETIVE:
        text = text.partition(" because")[0]
    check(answer, expected(DENIED, operation), text)
    # To the letter, as clients without a model read it.
    code = DENIED[operation.protocol][1]
    if operation.protocol == "rest-xml":
        end = "</Error>" if operation.service == "s3control" else ""
        assert answer.bare or f"<Error><Code>{code}</Code><Message>{text}</Message>{end}<RequestId>" in answer.body
    elif operation.protocol == "query":
        assert f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>" in answer.body
    else:
        # A service that has the refusal among its errors spells it as those.
        own = operation.protocol == "rest-json" and code in models(operation.service).shape_names
        spelled = {"json": {"__type": code, "Message": text}, "rest-json": {"message" if own else "Message": text}}[operation.protocol]
        told = json.loads(answer.body)
        if "__type" in told:  # some services write a name space before it
            told["__type"] = told["__type"].rpartition("#")[2]
        assert told == spelled
        assert answer.headers["x-amzn-RequestId"] and (operation.protocol == "json" or answer.headers["x-amzn-ErrorType"] == code)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.may_be_foreign()], ids=str)
def test_who_may_everything_in_another_account(wire, account, stranger, operation):
    given = operation.input(account.number, by_arn=True)
    resource = operation.resource(given, stranger.number)
    assert f":{account.number}:" in resource or operation.protocol == "rest-xml"
    answer = wire.send(operation, given, stranger.admin.keys)
    text = denial(stranger.admin.arn, operation.action, resource, "resource-based")
    if operation.name in SECRETIVE:
        text = text.partition(" because")[0]
    check(answer, expected(DENIED, operation), text)


@pytest.fixture(scope="module")
def narrow(server, account):
    return server.make_user(**account.root)


@WALK
def test_who_has_exactly_this_permission(wire, account, narrow, operation):
    """On exactly this resource, and from the moment that it is given."""
    given = operation.input(account.number)
    resource = operation.resource(given, account.number)
    rights = [allow(operation.action, resource=resource)] if operation.action else []
    rights += [allow(*ALSO[operation.name])] if operation.name in ALSO else []
    if rights:
        narrow.may(*rights)
    answer = wire.send(operation, given, narrow.keys)
    assert answer.status < 500 or answer.code == "NotImplemented", answer.refusal()
    assert answer.code not in expected(DENIED, operation) and answer.status not in (401, 403), answer.refusal()


def only(shape, path):
    """A member, or one of a member ("Configuration.Tags"), and nothing else."""
    name, _, rest = path.partition(".")
    return {name: only(shape.members[name], rest) if rest else example(shape.members[name])}


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.overlay.get("also")], ids=str)
def test_what_is_needed_beside_the_operations_own_permission(wire, account, narrow, operation):
    """To tag something that is made, above all: the right to make it does not give that."""
    given = operation.input(account.number)
    for member, action in operation.overlay["also"].items():
        more = {**given, **only(operation.model.input_shape, member)}
        resource = operation.resource(more, account.number)
        narrow.may(allow(operation.action, resource=resource), *([allow(*ALSO[operation.name])] if operation.name in ALSO else []))
        answer = wire.send(operation, more, narrow.keys)
        assert answer.refusal() == (*expected(DENIED, operation), denial(narrow.arn, action, resource))
        narrow.may(allow(operation.action, action, *ALSO.get(operation.name, []), resource="*"))
        answer = wire.send(operation, more, narrow.keys)
        assert answer.code not in expected(DENIED, operation), answer.refusal()


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A server two hours after it gave out a session of an hour."""
    folder = tmp_path_factory.mktemp("ended")
    library = folder / "later.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "tests/support/later.c", "-ldl"], check=True)
    now = Server(str(folder / "data")).start()
    admin = now.make_user(policy=allow("*"))
    session = now.client("sts", **admin.keys).get_session_token(DurationSeconds=3600)["Credentials"]
    assert now.stop() == 0
    later = Server(now.data, under=("env", f"LD_PRELOAD={library}", "LATER_SECONDS=7200"))
    later.make_role = lambda *_, **__: None  # its clients' clocks are behind
    later.start()
    yield later, {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"],
                  "aws_session_token": session["SessionToken"]}, admin.keys
    later.stop()


@WALK
def test_a_session_that_has_ended(ended, operation):
    server, session, keys = ended
    wire, ahead = Wire(server.url), datetime.timedelta(hours=-2)
    given = operation.input("000000000000")
    answer = wire.send(operation, given, session, age=ahead)
    check(answer, expected(ENDED, operation), ENDED_TEXT)
    if operation.name == "GetCallerIdentity":  # it is the session that has ended, not the clock that is wrong
        assert wire.send(operation, given, keys, age=ahead).status == 200
