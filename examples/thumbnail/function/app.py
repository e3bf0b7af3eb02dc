"""Makes a thumbnail of every picture that is uploaded, and records it in a table where there is one."""
import os
import urllib.parse

import boto3

import png

s3 = boto3.client("s3")
TABLE = os.environ.get("TABLE")
dynamodb = boto3.client("dynamodb") if TABLE else None


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])  # keys come as in a form
        picture = png.Picture.read(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        small = picture.shrunk(int(os.environ["EDGE"]))
        s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=key, Body=small.written(), ContentType="image/png")
        if TABLE:
            dynamodb.put_item(TableName=TABLE, Item={
                "key": {"S": key}, "width": {"N": str(picture.width)}, "height": {"N": str(picture.height)},
                "thumbnail": {"S": f"s3://{os.environ['THUMBNAILS']}/{key}"}})
        print(f"{key}: {picture.width}x{picture.height} became {small.width}x{small.height}")
