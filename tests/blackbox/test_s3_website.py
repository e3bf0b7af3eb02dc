"""Promise: your AWS code runs unchanged: a bucket is a website under a host name of its own, for visitors who sign nothing."""
import re
import uuid

import pytest
from test_s3_buckets import open_to_all, policy, refused
from test_s3_cors import ask, preflight

SITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "errors/sorry.html"}}


def make(s3, site, objects, public=True):
    name = "b-" + uuid.uuid4().hex[:20]
    s3.create_bucket(Bucket=name)
    if public:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
        s3.put_bucket_policy(Bucket=name, Policy=policy(open_to_all(name), open_to_all(name, "s3:ListBucket")))
    if site:
        s3.put_bucket_website(Bucket=name, WebsiteConfiguration=site)
    for key, body in objects.items():
        s3.put_object(Bucket=name, Key=key, Body=body, ContentType="text/html")
    return name


def visit(server, bucket, path, method="GET", host=".s3-website.localhost", **headers):
    return ask(server, method, path, Host=bucket + host, **headers)


@pytest.fixture(scope="module")
def site(s3):
    return make(s3, SITE, {"index.html": "home", "docs/index.html": "docs", "page": "page", "errors/sorry.html": "sorry",
                           "docs/a b?": "odd"})


def test_a_configuration_lives_and_dies(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    rules = [{"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}]
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration={**SITE, "RoutingRules": rules})
    answer = s3.get_bucket_website(Bucket=name)
    assert {key: answer[key] for key in (*SITE, "RoutingRules")} == {**SITE, "RoutingRules": rules}
    s3.delete_bucket_website(Bucket=name)
    refused(lambda: s3.get_bucket_website(Bucket=name), "NoSuchWebsiteConfiguration", 404, BucketName=name)


@pytest.mark.parametrize("site, code, name", [
    ({}, "InvalidArgument", "IndexDocument"),
    ({"IndexDocument": {"Suffix": ""}}, "InvalidArgument", "IndexDocument"),
    ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument", "IndexDocument"),
    ({"IndexDocument": {"Suffix": "i"}, "ErrorDocument": {"Key": ""}}, None, None),
    ({**SITE, "RedirectAllRequestsTo": {"HostName": "h"}}, "InvalidArgument", "RedirectAllRequestsTo"),
    ({"RedirectAllRequestsTo": {"HostName": "h", "Protocol": "ftp"}}, None, None),
    ({**SITE, "RoutingRules": [{"Condition": {}, "Redirect": {"HostName": "h"}}]}, "InvalidRequest", None),
    ({**SITE, "RoutingRules": [{"Redirect": {}}]}, "MalformedXML", None),
    ({**SITE, "RoutingRules": [{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}]}, "InvalidRequest", None),
    ({**SITE, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "200"}}]}, "InvalidRequest", None),
    ({**SITE, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "300"}}]}, "InvalidRequest", None),
    ({**SITE, "RoutingRules": [{"Condition": {"HttpErrorCodeReturnedEquals": "302"}, "Redirect": {"HostName": "h"}}]},
     "InvalidRequest", None),
    ({**SITE, "RoutingRules": [{"Redirect": {"HostName": "h"}}] * 51}, "InvalidRequest", None),
])
def test_configurations_that_are_none(s3, bucket, site, code, name):
    call = lambda: s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=site)  # noqa: E731
    if code is None:
        with pytest.raises(s3.exceptions.ClientError) as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    else:
        refused(call, code, 400, **({"ArgumentName": name} if name else {}))
    refused(lambda: s3.get_bucket_website(Bucket=bucket), "NoSuchWebsiteConfiguration", 404)


@pytest.mark.parametrize("host", [".s3-website.localhost:4566", ".s3-website.us-east-1.localhost", ".S3-Website-us-east-1.amazonaws.com"])
def test_a_site_is_told_by_its_host(server, site, host):
    assert visit(server, site, "/", host=host)[::2] == (200, "home")


def test_documents_and_folders(server, site):
    status, headers, body = visit(server, site, "/")
    assert (status, headers["Content-Type"], body) == (200, "text/html", "home") and headers["ETag"]
    assert visit(server, site, "/docs/")[::2] == (200, "docs")
    assert visit(server, site, "/docs/a%20b%3F?versionId=no&response-content-type=x")[::2] == (200, "odd")
    status, headers, body = visit(server, site, "/docs")
    assert (status, headers["Location"]) == (302, "/docs/") and "<li>Code: Found</li>" in body
    status, headers, body = visit(server, site, "/", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "4", "")


def test_conditions_and_ranges_are_those_of_objects(server, site):
    etag = visit(server, site, "/page")[1]["ETag"]
    status, headers, body = visit(server, site, "/page", If_None_Match=etag)
    assert (status, headers["ETag"], body) == (304, etag, "")
    status, headers, body = visit(server, site, "/page", Range="bytes=1-2")
    assert (status, headers["Content-Range"], body) == (206, "bytes 1-2/4", "ag")


