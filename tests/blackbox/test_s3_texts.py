"""Promise: your AWS code runs unchanged, down to error texts and headers: what S3 says of requests that are nearly right."""
import base64
import hashlib
import json
import re
import urllib.parse
import uuid
import zlib

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from test_s3_buckets import refused
from test_s3_cors import ask
from test_s3_wire import element, signed

MIB = 1 << 20


@pytest.fixture(scope="module", name="bucket")
def _bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    return name


# ----- which operation a request is for -----

@pytest.mark.parametrize("method, target, kind", [
    ("DELETE", "/{}/k?acl", "OBJECT"), ("PUT", "/{}/k?uploads", "OBJECT"), ("PUT", "/{}?uploads", "BUCKET"), ("DELETE", "/{}?acl", "BUCKET"),
    ("GET", "/{}?delete", "BUCKET"), ("POST", "/{}/k", "OBJECT"), ("PATCH", "/{}/k", "OBJECT"), ("DELETE", "/", "SERVICE")])
def test_who_asks_for_a_part_never_gets_the_whole(server, s3, bucket, method, target, kind):
    status, _, body = signed(server, method, target.format(bucket))
    assert (status, element(body, "Code")) == (405, "MethodNotAllowed"), body
    assert element(body, "Message") == "The specified method is not allowed against this resource."
    assert (element(body, "Method"), element(body, "ResourceType")) == (method, kind)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_documents_have_the_root_that_they_should(server, bucket):
    body = b"<Versioning><Status>Enabled</Status></Versioning>"
    status, _, text = signed(server, "PUT", f"/{bucket}?versioning", {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()},
                             body)
    assert (status, element(text, "Code")) == (400, "MalformedXML")


def test_times_are_whole_seconds(server, s3, bucket):
    for target, name in ((f"/{bucket}?list-type=2", "LastModified"), (f"/{bucket}?versions", "LastModified"), ("/", "CreationDate")):
        _, _, body = signed(server, "GET", target)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", element(body, name)), body
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"]
    assert listed == s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")["CopyObjectResult"]["LastModified"]
    assert copied == s3.head_object(Bucket=bucket, Key="c")["LastModified"]


# ----- who asks -----

def test_a_bucket_that_is_none_is_told_to_everybody(server):
    user = server.make_user()
    refused(lambda: server.client("s3", **user.keys).get_object(Bucket="none-" + uuid.uuid4().hex, Key="k"), "NoSuchBucket", 404)
    status, _, body = ask(server, "GET", f"/none-{uuid.uuid4().hex}/k")
    assert (status, element(body, "Code")) == (404, "NoSuchBucket")


def link_of(server, bucket, **changes):
    """Of version 4, with other values or without some."""
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    link = urllib.parse.urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}))
    pairs = {**dict(urllib.parse.parse_qsl(link.query)), **{"X-Amz-" + name: value for name, value in changes.items()}}
    return f"{link.path}?{urllib.parse.urlencode({name: value for name, value in pairs.items() if value is not None})}"


ALL_SIX = ("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
           "X-Amz-SignedHeaders, and X-Amz-Expires parameters.")


