"""Promise: your AWS code runs unchanged, down to error texts and headers: what S3 asks of a request before it asks what is wanted, and what
repeats of a request do."""
import base64
import hashlib
import http.client
import urllib.parse
import uuid

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from refusals import refusal
from test_s3_buckets import policy
from test_s3_cors import ask
from test_s3_wire import element, signed

PATHS = {"addressing_style": "path"}


@pytest.fixture(scope="module")
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    return name


def told(answer):
    status, _, body = answer
    return status, element(body, "Code"), element(body, "Message")


def raw(server, method, target, headers, body=b""):
    """As it is, without the length that a client would add."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.putrequest(method, target)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def link(server, operation, **parameters):
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4", s3=PATHS))
    parts = urllib.parse.urlsplit(client.generate_presigned_url(operation, Params=parameters))
    return f"{parts.path}?{parts.query}"


# ----- signatures -----

def authorization(server, change):
    """Asks with the Authorization header that `change` makes of the right one."""
    def sent(headers):
        return {**headers, "Authorization": change(headers["Authorization"])}
    return signed_as(server, sent)


def signed_as(server, change):
    keys = server.credentials
    request = botocore.awsrequest.AWSRequest("GET", server.url + "/")
    botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "s3",
                              "us-east-1").add_auth(request)
    return told(ask(server, "GET", "/", **change(dict(request.headers))))


THREE = "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."
FORM = ("The authorization header is malformed; the Credential is mal-formed; expecting "
        "\"&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request\".")


@pytest.mark.parametrize("change, text", [
    (lambda header: header[:header.index(", Signature=")], THREE),
    (lambda header: "AWS4-HMAC-SHA256 " + header[header.index("SignedHeaders="):], THREE),
    (lambda header: header.replace("/aws4_request", ""), FORM),
    (lambda header: "AWS4-HMAC-SHA256 Credential=x", FORM),
    (lambda header: header.replace("/aws4_request", "/none"), 'The authorization header is malformed; incorrect terminal "none". This endpoint '
                                                              'uses "aws4_request".'),
    (lambda header: header.replace(header.split("/")[1], "today", 1), 'The authorization header is malformed; incorrect date format "today". '
                                                                      'This date in the credential must be in the format "yyyyMMdd".')])
def test_headers_that_are_malformed(server, change, text):
    assert authorization(server, change) == (400, "AuthorizationHeaderMalformed", text)


def test_a_key_of_another_day(server, bucket):
    def other(header):
        day = header.split("/")[1]
        return header.replace(f"/{day}/", "/20200102/")
    status, code, text = authorization(server, other)
    assert (status, code) == (400, "AuthorizationHeaderMalformed")
    assert text.startswith('The authorization header is malformed; Invalid credential date "20200102". This date is not the same as '
                           'X-Amz-Date: "20')
    target = link(server, "get_object", Bucket=bucket, Key="k")
    day = urllib.parse.parse_qs(target)["X-Amz-Date"][0][:8]
    status, code, text = told(ask(server, "GET", target.replace(f"%2F{day}%2F", "%2F20200102%2F")))
    assert (status, code) == (400, "AuthorizationQueryParametersError")
    assert text == f'Invalid credential date "20200102". This date is not the same as X-Amz-Date: "{day}".'
    status, code, text = told(ask(server, "GET", target.replace(f"%2F{day}%2F", "%2Ftoday%2F")))
    assert (status, code) == (400, "AuthorizationQueryParametersError")
    assert text == ('Error parsing the X-Amz-Credential parameter; incorrect date format "today". This date in the credential must be in the '
                    'format "yyyyMMdd".')


@pytest.mark.parametrize("date", ["", "soon", "Tue, 07 Jul 2020 21:53:04 GMT"])
def test_dates_that_are_none(server, date):
    assert signed_as(server, lambda headers: {**headers, "X-Amz-Date": date}) == (
        403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")


def test_headers_that_sign_nothing(server, bucket):
    status, _, body = ask(server, "GET", f"/{bucket}/k", Authorization="AWS nonsense")
    assert told((status, None, body)) == (400, "InvalidArgument", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
    assert (element(body, "ArgumentName"), element(body, "ArgumentValue")) == ("Authorization", "AWS nonsense")
    assert told(ask(server, "GET", f"/{bucket}/k", Authorization="")) == (403, "AccessDenied", "Access Denied")


def link_with(server, bucket, key, query):
    """To put an object, as clients make it that put headers into the query."""
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4", s3=PATHS))

    def add(request, **_):
        request.url += "?" + query
    client.meta.events.register("before-sign.s3.PutObject", add)
    parts = urllib.parse.urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key}))
    return f"{parts.path}?{parts.query}"


def test_links_of_version_4_carry_headers(server, s3, bucket):
    target = link_with(server, bucket, "linked", "x-amz-meta-a=b%20c&x-amz-storage-class=STANDARD_IA&x-amz-tagging=a%3Db")
    assert ask(server, "PUT", target, b"x")[0] == 200
    head = s3.head_object(Bucket=bucket, Key="linked")
    assert (head["Metadata"], head["StorageClass"]) == ({"a": "b c"}, "STANDARD_IA")
    assert s3.get_object_tagging(Bucket=bucket, Key="linked")["TagSet"] == [{"Key": "a", "Value": "b"}]
    # What is not signed is refused as before, and what was signed is not what is sent.
    assert told(ask(server, "PUT", target, b"x", **{"x-amz-meta-z": "z"}))[:2] == (403, "AccessDenied")
    assert told(ask(server, "PUT", target.replace("b%20c", "d"), b"x"))[:2] == (403, "SignatureDoesNotMatch")
    # A checksum in it is held to; a source is not ignored.
    target = link_with(server, bucket, "linked", "x-amz-checksum-crc32=AAAAAA%3D%3D")
    assert told(ask(server, "PUT", target, b"x"))[:2] == (400, "BadDigest")
    target = link_with(server, bucket, "linked", f"x-amz-copy-source={bucket}%2Fk")
    assert told(ask(server, "PUT", target, b""))[:2] == (501, "NotImplemented")


# ----- bodies -----

def test_bytes_come_with_their_length(server, s3, bucket):
    target = link(server, "put_object", Bucket=bucket, Key="sized")
    assert told(raw(server, "PUT", target, {})) == (411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    answer = raw(server, "PUT", target, {"Transfer-Encoding": "chunked"}, b"1\r\nx\r\n0\r\n\r\n")
    assert told(answer) == (501, "NotImplemented", "A header you provided implies functionality that is not implemented")
    assert element(answer[2], "Header") == "Transfer-Encoding"
    assert raw(server, "PUT", target, {"Content-Length": "1"}, b"x")[0] == 200
    upload = s3.create_multipart_upload(Bucket=bucket, Key="sized")["UploadId"]
    part = link(server, "upload_part", Bucket=bucket, Key="sized", UploadId=upload, PartNumber=1)
    assert told(raw(server, "PUT", part, {}))[:2] == (411, "MissingContentLength")
    # Buckets are made, and objects copied, without any.
    copy = link(server, "copy_object", Bucket=bucket, Key="copied", CopySource=f"{bucket}/k")
    assert raw(server, "PUT", copy, {"x-amz-copy-source": f"{bucket}/k"})[0] == 200


@pytest.mark.parametrize("expectation", ["200", ""])
def test_expectations_that_nobody_knows_are_not_met(server, bucket, expectation):
    target = link(server, "put_object", Bucket=bucket, Key="expected")
    assert ask(server, "PUT", target, b"x", Expect=expectation)[0] == 200


RULE = "<Rule><ID>a</ID><Filter><Prefix>p</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
LOCK = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"


@pytest.mark.parametrize("method, target, body", [
    ("POST", "?delete", "<Delete><Object><Key>none</Key></Object></Delete>"),
    ("PUT", "?lifecycle", f"<LifecycleConfiguration>{RULE}</LifecycleConfiguration>"),
    ("PUT", "?cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>"
                     "</CORSConfiguration>"),
    ("PUT", "?object-lock", LOCK), ("PUT", "/k?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"),
    ("PUT", "/k?retention", "<Retention/>")])
def test_documents_that_come_with_a_digest(server, s3, method, target, body):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket="lock" not in target)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if "lock" not in target:
        s3.put_object(Bucket=name, Key="k", Body=b"")
    assert told(signed(server, method, f"/{name}{target}", body=body.encode())) == (
        400, "InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    md5 = base64.b64encode(hashlib.md5(body.encode()).digest()).decode()
    assert signed(server, method, f"/{name}{target}", {"Content-MD5": md5}, body.encode())[0] == 200
    sha = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    assert signed(server, method, f"/{name}{target}", {"x-amz-checksum-sha256": sha}, body.encode())[0] == 200


# ----- what operations do not know -----

@pytest.mark.parametrize("query, name, text", [
    ("partNumber=1", "partNumber", "This operation does not accept partNumber without uploadId"),
    ("uploadId=x", "uploadId", "This operation does not accept uploadId without partNumber"),
    ("versionId=x", "versionId", "This operation does not accept a version-id.")])
def test_objects_are_not_written_as_something_else(server, s3, bucket, query, name, text):
    answer = signed(server, "PUT", f"/{bucket}/stray?{query}", body=b"x")
    assert told(answer) == (400, "InvalidArgument", text)
    assert element(answer[2], "ArgumentName") == name
    assert refusal(s3.head_object, Bucket=bucket, Key="stray")[0] == 404


def test_readers_do_not_say_how_it_is_encrypted(server, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    text = "x-amz-server-side-encryption header is not supported for this operation."
    for method, target, body in (("GET", "/k", None), ("PUT", f"/m?partNumber=1&uploadId={upload}", b"x")):
        answer = signed(server, method, f"/{bucket}{target}", {"x-amz-server-side-encryption": "AES256"}, body)
        assert told(answer) == (400, "InvalidArgument", text)
        assert element(answer[2], "ArgumentValue") == "AES256"
    assert signed(server, "HEAD", f"/{bucket}/k", {"x-amz-server-side-encryption": "AES256"})[0] == 400


def test_when_an_answer_expires_is_any_text(server, s3, bucket):
    status, headers, _ = signed(server, "GET", f"/{bucket}/k?response-expires=123")
    assert (status, headers["Expires"]) == (200, "123")
    when = "Thu, 01 Dec 2044 16:00:00 GMT"
    assert s3.get_object(Bucket=bucket, Key="k", ResponseExpires=when)["ExpiresString"] == when


def test_a_retention_is_said(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert told(signed(server, "PUT", f"/{name}/k?retention", {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, b""))[:2] == (400, "MalformedXML")


def test_ownership_that_is_none(server):
    answer = signed(server, "PUT", f"/b-{uuid.uuid4().hex}", {"x-amz-object-ownership": "mine"})
    assert told(answer) == (400, "InvalidArgument", "Invalid x-amz-object-ownership header: mine")
    assert (element(answer[2], "ArgumentName"), element(answer[2], "ArgumentValue")) == ("x-amz-object-ownership", "mine")


def test_a_bucket_has_fifty_tags(s3, bucket):
    tags = [{"Key": str(i), "Value": ""} for i in range(51)]
    assert refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tags}) == (
        400, "BadRequest", "Bucket tag count cannot be greater than 50")
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags[1:]})


def test_checksums_are_of_the_algorithm_that_was_chosen(server, bucket):
    crc = {"x-amz-checksum-crc32": "jNwWgw=="}  # of "x"
    answer = signed(server, "PUT", f"/{bucket}/chosen", {"x-amz-sdk-checksum-algorithm": "SHA1", **crc}, b"x")
    assert told(answer) == (400, "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    assert signed(server, "PUT", f"/{bucket}/chosen", {"x-amz-sdk-checksum-algorithm": "CRC32", **crc}, b"x")[0] == 200


def test_pages_ask_for_methods_that_there_are(server, bucket):
    answer = ask(server, "OPTIONS", f"/{bucket}/k", Origin="https://a.example", Access_Control_Request_Method="FETCH")
    assert told(answer) == (400, "BadRequest", "Invalid Access-Control-Request-Method: FETCH")


def test_buckets_of_no_region(server):
    answer = signed(server, "GET", "/?bucket-region=nowhere")
    assert told(answer) == (400, "InvalidArgument", "Argument value nowhere is not a valid AWS Region")
    assert element(answer[2], "ArgumentName") == "bucket-region"
    assert signed(server, "GET", "/?bucket-region=eu-west-3")[0] == 200


# ----- uploads -----

def test_an_upload_is_completed_once_more(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="twice")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="twice", UploadId=upload, PartNumber=1, Body=b"x")

    def complete(etag=part["ETag"]):
        return s3.complete_multipart_upload(Bucket=bucket, Key="twice", UploadId=upload,
                                            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    first = complete()
    when = s3.head_object(Bucket=bucket, Key="twice")["LastModified"]
    again = complete()
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert s3.head_object(Bucket=bucket, Key="twice")["LastModified"] == when
    assert refusal(complete, etag='"9dd4e461268c8034f5c8564e155c67a7"')[1] == "NoSuchUpload"
    # What came after it stays.
    s3.put_object(Bucket=bucket, Key="twice", Body=b"newer")
    assert refusal(complete)[1] == "NoSuchUpload"
    assert s3.get_object(Bucket=bucket, Key="twice")["Body"].read() == b"newer"


def test_a_size_below_nothing(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="sizes")["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(Bucket=bucket, Key="sizes", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]}
    assert refusal(s3.complete_multipart_upload, Bucket=bucket, Key="sizes", UploadId=upload, MpuObjectSize=-1,
                   MultipartUpload={"Parts": [part]}) == (400, "InvalidRequest", "Value for x-amz-mp-object-size header is invalid.")


def test_a_part_without_bytes_is_no_range(server, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="nothing")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="nothing", UploadId=upload, PartNumber=1, Body=b"")
    s3.complete_multipart_upload(Bucket=bucket, Key="nothing", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for method in ("GET", "HEAD"):
        status, headers, _ = signed(server, method, f"/{bucket}/nothing?partNumber=1")
        assert (status, headers["Content-Range"], headers["x-amz-mp-parts-count"]) == (200, None, "1")


def test_who_began_an_upload(server, s3, bucket):
    me = s3.list_buckets()["Owner"]["ID"]
    user = server.make_user(policy={"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    name = "uploads-" + uuid.uuid4().hex
    s3.create_multipart_upload(Bucket=bucket, Key=name)
    upload = server.client("s3", **user.keys).create_multipart_upload(Bucket=bucket, Key=name)["UploadId"]
    first, second = s3.list_multipart_uploads(Bucket=bucket, Prefix=name)["Uploads"]
    assert (first["Initiator"]["ID"], first["Owner"]["ID"]) == (me, me)
    assert (second["Initiator"]["ID"], second["Owner"]["ID"]) == (user.arn, me)
    assert s3.list_parts(Bucket=bucket, Key=name, UploadId=upload)["Initiator"]["ID"] == user.arn


# ----- policies -----

@pytest.mark.parametrize("actions, resources, good", [
    ("s3:GetObject", "", False), ("s3:ListBucket", "/*", False), (["s3:GetObject", "s3:ListBucket"], "/*", False),
    ("s3:GetObject", "/a/*", True), ("s3:ListBucket", "", True), ("s3:PutBucketObjectLockConfiguration", "", True),
    ("s3:AbortMultipartUpload", "/*", True), ("s3:AbortMultipartUpload", "", False), ("s3:Get*", "", True), ("s3:*", "/*", True),
    ("s3:GetObject", "*", True)])
def test_actions_are_about_something(s3, bucket, actions, resources, good):
    def put():
        s3.put_bucket_policy(Bucket=bucket, Policy=policy({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                                                           "Action": actions, "Resource": f"arn:aws:s3:::{bucket}{resources}"}))
    if good:
        put()
    else:
        assert refusal(put) == (400, "MalformedPolicy", "Action does not apply to any resource(s) in statement")


def test_a_policy_says_something(s3, bucket):
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=policy()) == (
        400, "MalformedPolicy", "Could not parse the policy: Statement is empty!")


@pytest.mark.parametrize("condition, public", [
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False), ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}, True), ({"IpAddress": {"aws:SourceIp": "2001:db8::/31"}}, True),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False), ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False), ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
    ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, True), ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
    ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/*"}}, False),
    ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:*:accesspoint/*"}}, True),
    ({"StringLike": {"aws:Referer": "https://a.example/*"}}, True), ({}, True)])
def test_policies_that_are_public(s3, condition, public):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*", "Condition": condition}
    s3.put_bucket_policy(Bucket=name, Policy=policy(statement))
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"] is public


@pytest.fixture(scope="module")
def stranger(server):
    return server.make_account()


@pytest.mark.parametrize("condition, bad, good", [
    ({"StringEquals": {"s3:x-amz-grant-full-control": "id=x"}}, {}, {"GrantFullControl": "id=x"}),
    ({"StringEquals": {"s3:x-amz-website-redirect-location": "/x"}}, {}, {"WebsiteRedirectLocation": "/x"}),
    ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, None, {}), ({"StringEquals": {"s3:signatureversion": "AWS"}}, {}, None),
    ({"StringEquals": {"s3:authType": "REST-HEADER"}}, None, {}), ({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, {}, None),
    ({"NumericLessThan": {"s3:signatureAge": 600000}}, None, {}), ({"NumericGreaterThan": {"s3:signatureAge": 600000}}, {}, None),
    ({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}, {}, None),
    ({"StringEquals": {"s3:ResourceAccount": "000000000000"}}, None, {}), ({"Bool": {"s3:ObjectCreationOperation": "true"}}, None, {}),
    ({"Bool": {"s3:ObjectCreationOperation": "false"}}, {}, None)])
def test_policies_see_how_a_request_came(server, s3, stranger, condition, bad, good):
    account, keys = stranger
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_bucket_policy(Bucket=name, Policy=policy({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:PutObject*",
                                                     "Resource": f"arn:aws:s3:::{name}/*", "Condition": condition}))
    client = server.client("s3", **keys)
    if bad is not None:
        assert refusal(client.put_object, Bucket=name, Key="k", Body=b"", **bad)[1] == "AccessDenied"
    if good is None:
        return
    if "GrantFullControl" in good:
        good = {"GrantFullControl": f"id={client.list_buckets()['Owner']['ID']}"}
        s3.put_bucket_policy(Bucket=name, Policy=policy({
            "Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:PutObject*", "Resource": f"arn:aws:s3:::{name}/*",
            "Condition": {"StringEquals": {"s3:x-amz-grant-full-control": good["GrantFullControl"]}}}))
    client.put_object(Bucket=name, Key="k", Body=b"", **good)


def test_policies_see_links(server, s3, stranger):
    account, keys = stranger
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    s3.put_bucket_policy(Bucket=name, Policy=policy({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:GetObject",
                                                     "Resource": f"arn:aws:s3:::{name}/*",
                                                     "Condition": {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}}))
    for version in ("s3v4", "s3"):
        client = server.client("s3", config=botocore.config.Config(signature_version=version, s3=PATHS), **keys)
        parts = urllib.parse.urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"}))
        assert ask(server, "GET", f"{parts.path}?{parts.query}")[0] == 200
        assert refusal(client.get_object, Bucket=name, Key="k")[1] == "AccessDenied"


def test_nobody_locks_the_owner_out(server, s3, stranger):
    account, keys = stranger
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    user = server.make_user(policy={"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    everything = {"Action": "s3:*", "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}
    document = policy({"Effect": "Deny", "Principal": "*", **everything})
    s3.put_bucket_policy(Bucket=name, Policy=document)
    assert refusal(s3.list_objects_v2, Bucket=name)[1] == "AccessDenied"
    assert refusal(server.client("s3", **user.keys).delete_bucket_policy, Bucket=name)[1] == "AccessDenied"
    assert s3.get_bucket_policy(Bucket=name)["Policy"] == document
    s3.put_bucket_policy(Bucket=name, Policy=document)
    s3.delete_bucket_policy(Bucket=name)
    # Others have no say in it, even if they are allowed everything.
    s3.put_bucket_policy(Bucket=name, Policy=policy({"Effect": "Allow", "Principal": {"AWS": account}, **everything}))
    other = server.client("s3", **keys)
    other.put_object(Bucket=name, Key="k", Body=b"")
    for call, more in ((other.get_bucket_policy, {}), (other.put_bucket_policy, {"Policy": document}), (other.delete_bucket_policy, {})):
        assert refusal(call, Bucket=name, **more)[:2] == (405, "MethodNotAllowed")
