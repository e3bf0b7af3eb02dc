"""Follows the table of pictures: says of each change what it means for a gallery."""


def handler(event, context):
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["key"]["S"]
        if record["eventName"] == "REMOVE":
            print(f"{key} is gone")
            continue
        image = record["dynamodb"]["NewImage"]
        print(f"{key}: {image['width']['N']}x{image['height']['N']}, to be shown as {image['thumbnail']['S']}")