@pytest.mark.parametrize("changes, text", [
    ({"Algorithm": None}, ALL_SIX), ({"Expires": None}, ALL_SIX),
    ({"Algorithm": "X"}, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'),
    ({"Date": "2026"}, 'X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"'),
    ({"Expires": "soon"}, "X-Amz-Expires should be a number"), ({"Expires": "-1"}, "X-Amz-Expires must be non-negative"),
    ({"Expires": "604801"}, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 "
                            "seconds")])
def test_links_that_are_malformed(server, bucket, changes, text):
    status, _, body = ask(server, "GET", link_of(server, bucket, **changes))
    assert (status, element(body, "Code"), element(body, "Message")) == (400, "AuthorizationQueryParametersError", text)


def test_headers_that_are_no_signature(server, bucket):
    status, _, body = ask(server, "GET", f"/{bucket}/k", Authorization="Bearer x")
    assert (status, element(body, "Code"), element(body, "Message")) == (400, "InvalidArgument", "Unsupported Authorization Type")
    assert (element(body, "ArgumentName"), element(body, "ArgumentValue")) == ("Authorization", "Bearer x")
    keys = server.credentials
    request = botocore.awsrequest.AWSRequest("GET", f"{server.url}/{bucket}/k")
    botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "s3",
                              "us-east-1").add_auth(request)
    headers = dict(request.headers)

    def get(target=f"/{bucket}/k", **changes):
        kept = {name: value for name, value in {**headers, **changes}.items() if value is not None}
        answer, _, text = ask(server, "GET", target, **kept)
        return answer, element(text, "Code"), element(text, "Message")
    assert get()[0] == 200
    assert get(**{"X-Amz-Date": None}) == (403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    assert get(**{"X-Amz-Content-SHA256": None}) == (400, "InvalidRequest",
                                                     "Missing required header for this request: x-amz-content-sha256")
    assert get(**{"X-Amz-Content-SHA256": "x"})[2].endswith(" or a valid sha256 value.")
    assert get(link_of(server, bucket))[2].startswith("Only one auth mechanism allowed; ")


# ----- buckets -----

def test_the_first_region_makes_buckets_everywhere(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1", "Tags": [{"Key": "a", "Value": "b"}]})
    there = server.client("s3", region_name="eu-central-1")
    assert there.head_bucket(Bucket=name)["BucketRegion"] == "eu-central-1"
    assert there.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "b"}]
    for region in ("us-east-1", "nowhere"):
        refused(lambda region=region: s3.create_bucket(Bucket=name + "x", CreateBucketConfiguration={"LocationConstraint": region}),
                "InvalidLocationConstraint", 400, LocationConstraint=region)
    refused(lambda: there.create_bucket(Bucket=name + "x", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
            "IllegalLocationConstraintException", 400)
    refused(lambda: s3.create_bucket(Bucket=name + "x", CreateBucketConfiguration={"Tags": [{"Key": "aws:a", "Value": "b"}]}), "InvalidTag")


def test_tags_of_a_new_bucket_need_their_right(server):
    user = server.make_user()
    user.may({"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"})
    client = server.client("s3", **user.keys)
    client.create_bucket(Bucket="b-" + uuid.uuid4().hex)
    refused(lambda: client.create_bucket(Bucket="b-" + uuid.uuid4().hex, CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "b"}]}),
            "AccessDenied", 403)


@pytest.mark.parametrize("name", ["dot.-dash", "dash-.dot"])
def test_labels_of_names_end_in_letters_or_digits(s3, name):
    refused(lambda: s3.create_bucket(Bucket=name), "InvalidBucketName", 400, BucketName=name)


def test_what_a_public_access_block_leaves_out_is_off(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def test_there_is_no_replication_to_delete(s3, bucket):
    assert s3.delete_bucket_replication(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_policies_lack_something(s3, bucket):
    whole = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/none"}

    def put(**changes):
        statement = {name: value for name, value in {**whole, **changes}.items() if value is not None}
        return s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    for name in whole:
        refused(lambda name=name: put(**{name: None}), "MalformedPolicy", 400, Message="Missing required field " + name)
    refused(lambda: s3.put_bucket_policy(Bucket=bucket, Policy="{}"), "MalformedPolicy", 400, Message="Missing required field Statement")
    refused(lambda: put(Action=["s3:GetObject", "ec2:RunInstances"]), "MalformedPolicy", 400, Message="Policy has invalid action")
    refused(lambda: put(Principal={"AWS": "nobody"}), "MalformedPolicy", 400, Message="Invalid principal in policy",
            Detail='"AWS":"nobody"')
    assert put()["ResponseMetadata"]["HTTPStatusCode"] == 204
    s3.delete_bucket_policy(Bucket=bucket)


# ----- objects -----

@pytest.mark.parametrize("tags", ["a=1&a=2", "=1", "a=%3C", "%zz=1", "x" * 129 + "=1"])
def test_tags_in_a_header_are_right_or_none(s3, bucket, tags):
    refused(lambda: s3.put_object(Bucket=bucket, Key="t", Body=b"", Tagging=tags), "InvalidArgument", 400, ArgumentName="x-amz-tagging",
            ArgumentValue=tags, Message="The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
                                        "name duplicates.")


def test_the_services_own_tags(s3, bucket):
    tags = {"TagSet": [{"Key": "aws:a", "Value": "b"}]}
    refused(lambda: s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags), "InvalidTag", 400, TagKey="aws:a",
            Message="Your TagKey cannot be prefixed with aws:")
    refused(lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging=tags), "InvalidTag", 400, TagKey="aws:a",
            Message="System tags cannot be added/updated by requester")


