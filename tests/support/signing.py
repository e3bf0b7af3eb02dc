"""Signature version 4 as botocore makes it, at any time of the clock."""

import datetime
import hashlib

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.credentials import Credentials


def sign(request, host, service, keys, age=datetime.timedelta(), region="us-east-1", payload=None):
    """Signs an AWSRequest as `age` ago. `keys` are named as boto3's clients name them. `payload` says for S3 what the body is, other
    than its hash."""
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), service, region)
    moment = datetime.datetime.now(datetime.timezone.utc) - age
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    if service == "s3":
        request.headers["X-Amz-Content-SHA256"] = payload or hashlib.sha256(request.body or b"").hexdigest()
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    request.headers["Host"] = host
    if "aws_session_token" in keys:
        request.headers["X-Amz-Security-Token"] = keys["aws_session_token"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
        f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(request))}, Signature={signature}")
