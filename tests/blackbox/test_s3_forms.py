"""Promise: your AWS code runs unchanged, and every call is authorized: browsers post objects as forms that somebody signed."""
import base64
import hashlib
import hmac
import http.client
import json
import re
import urllib.parse
import uuid

import botocore.config
import pytest
from blackbox_server import allow, until
from test_s3_buckets import open_to_all, policy

SIGNATURES = ("s3v4", "s3")


@pytest.fixture(scope="module")
def clients(server):
    return {version: server.client("s3", config=botocore.config.Config(signature_version=version, s3={"addressing_style": "path"}))
            for version in SIGNATURES}


@pytest.fixture(scope="module")
def s3(clients):
    return clients["s3v4"]


@pytest.fixture(scope="module")
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    return name


def form(fields, file=b"content", filename="a file.txt", after=b""):
    boundary = "x" + uuid.uuid4().hex
    body = b""
    for name, value in fields.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    if file is not None:
        named = f'; filename="{filename}"' if filename is not None else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"{named}\r\nContent-Type: text/plain\r\n\r\n'.encode()
        body += file + b"\r\n" + after
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def send(server, bucket, body, content_type, **headers):
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request("POST", "/" + bucket, body=body,
                       headers={"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def post(server, bucket, fields, *arguments, **options):
    return send(server, bucket, *form(fields, *arguments, **options))


def presigned(client, bucket, key, fields=None, conditions=None, seconds=3600):
    return client.generate_presigned_post(bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds)["fields"]


def error_of(body):
    return re.search("<Code>(.*?)</Code>", body)[1], re.search("<Message>(.*?)</Message>", body, re.S)[1]


def free_policy(bucket, *conditions, **overrides):
    document = {"expiration": "2099-01-01T00:00:00Z", "conditions": [{"bucket": bucket}, *conditions], **overrides}
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize("version", SIGNATURES)
@pytest.mark.parametrize("size", [0, 7, 40_000, 3_000_000])
def test_a_form_makes_an_object(server, clients, bucket, version, size):
    content = (b"\r\n--x-" * (size // 5 + 1))[:size]
    fields = presigned(clients[version], bucket, "posted")
    assert ("AWSAccessKeyId" in fields) == (version == "s3")
    status, headers, body = post(server, bucket, fields, content)
    assert (status, body) == (204, ""), body
    found = clients["s3v4"].get_object(Bucket=bucket, Key="posted", ChecksumMode="ENABLED")
    assert found["Body"].read() == content
    assert found["ETag"] == headers["ETag"] and found["ChecksumCRC64NVME"] == headers["x-amz-checksum-crc64nvme"]
    assert headers["Location"] == f"{server.url}/{bucket}/posted"


def test_a_bucket_may_be_in_the_hosts_name(server, s3, bucket):
    body, kind = form(presigned(s3, bucket, "hosted"))
    host = f"{bucket}.s3.us-east-1.localhost"
    status, headers, _ = send(server, "", body, kind, Host=host)
    assert (status, headers["Location"]) == (204, f"http://{host}/hosted")
    assert s3.head_object(Bucket=bucket, Key="hosted")


def test_fields_say_what_headers_would(server, s3, bucket):
    said = {"Content-Type": "text/html", "Cache-Control": "no-store", "Content-Disposition": "inline", "x-amz-meta-Colour": "blue",
            "x-amz-storage-class": "STANDARD_IA", "acl": "private", "x-amz-website-redirect-location": "/there",
            "tagging": "<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d</Value></Tag></TagSet></Tagging>",
            "x-amz-checksum-algorithm": "SHA256", "x-ignore-me": "?"}
    fields = presigned(s3, bucket, "said", said, [["starts-with", "$" + name, ""] for name in said if name != "x-ignore-me"])
    status, _, body = post(server, bucket, fields)
    assert status == 204, body
    found = s3.get_object(Bucket=bucket, Key="said", ChecksumMode="ENABLED")
    assert (found["ContentType"], found["CacheControl"], found["ContentDisposition"]) == ("text/html", "no-store", "inline")
    assert (found["Metadata"], found["StorageClass"], found["WebsiteRedirectLocation"]) == ({"colour": "blue"}, "STANDARD_IA", "/there")
    assert found["ChecksumSHA256"]
    assert s3.get_object_tagging(Bucket=bucket, Key="said")["TagSet"] == [{"Key": "a b", "Value": "c+d"}]


def test_the_name_of_the_file_becomes_the_keys(server, s3, bucket):
    fields = {**presigned(s3, bucket, "from/${filename}"), "key": "from/${filename}.kept"}
    assert post(server, bucket, fields, filename=r"C:\folder\na me.txt")[0] == 204
    assert s3.head_object(Bucket=bucket, Key="from/na me.txt.kept")
    # A plain field has no name to give.
    assert post(server, bucket, fields, filename=None)[0] == 204
    assert s3.head_object(Bucket=bucket, Key="from/${filename}.kept")


def test_answers_as_the_form_wants_them(server, s3, bucket):
    fields = presigned(s3, bucket, "a b", {"success_action_status": "201"}, [["starts-with", "$success_action_status", ""]])
    status, headers, body = post(server, bucket, fields)
    location = f"{server.url}/{bucket}/a%20b"
    assert (status, headers["Location"], headers["Content-Type"]) == (201, location, "application/xml")
    etag = headers["ETag"].replace('"', "&quot;")
    assert f"<PostResponse><Location>{location}</Location><Bucket>{bucket}</Bucket><Key>a b</Key><ETag>" in body
    assert etag in body or headers["ETag"] in body
    fields["success_action_status"] = "200"
    assert post(server, bucket, fields)[0] == 200
    fields["success_action_status"] = "500"
    assert post(server, bucket, fields)[0] == 204
    to = {"success_action_redirect": "http://there.example/?a=b"}
    fields = presigned(s3, bucket, "k", to, [to])
    status, headers, _ = post(server, bucket, fields)
    assert (status, headers["Location"]) == (
        303, f"http://there.example/?a=b&bucket={bucket}&key=k&etag={urllib.parse.quote(headers['ETag'], safe='')}")


@pytest.mark.parametrize("change, code, message", [
    ({"key": "other"}, "AccessDenied", 'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "right"]'),
    ({"x-amz-meta-a": "b"}, "AccessDenied", "Invalid according to Policy: Extra input fields: x-amz-meta-a"),
    ({"x-amz-signature": "0" * 64}, "SignatureDoesNotMatch", None),
    ({"x-amz-signature": None}, "InvalidArgument", "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, "
                                                   "please check the order of the fields."),
    ({"policy": None}, "InvalidArgument", "Bucket POST must contain a field named 'policy'.  If it is specified, please check the "
                                          "order of the fields."),
    ({"key": None}, "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order "
                                       "of the fields."),
    ({"key": ""}, "InvalidArgument", "User key must have a length greater than 0."),
    ({"x-amz-meta-a": "b" * 21000}, "MaxPostPreDataLengthExceeded", None),
])
def test_forms_that_are_refused(server, s3, bucket, change, code, message):
    fields = {**presigned(s3, bucket, "right"), **change}
    status, _, body = post(server, bucket, {name: value for name, value in fields.items() if value is not None})
    assert status == (403 if code in ("AccessDenied", "SignatureDoesNotMatch") else 400), body
    assert error_of(body)[0] == code and (not message or error_of(body.replace("&quot;", '"'))[1] == message), body


def test_a_wrong_signature_is_told_what_was_signed(server, s3, bucket):
    fields = {**presigned(s3, bucket, "k"), "x-amz-signature": "0" * 64}
    body = post(server, bucket, fields)[2]
    assert f"<StringToSign>{fields['policy']}</StringToSign><SignatureProvided>{'0' * 64}</SignatureProvided>" in body
    assert "<AWSAccessKeyId>" in body and "<StringToSignBytes>" in body and "CanonicalRequest" not in body


def test_policies_end(server, s3, bucket):
    status, _, body = post(server, bucket, presigned(s3, bucket, "k", seconds=-1))
    assert (status, error_of(body)) == (403, ("AccessDenied", "Invalid according to Policy: Policy expired."))


@pytest.mark.parametrize("document", ["no base64!", base64.b64encode(b"no json").decode(), base64.b64encode(b"{}").decode()])
def test_policies_that_are_none(server, s3, bucket, document):
    fields = resigned(s3, presigned(s3, bucket, "k"), document)
    status, _, body = post(server, bucket, fields)
    assert (status, error_of(body)[0]) == (400, "InvalidPolicyDocument"), body


def resigned(s3, fields, document):
    secret = "AWS4" + s3._request_signer._credentials.secret_key  # pylint: disable=protected-access
    key = secret.encode()
    for part in fields["x-amz-credential"].split("/")[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return {**fields, "policy": document, "x-amz-signature": hmac.new(key, document.encode(), hashlib.sha256).hexdigest()}


def test_policies_say_for_which_bucket(server, clients, bucket):
    fields = presigned(clients["s3"], bucket, "posted")

    def signed(document):
        encoded = base64.b64encode(json.dumps(document).encode()).decode()
        signature = hmac.new(server.credentials["aws_secret_access_key"].encode(), encoded.encode(), hashlib.sha1).digest()
        return {**fields, "policy": encoded, "signature": base64.b64encode(signature).decode()}
    conditions = [{"bucket": bucket}, {"key": "posted"}]
    assert post(server, bucket, signed({"expiration": "2099-01-01T00:00:00Z", "conditions": conditions}))[0] == 204
    status, _, body = post(server, bucket, signed({"expiration": "2099-01-01T00:00:00Z", "conditions": conditions[1:]}))
    assert (status, *error_of(body)) == (403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket")
    # The names in a policy are told apart by case, those of fields are not.
    status, _, body = post(server, bucket, signed({"Expiration": "2099-01-01T00:00:00Z", "conditions": conditions}))
    assert (status, *error_of(body)) == (400, "InvalidPolicyDocument", "Invalid Policy: Policy missing expiration.")
    status, _, body = post(server, bucket, signed({"expiration": "2099-01-01T00:00:00Z", "CONDITIONS": conditions}))
    assert (status, *error_of(body)) == (400, "InvalidPolicyDocument", "Invalid Policy: Policy missing conditions.")


@pytest.mark.parametrize("size, code, extras", [
    (9, "EntityTooSmall", "<ProposedSize>9</ProposedSize><MinSizeAllowed>10</MinSizeAllowed>"), (10, None, None), (20, None, None),
    (21, "EntityTooLarge", "<ProposedSize>21</ProposedSize><MaxSizeAllowed>20</MaxSizeAllowed>")])
def test_sizes_are_held_to_the_policy(server, s3, bucket, size, code, extras):
    fields = presigned(s3, bucket, "sized-" + str(size), conditions=[["content-length-range", 10, 20]])
    status, _, body = post(server, bucket, fields, b"x" * size)
    if code:
        assert status == 400 and error_of(body)[0] == code and extras in body
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="sized-" + str(size))
    else:
        assert status == 204, body


def test_bodies_that_are_no_forms(server, bucket):
    status, _, body = send(server, bucket, b"{}", "application/json")
    assert status == 412 and error_of(body)[0] == "PreconditionFailed"
    assert "<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>" in body
    status, _, body = send(server, bucket, b"a=b", "application/x-www-form-urlencoded")
    assert (status, error_of(body)[0]) == (412, "PreconditionFailed")
    status, _, body = send(server, bucket, b"nothing of the kind", "multipart/form-data; boundary=x")
    assert (status, error_of(body)[0]) == (400, "MalformedPOSTRequest")
    status, _, body = post(server, bucket, {"key": "k"}, None)
    assert (status, error_of(body)) == (400, ("InvalidArgument", "POST requires exactly one file upload per request."))


def test_what_was_broken_off_is_no_object(server, s3, bucket):
    body, kind = form(presigned(s3, bucket, "broken"), b"x" * 100_000)
    status, _, answer = send(server, bucket, body[:-60], kind)
    assert (status, error_of(answer)[0]) == (400, "MalformedPOSTRequest")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="broken")


def test_fields_behind_the_file_are_not_read(server, s3, bucket):
    fields = presigned(s3, bucket, "first")
    body, kind = form(fields)
    boundary = kind.partition("=")[2].encode()
    more = b"--" + boundary + b'\r\nContent-Disposition: form-data; name="key"\r\n\r\nsecond\r\n'
    end = b"--" + boundary + b"--\r\n"
    assert send(server, bucket, body.replace(end, more + end), kind)[0] == 204
    assert s3.head_object(Bucket=bucket, Key="first")["ContentLength"] == 7
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="second")


def test_the_signers_rights_count(server, bucket):
    user = server.make_user()
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4"), **user.keys)
    fields = presigned(client, bucket, "users")
    user.may(allow("s3:GetObject"))
    status, _, body = post(server, bucket, fields)
    assert (status, error_of(body)[0]) == (403, "AccessDenied"), body
    user.may(allow("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/users"))
    assert post(server, bucket, fields)[0] == 204
    tagging = {"tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"}
    assert post(server, bucket, presigned(client, bucket, "users", tagging, [tagging]))[0] == 403


def test_sessions_sign_forms(server, bucket):
    user = server.make_user()
    user.may(allow("s3:PutObject", "sts:GetSessionToken"))
    session = server.client("sts", **user.keys).get_session_token()["Credentials"]
    keys = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"]}
    for version in SIGNATURES:
        client = server.client("s3", config=botocore.config.Config(signature_version=version), **keys)
        fields = presigned(client, bucket, "sessions")
        assert post(server, bucket, fields)[0] == 204
        del fields["x-amz-security-token"]
        assert post(server, bucket, fields)[0] == 403


def test_nobody_posts_where_the_policy_lets_them(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    assert post(server, name, {"key": "k"})[0] == 403
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=name, Policy=policy(open_to_all(name, "s3:PutObject")))
    assert post(server, name, {"key": "k"})[0] == 204
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"content"


def test_forms_to_no_bucket(server, s3):
    name = "b-" + uuid.uuid4().hex
    status, _, body = post(server, name, presigned(s3, name, "k"))
    assert (status, error_of(body)[0]) == (404, "NoSuchBucket")


def test_checksums_are_held_to(server, s3, bucket):
    wrong = {"x-amz-checksum-crc32": "AAAAAA=="}
    status, _, body = post(server, bucket, presigned(s3, bucket, "k", wrong, [wrong]))
    assert (status, error_of(body)[0]) == (400, "BadDigest")


def test_whoever_listens_hears_of_a_post(server, s3, bucket):
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="q-" + uuid.uuid4().hex)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn})})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:Post"]}]})
    s3.put_object(Bucket=bucket, Key="put", Body=b"")
    assert post(server, bucket, presigned(s3, bucket, "told"))[0] == 204

    def heard():
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", []):
            for record in json.loads(message["Body"]).get("Records", []):
                return record
        return None

    record = until(heard)
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Post", "told")


def test_pages_see_the_answer(server, s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["POST"]}]})
    status, headers, _ = send(server, bucket, *form(presigned(s3, bucket, "k")), Origin="http://page.example")
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, "*")