def test_lists_of_grants_name_what_is_wrong(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    me = s3.list_buckets()["Owner"]["ID"]
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": me}, "Permission": "READ"}

    def put(code, given=None, **extras):
        refused(lambda: s3.put_bucket_acl(Bucket=name, **given), code, 400, **extras)
    put("InvalidArgument", {"GrantRead": "id=none"}, ArgumentName="id", ArgumentValue="none")
    put("InvalidArgument", {"GrantRead": f"id={me}, who=none"}, ArgumentName="x-amz-grant-read", ArgumentValue="who=none")
    put("InvalidArgument", {"ACL": "open"}, ArgumentName="x-amz-acl", ArgumentValue="open")
    put("InvalidArgument", {"AccessControlPolicy": {"Owner": {"ID": "none"}, "Grants": []}}, ArgumentName="CanonicalUser/ID")
    for wrong in ({**grant, "Permission": "LOOK"}, {**grant, "Grantee": {"Type": "Somebody", "ID": me}}):
        put("MalformedACLError", {"AccessControlPolicy": {"Owner": {"ID": me}, "Grants": [wrong]}})


def test_sources_of_copies(server, s3, bucket):
    for source in ("", bucket, bucket + "/", "/"):
        refused(lambda source=source: s3.copy_object(Bucket=bucket, Key="to", CopySource=source), "InvalidArgument", 400,
                ArgumentName="x-amz-copy-source", Message="Invalid copy source object key")
    s3.put_object(Bucket=bucket, Key="a b+c", Body=b"1")
    assert signed(server, "PUT", f"/{bucket}/to", {"x-amz-copy-source": f"{bucket}/a+b%2Bc"})[0] == 200


def test_a_copy_to_itself_may_be_for_the_buckets_encryption(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"1")
    refused(lambda: s3.copy_object(Bucket=name, Key="k", CopySource=f"{name}/k"), "InvalidRequest", 400)
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    s3.copy_object(Bucket=name, Key="k", CopySource=f"{name}/k")


def test_version_ids_are_not_empty(s3, bucket):
    for call in (s3.get_object, s3.delete_object, s3.get_object_tagging):
        refused(lambda call=call: call(Bucket=bucket, Key="k", VersionId=""), "InvalidArgument", 400, ArgumentName="versionId",
                Message="Version id cannot be the empty string")


def test_an_empty_type_is_none(server, s3, bucket):
    assert signed(server, "PUT", f"/{bucket}/typed", {"Content-Type": ""})[0] == 200
    assert s3.head_object(Bucket=bucket, Key="typed")["ContentType"] == "binary/octet-stream"


def test_attributes_are_asked_for(server, bucket):
    status, _, body = signed(server, "GET", f"/{bucket}/k?attributes")
    assert (status, element(body, "Code")) == (400, "InvalidRequest")
    assert element(body, "Message").startswith("The x-amz-object-attributes header ")


def test_bypasses_are_for_buckets_that_lock(server, bucket):
    status, _, body = signed(server, "DELETE", f"/{bucket}/k", {"x-amz-bypass-governance-retention": "true"})
    assert (status, element(body, "ArgumentName")) == (400, "x-amz-bypass-governance-retention")
    assert "ArgumentValue" not in body


# ----- lists -----

@pytest.mark.parametrize("operation, options, text, name", [
    ("list_objects_v2", {"MaxKeys": -1}, "Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys"),
    ("list_parts", {"Key": "k", "UploadId": "x", "MaxParts": -1}, "Argument max-parts must be an integer between 0 and 2147483647", "max-parts"),
    ("list_object_versions", {"VersionIdMarker": ""}, "A version-id marker cannot be empty.", "version-id-marker"),
    ("list_multipart_uploads", {"KeyMarker": "k", "UploadIdMarker": "x"}, "Invalid uploadId marker", "upload-id-marker"),
    ("list_buckets", {"MaxBuckets": 0}, "Argument max-buckets must be an integer between 1 and 10000", "max-buckets")])
def test_pages_that_are_none(s3, bucket, operation, options, text, name):
    about = {} if operation == "list_buckets" else {"Bucket": bucket}
    refused(lambda: getattr(s3, operation)(**about, **options), "InvalidArgument", 400, Message=text, ArgumentName=name)


# ----- checksums -----

def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def test_parts_with_checksums_of_their_own_make_one_of_the_service(s3, bucket):
    """Nobody chose one for the upload, so it is CRC64NVME, whatever each part was held to."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    about = {"Bucket": bucket, "Key": "m", "UploadId": upload}
    bodies, parts = [b"a" * (5 * MIB), b"123456789"], []
    for number, body in enumerate(bodies, 1):
        refused(lambda number=number: s3.upload_part(**about, PartNumber=number, Body=b"x", ChecksumCRC32=crc32(b"y")), "BadDigest", 400)
        part = s3.upload_part(**about, PartNumber=number, Body=body)
        assert part["ChecksumCRC32"] == crc32(body)
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    refused(lambda: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": parts}, ChecksumType="FULL_OBJECT"), "InvalidRequest", 400,
            Message="The upload was created using the null checksum mode. The complete request must use the same checksum mode.")
    refused(lambda: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [{**parts[0], "ChecksumCRC32": crc32(b"")}]}),
            "InvalidPart", 400, ETag=parts[0]["ETag"].strip('"'))
    done = s3.complete_multipart_upload(**about, MultipartUpload={"Parts": parts})
    assert done["ChecksumType"] == "FULL_OBJECT"
    found = s3.head_object(Bucket=bucket, Key="m", ChecksumMode="ENABLED")
    s3.put_object(Bucket=bucket, Key="whole", Body=b"".join(bodies), ChecksumCRC64NVME=done["ChecksumCRC64NVME"])
    assert found["ChecksumCRC64NVME"] == done["ChecksumCRC64NVME"]


def test_a_part_of_a_composite_has_its_own_checksum(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="p", ChecksumAlgorithm="SHA256")["UploadId"]
    about = {"Bucket": bucket, "Key": "p", "UploadId": upload}
    part = s3.upload_part(**about, PartNumber=1, Body=b"only", ChecksumAlgorithm="SHA256")
    listed = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}
    for said in ("none", "AAAA-1"):
        refused(lambda said=said: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [listed]}, ChecksumSHA256=said),
                "InvalidRequest", 400, Message="Value for x-amz-checksum-sha256 header is invalid.")
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [listed]})
    for call in (s3.get_object, s3.head_object):
        found = call(Bucket=bucket, Key="p", PartNumber=1, ChecksumMode="ENABLED")
        assert (found["ChecksumSHA256"], found["ChecksumType"]) == (part["ChecksumSHA256"], "COMPOSITE")
    whole = s3.head_object(Bucket=bucket, Key="p", ChecksumMode="ENABLED")["ChecksumSHA256"]
    told = s3.get_object_attributes(Bucket=bucket, Key="p", ObjectAttributes=["Checksum", "ObjectParts"])
    assert (told["Checksum"]["ChecksumSHA256"] + "-1", told["ObjectParts"]["TotalPartsCount"]) == (whole, 1)


@pytest.mark.parametrize("algorithm, kind", [("SHA256", "COMPOSITE"), ("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_each_part_of_a_composite_comes_with_its_checksum(server, bucket, algorithm, kind):
    s3 = server.client("s3", config=botocore.config.Config(request_checksum_calculation="when_required"))
    about = {"Bucket": bucket, "Key": "p"}
    about["UploadId"] = s3.create_multipart_upload(ChecksumAlgorithm=algorithm, ChecksumType=kind, **about)["UploadId"]
    bare = lambda: s3.upload_part(PartNumber=1, Body=b"x", **about)
    if kind == "FULL_OBJECT":
        assert bare()["ChecksumCRC32"]
    else:
        refused(bare, "InvalidRequest", 400, Message="Checksum Type mismatch occurred, expected checksum Type: "
                                                     f"{algorithm.lower()}, actual checksum Type: null")


def test_algorithms_that_are_none(server, s3, bucket):
    for call in (lambda: s3.create_multipart_upload(Bucket=bucket, Key="x", ChecksumAlgorithm="CRC8"),
                 lambda: s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/k", ChecksumAlgorithm="CRC8")):
        refused(call, "InvalidRequest", 400, Message="Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                                                     "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
    for algorithm, text in (("CRC8", "Value for x-amz-sdk-checksum-algorithm header is invalid."),
                            ("CRC32", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
                                      "headers were found.")):
        status, _, body = signed(server, "PUT", f"/{bucket}/x", {"x-amz-sdk-checksum-algorithm": algorithm}, b"x")
        assert (status, element(body, "Code"), element(body, "Message")) == (400, "InvalidRequest", text)


# ----- notifications -----

@pytest.mark.parametrize("change, text", [
    ({"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "a"}, {"Name": "Prefix", "Value": "b"}]}}},
     "Cannot specify more than one prefix rule in a filter."),
    ({"Id": "same"}, "Same ID used for multiple configurations. IDs must be unique.")])
def test_configurations_of_notifications_are_unambiguous(s3, bucket, change, text):
    arn = "arn:aws:sqs:us-east-1:000000000000:none"
    both = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], **change},
            {"QueueArn": arn, "Events": ["s3:ObjectRemoved:*"], "Id": "same"}]
    refused(lambda: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": both}),
            "InvalidArgument", 400, Message=text)


@pytest.mark.parametrize("sent", [{}, {"x-amz-meta-a": "b", "Content-Type": "text/plain"}])
def test_links_of_version_2_carry_headers(server, s3, bucket, sent):
    """SDKs write them into the link; some clients send them once more."""
    client = server.client("s3", config=botocore.config.Config(signature_version="s3", s3={"addressing_style": "path"}))
    link = urllib.parse.urlsplit(client.generate_presigned_url("put_object", Params={
        "Bucket": bucket, "Key": "linked", "Metadata": {"a": "b"}, "ContentType": "text/plain"}))
    assert "x-amz-meta-a=b" in link.query
    assert ask(server, "PUT", f"{link.path}?{link.query}", b"x", **sent)[0] == 200
    found = s3.head_object(Bucket=bucket, Key="linked")
    assert (found["Metadata"], found["ContentType"]) == ({"a": "b"}, "text/plain")


def test_a_date_that_is_past_is_told_as_the_services_clocks_show_it(s3):
    name, past = "b-" + uuid.uuid4().hex, "2020-01-01T00:00:00Z"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    told = {"Message": "The retain until date must be in the future!", "ArgumentValue": "Tue Dec 31 16:00:00 PST 2019"}
    refused(lambda: s3.put_object_retention(Bucket=name, Key="k", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": past}),
            "InvalidArgument", 400, ArgumentName="RetainUntilDate", **told)
    refused(lambda: s3.put_object(Bucket=name, Key="k", Body=b"", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=past),
            "InvalidArgument", 400, ArgumentName="x-amz-object-lock-retain-until-date", **told)


# ----- what cannot be read -----

@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since"])
def test_a_condition_on_a_date_that_is_none_does_not_count(server, s3, bucket, name):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert signed(server, "GET", f"/{bucket}/k", {name: "yesterday"})[0] == 200
    copied = {"x-amz-copy-source": f"/{bucket}/k", "x-amz-copy-source-" + name.lower(): "yesterday"}
    assert signed(server, "PUT", f"/{bucket}/copy", copied)[0] == 200


@pytest.mark.parametrize("name, text", [
    ("x-amz-object-lock-retain-until-date", "The retain until date must be provided in ISO 8601 format"),
    ("x-amz-server-side-encryption-bucket-key-enabled", "Value for x-amz-server-side-encryption-bucket-key-enabled header is invalid.")])
def test_a_header_that_cannot_be_read(server, bucket, name, text):
    status, _, body = signed(server, "PUT", f"/{bucket}/k", {name: "none"}, b"x")
    told = [element(body, about) for about in ("Code", "Message", "ArgumentName", "ArgumentValue")]
    assert (status, told) == (400, ["InvalidArgument", text, name, "none"])


def test_a_document_with_a_value_that_cannot_be_read(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    for body in (b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>",
                 b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate/></Retention>"):
        status, _, answer = signed(server, "PUT", f"/{name}/k?retention", {}, body)
        assert (status, element(answer, "Code")) == (400, "MalformedXML")


def test_a_checksum_that_nobody_knows(server, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for target in (f"/{bucket}/k", f"/{bucket}/k?partNumber=1&uploadId={upload}"):
        status, _, body = signed(server, "PUT", target, {"x-amz-checksum-crc8": "AAAA"}, b"x")
        assert (status, element(body, "Code"), element(body, "Message")) == (
            400, "InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.")