def test_errors_are_the_sites_own(server, site):
    status, headers, body = visit(server, site, "/none")
    assert (status, headers["x-amz-error-code"], body) == (404, "NoSuchKey", "sorry")
    status, headers, body = visit(server, site, "/none", "HEAD")
    assert (status, body) == (404, "")


def test_errors_of_sites_without_a_document_are_pages(server, s3):
    name = make(s3, {"IndexDocument": {"Suffix": "index.html"}}, {})
    status, headers, body = visit(server, name, "/no%3Cne")
    request, host = headers["x-amz-request-id"], headers["x-amz-id-2"]
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert body == (
        "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<h1>404 Not Found</h1>\n<ul>\n<li>Code: NoSuchKey</li>\n"
        "<li>Message: The specified key does not exist.</li>\n<li>Key: no&lt;ne</li>\n"
        f"<li>RequestId: {request}</li>\n<li>HostId: {host}</li>\n</ul>\n<hr/>\n</body>\n</html>\n")
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=SITE)
    body = visit(server, name, "/none")[2]
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>" in body
    assert "<li>Key: errors/sorry.html</li>" in body


def test_only_what_is_public_is_shown(server, s3):
    name = make(s3, SITE, {"index.html": "home"}, public=False)
    status, headers, body = visit(server, name, "/")
    assert (status, headers["x-amz-error-code"]) == (403, "AccessDenied") and "home" not in body
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=name, Policy=policy(open_to_all(name)))
    assert visit(server, name, "/")[::2] == (200, "home")
    # What is there is not told to who may not list.
    assert visit(server, name, "/none")[0] == 403


def test_what_is_no_site(server, s3, bucket):
    status, _, body = visit(server, bucket, "/")
    assert status == 404 and "<li>Code: NoSuchWebsiteConfiguration</li>" in body and f"<li>BucketName: {bucket}</li>" in body
    status, _, body = visit(server, bucket + "x", "/")
    assert status == 404 and "<li>Code: NoSuchBucket</li>" in body
    assert "PATH" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_visitors_only_read(server, site, method):
    status, headers, body = visit(server, site, "/page", method)
    assert (status, headers["Content-Type"]) == (405, "text/html; charset=utf-8")
    assert "<h1>405 Method Not Allowed</h1>" in body and f"<li>Method: {method}</li>" in body


def test_signatures_are_refused(server, site):
    status, _, body = visit(server, site, "/", Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert status == 400 and (body == "sorry" or "Unsupported Authorization Type" in body)


def test_everything_elsewhere(server, s3):
    name = make(s3, {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}, {})
    status, headers, _ = visit(server, name, "/a/b%20c")
    assert (status, headers["Location"]) == (301, "https://example.com/a/b%20c")


def test_routing_rules(server, s3):
    name = make(s3, {**SITE, "RoutingRules": [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
        {"Condition": {"KeyPrefixEquals": "one"}, "Redirect": {"ReplaceKeyWith": "page", "HttpRedirectCode": "307"}},
        {"Condition": {"KeyPrefixEquals": "lost/", "HttpErrorCodeReturnedEquals": "404"},
         "Redirect": {"HostName": "other.example", "Protocol": "https", "ReplaceKeyPrefixWith": "found?/"}}]},
        {"page": "page", "old/x": "never seen", "lost/here": "here"})
    host = name + ".s3-website.localhost"
    status, headers, _ = visit(server, name, "/old/x")
    assert (status, headers["Location"]) == (301, f"http://{host}/new/x")
    status, headers, _ = visit(server, name, "/oneandall")
    assert (status, headers["Location"]) == (307, f"http://{host}/page")
    assert visit(server, name, "/lost/here")[::2] == (200, "here")
    status, headers, _ = visit(server, name, "/lost/a")
    assert (status, headers["Location"]) == (301, "https://other.example/found%3F/a")


def test_objects_that_lead_elsewhere(server, s3, site):
    s3.put_object(Bucket=site, Key="gone", Body=b"not shown", WebsiteRedirectLocation="/page")
    status, headers, body = visit(server, site, "/gone")
    assert (status, headers["Location"], body) == (301, "/page", "")
    assert s3.get_object(Bucket=site, Key="gone")["WebsiteRedirectLocation"] == "/page"
    refused(lambda: s3.put_object(Bucket=site, Key="bad", Body=b"", WebsiteRedirectLocation="page"), "InvalidRedirectLocation", 400,
            Message="The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")


def test_pages_of_other_origins(server, s3, site):
    s3.put_bucket_cors(Bucket=site, CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]})
    assert visit(server, site, "/", Origin="http://a")[1]["Access-Control-Allow-Origin"] == "*"
    assert preflight(server, "/page", "http://a", "GET", Host=site + ".s3-website.localhost")[0] == 200
    status, _, body = preflight(server, "/page", "http://a", "PUT", Host=site + ".s3-website.localhost")
    assert status == 403 and re.search("<li>Code: AccessForbidden</li>|sorry", body)
