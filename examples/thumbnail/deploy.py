#!/usr/bin/env python3
"""Deploys the thumbnail pipeline with boto3 and says how to use it: upload a picture, see its thumbnail, read the log.

    examples/thumbnail/deploy.py [--wait]      --wait: for the server, and quietly not at all when it does not come

Needs AWS_ENDPOINT_URL and keys in the environment, or the server of `./dev run` on its usual port and folder.
"""
import io
import json
import os
import pathlib
import sys
import time
import urllib.request
import zipfile

import boto3

HERE = pathlib.Path(__file__).parent
NAME, PICTURES, THUMBNAILS = "thumbnail", "pictures", "thumbnails"
URL = os.environ.setdefault("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
KEYS = pathlib.Path("~/.local/state/hearth/credentials").expanduser()
TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                "Action": "sts:AssumeRole"}}


def rights():
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{PICTURES}/*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{THUMBNAILS}/*"},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}]}


def wait_for_server(seconds=60):
    for _ in range(seconds * 5):
        try:
            urllib.request.urlopen(URL + "/_hearth/health").close()
            return True
        except OSError:
            time.sleep(0.2)
    return False


def package():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for file in sorted((HERE / "function").glob("*.py")):
            archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
    return memory.getvalue()


def sample():
    """A picture of 300 by 200 pixels, to begin with."""
    sys.path.insert(0, str(HERE / "function"))
    import png
    rows = [bytearray(v for x in range(300) for v in (x * 255 // 300, y * 255 // 200, 160)) for y in range(200)]
    return png.Picture(300, 200, 2, rows).written()


def deploy():
    iam, s3, aws = boto3.client("iam"), boto3.client("s3"), boto3.client("lambda")
    account = boto3.client("sts").get_caller_identity()["Account"]
    for bucket in (PICTURES, THUMBNAILS):
        s3.create_bucket(Bucket=bucket)
    try:
        iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(rights()))
    try:
        arn = aws.create_function(FunctionName=NAME, Runtime="python3.11", Handler="app.handler", Timeout=60, MemorySize=256,
                                  Role=f"arn:aws:iam::{account}:role/{NAME}", Code={"ZipFile": package()},
                                  Environment={"Variables": {"THUMBNAILS": THUMBNAILS, "EDGE": "64"}})["FunctionArn"]
        aws.add_permission(FunctionName=NAME, StatementId="pictures", Action="lambda:InvokeFunction",
                           Principal="s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{PICTURES}", SourceAccount=account)
    except aws.exceptions.ResourceConflictException:
        arn = aws.update_function_code(FunctionName=NAME, ZipFile=package())["FunctionArn"]
    aws.get_waiter("function_updated_v2").wait(FunctionName=NAME)
    s3.put_bucket_notification_configuration(Bucket=PICTURES, NotificationConfiguration={"LambdaFunctionConfigurations": [{
        "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".png"}]}}}]})


GUIDE = """
The thumbnail example is deployed. In another terminal, in this folder:

  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1 AWS_SHARED_CREDENTIALS_FILE={keys}
  alias aws="$PWD/.venv/bin/aws"
  aws s3 cp {sample} s3://pictures/      # or a picture of yours: PNG
  aws s3 cp s3://thumbnails/{name} small.png
  aws logs filter-log-events --log-group-name /aws/lambda/thumbnail --query 'events[].message' --output text
"""


def main():
    if "--wait" in sys.argv and not wait_for_server():
        return
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        os.environ.setdefault("AWS_SHARED_CREDENTIALS_FILE", str(KEYS))
    deploy()
    picture = pathlib.Path("build/sample.png") if pathlib.Path("build").is_dir() else HERE / "sample.png"
    picture.write_bytes(sample())
    print(GUIDE.format(url=URL, keys=os.environ.get("AWS_SHARED_CREDENTIALS_FILE", KEYS), sample=picture, name=picture.name),
          flush=True)


if __name__ == "__main__":
    main()
