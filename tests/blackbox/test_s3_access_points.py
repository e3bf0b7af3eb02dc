"""Promise: your AWS code runs unchanged; every call is authorized: a bucket is reached by access points too, each with a policy
of its own, by whatever name SDKs know them."""
import io
import json
import urllib.request
import uuid

import botocore.config
import pytest
from access_points import ACCOUNT, Points, resolve_labels
from blackbox_server import allow, deny, policy_of
from botocore.exceptions import ClientError
from refusals import refusal


@pytest.fixture(scope="module", autouse=True)
def labels():
    with pytest.MonkeyPatch.context() as patch:
        resolve_labels(patch)
        yield


@pytest.fixture(scope="module")
def points(server):
    return Points(server)


def denied(call):
    assert refusal(call) [:2] == (403, "AccessDenied")


def test_an_access_point_is_what_was_asked_for(points, bucket):
    control = points.control
    name, arn, alias = points.make(bucket, Tags=[{"Key": "a", "Value": "b"}])
    assert arn == f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/{name}"
    assert alias.startswith(name + "-") and alias.endswith("-s3alias") and len(alias) <= 63
    found = control.get_access_point(AccountId=ACCOUNT, Name=name)
    assert found["Name"] == name and found["Bucket"] == bucket and found["NetworkOrigin"] == "Internet"
    assert found["Alias"] == alias and found["AccessPointArn"] == arn and found["BucketAccountId"] == ACCOUNT
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True} and found["CreationDate"]
    assert control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    control.tag_resource(AccountId=ACCOUNT, ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    control.untag_resource(AccountId=ACCOUNT, ResourceArn=arn, TagKeys=["a"])
    assert control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    control.delete_access_point(AccountId=ACCOUNT, Name=name)
    assert refusal(lambda: control.get_access_point(AccountId=ACCOUNT, Name=name))[:2] == (404, "NoSuchAccessPoint")
    assert refusal(lambda: control.delete_access_point(AccountId=ACCOUNT, Name=name))[:2] == (404, "NoSuchAccessPoint")


def test_what_is_refused_when_one_is_made(server, points, bucket):
    control = points.control
    name = points.make(bucket)[0]

    def make(account=ACCOUNT, name=None, **options):
        return refusal(lambda: control.create_access_point(**{
            "AccountId": account, "Name": name or "p-" + uuid.uuid4().hex, "Bucket": bucket, **options}))[:2]

    assert make(name=name) == (409, "AccessPointAlreadyOwnedByYou")
    for bad in ("a_b", "-ab", "ab.c", "x-s3alias", "a" * 51):
        assert make(name=bad) == (400, "InvalidAccessPoint")
    assert make(Bucket="none-" + uuid.uuid4().hex) == (404, "NoSuchBucket")
    assert make(VpcConfiguration={"VpcId": "vpc-12345678"}) == (501, "NotImplemented")
    assert make(account="123456789012") == (403, "AccessDenied")
    number, keys = server.make_account()
    theirs = Points(server, number, **keys)
    denied(lambda: theirs.make(bucket))
    assert theirs.make(bucket, BucketAccountId=ACCOUNT)[1] == f"arn:aws:s3:us-east-1:{number}:accesspoint/" + (
        theirs.control.list_access_points(AccountId=number)["AccessPointList"][0]["Name"])


def test_lists_come_page_by_page(server, s3):
    number, keys = server.make_account()
    points = Points(server, number, **keys)
    mine = server.client("s3", **keys)
    buckets = ["b-" + uuid.uuid4().hex for _ in range(2)]
    for one in buckets:
        mine.create_bucket(Bucket=one)
    names = [sorted(points.make(one)[0] for _ in range(3)) for one in buckets]

    def pages(**options):
        found, token = [], {}
        while True:
            page = points.control.list_access_points(AccountId=number, MaxResults=2, **token, **options)
            assert len(page["AccessPointList"]) <= 2
            found += [point["Name"] for point in page["AccessPointList"]]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    assert pages() == sorted(names[0] + names[1])
    assert pages(Bucket=buckets[1]) == names[1]
    token = points.control.list_access_points(AccountId=number, MaxResults=1)["NextToken"]
    assert refusal(lambda: points.control.list_access_points(AccountId=number, Bucket=buckets[0], NextToken=token))[0] == 400
    assert refusal(lambda: Points(server).control.list_access_points(AccountId=ACCOUNT, NextToken=token))[0] == 400
    # A bucket stays as long as they lead to it.
    assert refusal(lambda: mine.delete_bucket(Bucket=buckets[0]))[:2] == (400, "BucketHasAccessPointsAttached")
    for name in names[0]:
        points.control.delete_access_point(AccountId=number, Name=name)
    mine.delete_bucket(Bucket=buckets[0])


def test_objects_come_and_go_by_arn_and_alias(points, s3, bucket):
    _, arn, alias = points.make(bucket)
    for number, place in enumerate((arn, alias)):
        key = f"a b/{number}/ü"
        s3.put_object(Bucket=place, Key=key, Body=b"x" * 100_000, Metadata={"a": "b"})
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x" * 100_000
        found = s3.get_object(Bucket=place, Key=key, Range="bytes=0-9")
        assert found["Body"].read() == b"x" * 10 and found["Metadata"] == {"a": "b"}
        assert s3.head_object(Bucket=place, Key=key)["ContentLength"] == 100_000
        assert [one["Key"] for one in s3.list_objects_v2(Bucket=place, Prefix=f"a b/{number}")["Contents"]] == [key]
        s3.put_object_tagging(Bucket=place, Key=key, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
        s3.copy_object(Bucket=place, Key="copy", CopySource={"Bucket": place, "Key": key})
        assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "k", "Value": "v"}]
        s3.upload_fileobj(io.BytesIO(b"y" * (9 << 20)), place, "parts")
        assert s3.head_object(Bucket=bucket, Key="parts")["ContentLength"] == 9 << 20
        upload = s3.create_multipart_upload(Bucket=place, Key="copied")["UploadId"]
        part = s3.upload_part_copy(Bucket=place, Key="copied", UploadId=upload, PartNumber=1,
                                   CopySource={"Bucket": place, "Key": "parts"})["CopyPartResult"]["ETag"]
        s3.complete_multipart_upload(Bucket=place, Key="copied", UploadId=upload,
                                     MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
        assert s3.head_bucket(Bucket=place)["AccessPointAlias"] is True
        deleted = s3.delete_objects(Bucket=place, Delete={"Objects": [{"Key": one} for one in (key, "copy", "parts", "copied")]})
        assert len(deleted["Deleted"]) == 4
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert s3.head_bucket(Bucket=bucket)["AccessPointAlias"] is False


def test_an_upload_says_where_its_object_is_as_the_caller_named_it(server, points, s3, bucket):
    name, arn, alias = points.make(bucket)
    host = server.url.removeprefix("http://")
    for named, location in ((bucket, f"{host}/{bucket}"), (alias, f"{host}/{alias}"), (arn, f"{name}-{ACCOUNT}.{host}")):
        place = {"Bucket": named, "Key": "a b/ü"}
        upload = s3.create_multipart_upload(**place)["UploadId"]
        part = s3.upload_part(PartNumber=1, Body=b"x", UploadId=upload, **place)["ETag"]
        done = s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}, **place)
        assert (done["Bucket"], done["Location"]) == (bucket, f"http://{location}/a%20b/%C3%BC")


