#!/usr/bin/env python3
"""Deploys the thumbnail pipeline with boto3 and says how to use it: upload a picture, see its thumbnail, read the log.

    examples/thumbnail/deploy.py [--wait]      --wait: for the server, and quietly not at all when it does not come

Needs AWS_ENDPOINT_URL and keys in the environment, or the server of `./dev run` on its usual port, in the folder
that HEARTH_DATA names or its usual one.
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
NAME, GALLERY, PICTURES, THUMBNAILS = "thumbnail", "gallery", "pictures", "thumbnails"  # PICTURES is a bucket and a table
URL = os.environ.setdefault("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
STATE = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
KEYS = pathlib.Path(os.environ.get("HEARTH_DATA") or f"{STATE}/hearth", "credentials").expanduser()
TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                "Action": "sts:AssumeRole"}}


def allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def make_role(iam, name, *statements):
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    document = {"Version": "2012-10-17", "Statement": [*statements, allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*")]}
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")  # its log
    return iam.get_role(RoleName=name)["Role"]["Arn"]


def make_table(dynamodb):
    try:
        dynamodb.create_table(TableName=PICTURES, KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
                              AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
                              StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    except dynamodb.exceptions.ResourceInUseException:
        pass
    dynamodb.get_waiter("table_exists").wait(TableName=PICTURES)
    return dynamodb.describe_table(TableName=PICTURES)["Table"]


def make_function(aws, name, role, handler, **variables):
    try:
        arn = aws.create_function(FunctionName=name, Runtime="python3.11", Handler=handler, Timeout=60, MemorySize=256, Role=role,
                                  Code={"ZipFile": package()}, Environment={"Variables": variables})["FunctionArn"]
    except aws.exceptions.ResourceConflictException:
        arn = aws.update_function_code(FunctionName=name, ZipFile=package())["FunctionArn"]
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)
        aws.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    aws.get_waiter("function_updated_v2").wait(FunctionName=name)
    return arn


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
    iam, s3, aws, dynamodb = (boto3.client(name) for name in ("iam", "s3", "lambda", "dynamodb"))
    account = boto3.client("sts").get_caller_identity()["Account"]
    for bucket in (PICTURES, THUMBNAILS):
        s3.create_bucket(Bucket=bucket)
    table = make_table(dynamodb)
    role = make_role(iam, NAME, allow("s3:GetObject", f"arn:aws:s3:::{PICTURES}/*"),
                     allow("s3:PutObject", f"arn:aws:s3:::{THUMBNAILS}/*"), allow("dynamodb:PutItem", table["TableArn"]))
    arn = make_function(aws, NAME, role, "app.handler", THUMBNAILS=THUMBNAILS, EDGE="64", TABLE=PICTURES)
    reader = make_role(iam, GALLERY, allow(["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream",
                                            "dynamodb:ListStreams"], table["TableArn"] + "/stream/*"), allow("dynamodb:ListStreams", "*"))
    make_function(aws, GALLERY, reader, "gallery.handler")
    try:
        aws.create_event_source_mapping(FunctionName=GALLERY, EventSourceArn=table["LatestStreamArn"], StartingPosition="TRIM_HORIZON")
    except aws.exceptions.ResourceConflictException:
        pass
    try:
        aws.add_permission(FunctionName=NAME, StatementId="pictures", Action="lambda:InvokeFunction",
                           Principal="s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{PICTURES}", SourceAccount=account)
    except aws.exceptions.ResourceConflictException:
        pass
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
  aws dynamodb scan --table-name pictures
  aws logs filter-log-events --log-group-name /aws/lambda/gallery --query 'events[].message' --output text
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
