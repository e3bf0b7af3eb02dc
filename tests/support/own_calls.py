"""Goes into packages of functions: calls of AWS with the credentials of the environment, signed by hand so that no SDK is
needed."""

import datetime
import hashlib
import hmac
import os
import urllib.error
import urllib.parse
import urllib.request


def call(service, method="POST", path="/", form=None):
    """The answer's status and text. `form` has an operation of IAM or STS."""
    body = urllib.parse.urlencode(form).encode() if form else b""
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), "x-amz-date": moment,
               "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
    if form:
        headers["content-type"] = "application/x-www-form-urlencoded"
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    quoted = urllib.parse.quote(path)
    request = f"{method}\n{urllib.parse.quote(quoted)}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/{os.environ['AWS_REGION']}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
                                f"SignedHeaders={names}, Signature={key.hex()}")
    url = os.environ["AWS_ENDPOINT_URL"] + quoted
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body or None, headers, method=method)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def handler(event, context):
    return call(**event)