def test_links_lead_through_an_access_point(server, points, bucket):
    _, arn, alias = points.make(bucket)
    s3 = server.client("s3", config=botocore.config.Config(signature_version="s3v4"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"here")
    for place in (arn, alias):
        link = s3.generate_presigned_url("get_object", Params={"Bucket": place, "Key": "k"})
        with urllib.request.urlopen(link) as answer:
            assert answer.read() == b"here"


def test_pages_come_by_an_alias_as_the_buckets_rules_let_them(server, points, s3, bucket):
    alias = points.make(bucket)[2]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [
        {"AllowedOrigins": ["https://page.example"], "AllowedMethods": ["GET"]}]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": alias, "Key": "k"})
    with urllib.request.urlopen(urllib.request.Request(link, headers={"Origin": "https://page.example"})) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
    question = urllib.request.Request(link, method="OPTIONS", headers={
        "Origin": "https://page.example", "Access-Control-Request-Method": "GET"})
    with urllib.request.urlopen(question) as answer:
        assert answer.headers["Access-Control-Allow-Methods"] == "GET"


def test_what_is_done_with_the_bucket_only_is_not_done_by_an_access_point(points, s3, bucket):
    _, arn, alias = points.make(bucket)
    for place in (arn, alias):
        for call in (lambda: s3.delete_bucket(Bucket=place), lambda: s3.get_bucket_versioning(Bucket=place),
                     lambda: s3.put_bucket_policy(Bucket=place, Policy=policy_of(deny("s3:*", Principal="*")))):
            assert refusal(call)[:2] == (405, "MethodNotAllowed")
    missing = arn[:-3] + "xyz"
    assert refusal(lambda: s3.get_object(Bucket=missing, Key="k"))[0] == 404
    assert refusal(lambda: s3.get_object(Bucket="p-" + "0" * 34 + "-s3alias", Key="k"))[:2] == (404, "NoSuchBucket")


def test_a_bucket_with_such_a_name_is_found_by_its_path(points, server, s3, bucket):
    name = points.make(bucket)[0]
    other = f"{name}-{ACCOUNT}"
    s3.create_bucket(Bucket=other)
    s3.put_object(Bucket=other, Key="k", Body=b"its own")
    assert s3.get_object(Bucket=other, Key="k")["Body"].read() == b"its own"
    assert refusal(lambda: s3.get_object(Bucket=bucket, Key="k"))[:2] == (404, "NoSuchKey")


def test_access_point_and_bucket_must_both_allow_it(server, points, s3, bucket):
    name, arn, alias = points.make(bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    own, by_point = f"arn:aws:s3:::{bucket}/*", f"{arn}/object/*"
    user = server.make_user(policy=allow("s3:GetObject", resource=own))
    theirs = server.client("s3", **user.keys)
    theirs.get_object(Bucket=bucket, Key="k")
    denied(lambda: theirs.get_object(Bucket=alias, Key="k"))
    user.may(allow("s3:GetObject", resource=by_point))
    denied(lambda: theirs.get_object(Bucket=alias, Key="k"))
    denied(lambda: theirs.get_object(Bucket=bucket, Key="k"))
    # The bucket leaves it to its access points.
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(allow("s3:*", resource=own, Principal={"AWS": ACCOUNT}), allow(
        "s3:GetObject", resource=own, Principal={"AWS": user.arn},
        Condition={"StringEquals": {"s3:DataAccessPointArn": arn, "s3:DataAccessPointAccount": ACCOUNT}})))
    for place in (alias, arn):
        assert theirs.get_object(Bucket=place, Key="k")["Body"].read() == b"x"
    denied(lambda: theirs.get_object(Bucket=bucket, Key="k"))
    denied(lambda: theirs.put_object(Bucket=alias, Key="k", Body=b""))
    # What it denies is denied, to whoever comes by it.
    points.allow(name, deny("s3:GetObject", resource=by_point, Principal="*"))
    for client in (theirs, s3):
        denied(lambda client=client: client.get_object(Bucket=alias, Key="k"))
    s3.get_object(Bucket=bucket, Key="k")
    # A copy reads its source by the way that it names.
    denied(lambda: s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": alias, "Key": "k"}))
    denied(lambda: s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": arn, "Key": "k"}))
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    points.control.delete_access_point_policy(AccountId=ACCOUNT, Name=name)
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": arn, "Key": "k"})


def test_an_access_points_policy_lets_another_account_in(server, points, s3, bucket):
    name, arn, _ = points.make(bucket)
    s3.put_object(Bucket=bucket, Key="a/k", Body=b"x")
    number, keys = server.make_account()
    theirs = server.client("s3", **keys)
    denied(lambda: theirs.get_object(Bucket=arn, Key="a/k"))
    points.allow(name, allow("s3:GetObject", resource=f"{arn}/object/a/*", Principal={"AWS": number}))
    denied(lambda: theirs.get_object(Bucket=arn, Key="a/k"))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(allow(
        "s3:*", resource=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], Principal={"AWS": "*"},
        Condition={"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}})))
    assert theirs.get_object(Bucket=arn, Key="a/k")["Body"].read() == b"x"
    denied(lambda: theirs.get_object(Bucket=arn, Key="b/k"))
    denied(lambda: theirs.get_object(Bucket=bucket, Key="a/k"))


def test_an_access_point_keeps_lists_from_the_public(server, points, s3, bucket):
    """Who is let in by the bucket's lists is not, by an access point that ignores public ones."""
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    number, keys = server.make_account()
    theirs = server.client("s3", **keys)
    everything = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    for block, goes in ((everything, False), (dict.fromkeys(everything, False), True)):
        name, arn, alias = points.make(bucket, PublicAccessBlockConfiguration=block)
        points.allow(name, allow("s3:*", resource=[arn, f"{arn}/object/*"], Principal={"AWS": number}))
        for call in (lambda: theirs.get_object(Bucket=alias, Key="k"), lambda: theirs.list_objects_v2(Bucket=alias)):
            if goes:
                call()
            else:
                denied(call)
        put = lambda: s3.put_object(Bucket=alias, Key="new", Body=b"", ACL="public-read")
        if goes:
            put()
        else:
            denied(put)
            s3.put_object(Bucket=alias, Key="new", Body=b"")
    theirs.get_object(Bucket=bucket, Key="k")


def test_policies_of_access_points(points, bucket):
    name, arn, _ = points.make(bucket)
    control, about = points.control, {"AccountId": ACCOUNT, "Name": name}
    assert refusal(lambda: control.get_access_point_policy(**about))[:2] == (404, "NoSuchAccessPointPolicy")
    text = policy_of(allow("s3:GetObject", resource=f"{arn}/object/*", Principal={"AWS": ACCOUNT}))
    control.put_access_point_policy(Policy=text, **about)
    assert json.loads(control.get_access_point_policy(**about)["Policy"]) == json.loads(text)
    assert control.get_access_point_policy_status(**about)["PolicyStatus"] == {"IsPublic": False}
    public = policy_of(allow("s3:GetObject", resource=f"{arn}/object/*", Principal="*"))
    assert refusal(lambda: control.put_access_point_policy(Policy=public, **about))[:2] == (403, "AccessDenied")
    for bad in ("{", "[]", policy_of(allow("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", Principal="*"))):
        assert refusal(lambda bad=bad: control.put_access_point_policy(Policy=bad, **about))[:2] == (400, "MalformedPolicy")
    open_name, open_arn, _ = points.make(bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    about = {"AccountId": ACCOUNT, "Name": open_name}
    control.put_access_point_policy(Policy=public.replace(arn, open_arn), **about)
    assert control.get_access_point_policy_status(**about)["PolicyStatus"] == {"IsPublic": True}
    control.delete_access_point_policy(**about)
    assert refusal(lambda: control.get_access_point_policy_status(**about))[:2] == (404, "NoSuchAccessPointPolicy")


def test_a_tag_that_an_access_points_policy_denies(server, points, s3, bucket):
    name, arn, alias = points.make(bucket)
    s3.put_object(Bucket=bucket, Key="open", Body=b"x", Tagging="access=open")
    s3.put_object(Bucket=bucket, Key="closed", Body=b"x", Tagging="access=closed")
    points.allow(name, deny("s3:GetObject", resource=f"{arn}/object/*", Principal="*",
                            Condition={"StringEquals": {"s3:ExistingObjectTag/access": "closed"}}))
    s3.get_object(Bucket=alias, Key="open")
    denied(lambda: s3.get_object(Bucket=alias, Key="closed"))


def test_what_s3_control_does_not_do_is_refused_by_name(points):
    with pytest.raises(ClientError) as caught:
        points.control.list_jobs(AccountId=ACCOUNT)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert "ListJobs" in caught.value.response["Error"]["Message"]
