"""Promise: your AWS code runs unchanged. What a request may not say is refused with the service's own status, code and
text, word for word."""

import io
import re
import tomllib
import uuid
import zipfile

import botocore
import botocore.session
import pytest
from blackbox_server import ROLE, ROOT, create, package, until

CODE = "def handler(e, c):\n    return c.function_version\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
INVALID = (400, "InvalidParameterValueException")
REFUSED = (400, "ValidationException")
ABSENT = (404, "ResourceNotFoundException")
CONFLICT = (409, "ResourceConflictException")
STALE = (412, "PreconditionFailedException")
TOO_LARGE = (413, "RequestEntityTooLargeException")
NOT_HERE = (501, "NotImplemented")
LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:"

MODEL = botocore.session.get_session().get_service_model("lambda")


def pattern(shape):
    return MODEL.shape_for(shape).metadata["pattern"]


def unmet(value, member, constraint):
    """The framework's text for one value that breaks one constraint."""
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"


def too_long(value, member, length):
    return unmet(value, member, f"Member must have length less than or equal to {length}")


def too_short(value, member, length):
    return unmet(value, member, f"Member must have length greater than or equal to {length}")


def too_much(value, member, limit):
    return unmet(value, member, f"Member must have value less than or equal to {limit}")


def too_little(value, member, limit):
    return unmet(value, member, f"Member must have value greater than or equal to {limit}")


def malformed(value, member, shape):
    return unmet(value, member, f"Member must satisfy regular expression pattern: {pattern(shape)}")


def missing(member):
    return f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"


def zip_of_zeros(size):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", bytes(size))
    return buffer.getvalue()


VARIABLES = {"A1": "x" * 4090}
ENVIRONMENT = "Lambda was unable to configure your environment variables because the environment variables you have provided "
STALE_FUNCTION = ("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
                  "retrieve the latest Revision Id")
STALE_POLICY = ("The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the "
                "latest Revision Id")
UNQUALIFIED_ONLY = ("This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                    "operation. Please specify either a function name or an unqualified function ARN.")
MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."

# What is wrong with a new function; None takes a member away.
CREATE = {
    "name too long": ({"FunctionName": "x" * 65}, INVALID, too_long("x" * 65, "functionName", 64)),
    "name beyond any": ({"FunctionName": "x" * 141}, REFUSED, too_long("x" * 141, "functionName", 140)),
    "name with a blank": ({"FunctionName": "a b"}, REFUSED, malformed("a b", "functionName", "FunctionName")),
    "name with a dot": ({"FunctionName": "a.b"}, REFUSED, malformed("a.b", "functionName", "FunctionName")),
    "no name": ({"FunctionName": None}, REFUSED, missing("functionName")),
    "no role": ({"Role": None}, REFUSED, missing("role")),
    "no code": ({"Code": None}, REFUSED, missing("code")),
    "no runtime": ({"Runtime": None}, INVALID, MANDATORY),
    "no handler": ({"Handler": None}, INVALID, MANDATORY),
    "form of the role": ({"Role": "nobody"}, REFUSED, malformed("nobody", "role", "RoleArn")),
    "unknown runtime": ({"Runtime": "cobol"}, INVALID,
                        re.compile(r"Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
                                   r"set: \[[a-z0-9., ]+\] or be a valid ARN")),
    "deprecated runtime": ({"Runtime": "python3.7"}, INVALID,
                           "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda "
                           "functions. We recommend you use a supported runtime while creating or updating functions."),
    "broken zip": ({"Code": {"ZipFile": b"no zip"}}, INVALID,
                   "Could not unzip uploaded file. Please check your file, then try to upload again."),
    "cut zip": ({"Code": {"ZipFile": package(CODE)[:-10]}}, INVALID,
                "Could not unzip uploaded file. Please check your file, then try to upload again."),
    "empty zip": ({"Code": {"ZipFile": b""}}, INVALID, "Uploaded file must be a non-empty zip"),
    "no zip": ({"Code": {}}, INVALID, "Please provide a source for function code."),
    "no key": ({"Code": {"S3Bucket": "abc"}}, INVALID, "Please provide a source for function code."),
    "zip without entries": ({"Code": {"ZipFile": package({})}}, INVALID, "Uploaded file must be a non-empty zip"),
    "source in S3": ({"Code": {"S3Bucket": "abc", "S3Key": "k"}}, INVALID,
                     "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket "
                     "does not exist"),
    "short bucket": ({"Code": {"S3Bucket": "ab", "S3Key": "k"}}, REFUSED, too_short("ab", "code.s3Bucket", 3)),
    "image": ({"PackageType": "Image", "Code": {"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1"}}, INVALID,
              "Please don't provide Handler or Runtime or Layer when the intended function PackageType is IMAGE."),
    "package type": ({"PackageType": "Tar"}, REFUSED,
                     unmet("Tar", "packageType", "Member must satisfy enum value set: [Zip, Image]")),
    "timeout of none": ({"Timeout": 0}, REFUSED, too_little(0, "timeout", 1)),
    "timeout beyond the service": ({"Timeout": 901}, INVALID, too_much(901, "timeout", 900)),
    "timeout beyond the model": ({"Timeout": 5401}, REFUSED, too_much(5401, "timeout", 5400)),
    "little memory": ({"MemorySize": 127}, REFUSED, too_little(127, "memorySize", 128)),
    "memory beyond the service": ({"MemorySize": 10241}, INVALID, too_much(10241, "memorySize", 10240)),
    "memory beyond the model": ({"MemorySize": 32769}, REFUSED, too_much(32769, "memorySize", 32768)),
    "little storage": ({"EphemeralStorage": {"Size": 511}}, REFUSED, too_little(511, "ephemeralStorage.size", 512)),
    "storage beyond the service": ({"EphemeralStorage": {"Size": 10241}}, INVALID,
                                   too_much(10241, "ephemeralStorage.size", 10240)),
    "storage without size": ({"EphemeralStorage": {}}, REFUSED, missing("ephemeralStorage.size")),
    "handler with a blank": ({"Handler": "a b"}, REFUSED, malformed("a b", "handler", "Handler")),
    "long handler": ({"Handler": "h" * 129}, REFUSED, too_long("h" * 129, "handler", 128)),
    "long description": ({"Description": "d" * 257}, REFUSED, too_long("d" * 257, "description", 256)),
    "two at once": ({"Handler": "a b", "MemorySize": 1}, REFUSED,
                    "2 validation errors detected: Value 'a b' at 'handler' failed to satisfy constraint: Member must "
                    f"satisfy regular expression pattern: {pattern('Handler')}; Value '1' at 'memorySize' failed to satisfy "
                    "constraint: Member must have value greater than or equal to 128"),
    "large environment": ({"Environment": {"Variables": VARIABLES}}, INVALID,
                          ENVIRONMENT + 'exceeded the 4KB limit. String measured: {"A1":"' + "x" * 4090 + '"}'),
    "reserved variable": ({"Environment": {"Variables": {"AWS_REGION": "x", "OK": "y"}}}, INVALID,
                          ENVIRONMENT + "contains reserved keys that are currently not supported for modification. "
                          "Reserved keys used in this request: AWS_REGION"),
    "name of a variable": ({"Environment": {"Variables": {"0bad": "hush"}}}, REFUSED,
                           "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map "
                           "keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                           "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"),
    "several reserved variables": ({"Environment": {"Variables": {"LAMBDA_TASK_ROOT": "x", "AWS_REGION": "x"}}}, INVALID,
                                   re.compile(".*Reserved keys used in this request: (AWS_REGION, LAMBDA_TASK_ROOT|"
                                              "LAMBDA_TASK_ROOT, AWS_REGION)")),
    "form of a layer": ({"Layers": ["l"]}, REFUSED,
                        unmet("[l]", "layers", "Member must satisfy constraint: [Member must have length less than or equal to "
                              "2048, Member must have length greater than or equal to 1, Member must satisfy regular "
                              f"expression pattern: {pattern('LayerVersionArn')}, Member must not be null]")),
    "six layers": ({"Layers": [f"{LAYER}l{i}:1" for i in range(6)]}, INVALID, "Cannot reference more than 5 layers."),
    "a layer twice": ({"Layers": [f"{LAYER}l:1", f"{LAYER}l:2"]}, INVALID,
                      "Two different versions of the same layer are not allowed to be referenced in the same function. "
                      f"{LAYER}l:1 and {LAYER}l:2 are versions of the same layer."),
    "layer elsewhere": ({"Layers": ["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"]}, INVALID,
                        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."),
    "no such layer": ({"Layers": [f"{LAYER}l:1"]}, INVALID, f"Layer version {LAYER}l:1 does not exist."),
    "two architectures": ({"Architectures": ["x86_64", "arm64"]}, REFUSED,
                          too_long("[x86_64, arm64]", "architectures", 1)),
    "no architecture": ({"Architectures": []}, REFUSED, too_short("[]", "architectures", 1)),
    "architecture in capitals": ({"Architectures": ["X86_64"]}, REFUSED,
                                 unmet("[X86_64]", "architectures", "Member must satisfy constraint: [Member must satisfy "
                                       "enum value set: [x86_64, arm64], Member must not be null]")),
    "subnet": ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, INVALID,
               "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet "
               "ID 'subnet-1' does not exist"),
    "security group": ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": ["sg-1"]}}, INVALID,
                       "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: "
                       "The security group 'sg-1' does not exist"),
    "many security groups": ({"VpcConfig": {"SecurityGroupIds": ["sg-1"] * 6}}, REFUSED,
                             too_long("[sg-1, sg-1, sg-1, sg-1, sg-1, sg-1]", "vpcConfig.securityGroupIds", 5)),
    "form of a subnet": ({"VpcConfig": {"SubnetIds": ["net-1"]}}, REFUSED,
                         unmet("[net-1]", "vpcConfig.subnetIds", "Member must satisfy constraint: [Member must have length "
                               "less than or equal to 1024, Member must have length greater than or equal to 0, Member must "
                               "satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]")),
    "many subnets": ({"VpcConfig": {"SubnetIds": ["subnet-1"] * 17}}, REFUSED,
                     too_long("[" + ", ".join(["subnet-1"] * 17) + "]", "vpcConfig.subnetIds", 16)),
    "many tags": ({"Tags": {f"k{i}": "v" for i in range(51)}}, INVALID, "Number of tags exceeds resource tag limit."),
    "long key of a tag": ({"Tags": {"k" * 129: "v"}}, REFUSED,
                          unmet("{" + "k" * 129 + "=v}", "tags", "Map keys must satisfy constraint: [Member must have length "
                                "less than or equal to 128, Member must have length greater than or equal to 1, Member must "
                                f"satisfy regular expression pattern: {pattern('TagKey')}, Member must not be null]")),
    "long value of a tag": ({"Tags": {"k": "v" * 257}}, REFUSED,
                            unmet("{k=" + "v" * 257 + "}", "tags", "Map value must satisfy constraint: [Member must have "
                                  "length less than or equal to 256, Member must have length greater than or equal to 0, "
                                  f"Member must satisfy regular expression pattern: {pattern('TagValue')}, Member must not be "
                                  "null]")),
    "reserved tag": ({"Tags": {"aws:k": "v"}}, INVALID, re.compile(".*aws:.*")),
    "tracing": ({"TracingConfig": {"Mode": "On"}}, REFUSED,
                unmet("On", "tracingConfig.mode", "Member must satisfy enum value set: [Active, PassThrough]")),
    "log group": ({"LoggingConfig": {"LogGroup": "a b"}}, REFUSED, malformed("a b", "loggingConfig.logGroup", "LogGroup")),
    "SnapStart": ({"SnapStart": {"ApplyOn": "PublishedVersions"}, "Runtime": "python3.11"}, INVALID,
                  "python3.11 is not supported for SnapStart enabled functions."),
    "file system": ({"FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/"
                                                   "fsap-01234567890abcdef", "LocalMountPath": "/mnt/a"}]}, NOT_HERE,
                    "Hearth does not implement file systems for functions yet"),
    "large zip": ({"Code": {"ZipFile": bytes(52428801)}}, TOO_LARGE, "Zipped size must be smaller than 52428800 bytes"),
    "large request": ({"Code": {"ZipFile": bytes(52700000)}}, TOO_LARGE,
                      "Request must be smaller than 70167211 bytes for the CreateFunction operation"),
    "large contents": ({"Code": {"ZipFile": zip_of_zeros(262144001)}}, INVALID,
                       "Unzipped size must be smaller than 262144000 bytes"),
}

# What is wrong with a call on the function NAME, which has the versions 1 and 2, the alias `live` on 1 and a policy.
NAME = "validated"
HERE = ARN + NAME
NOBODY = ARN + "nobody"
LIVE = {"FunctionName": NAME, "Name": "live"}
PERMISSION = {"FunctionName": NAME, "StatementId": "new", "Action": "lambda:InvokeFunction",
              "Principal": "s3.amazonaws.com"}


def weights(**versions):
    return {"RoutingConfig": {"AdditionalVersionWeights": {key[1:].replace("LATEST", "$LATEST"): weight
                                                          for key, weight in versions.items()}}}


def absent(arn):
    return f"Function not found: {arn}"


CALLS = [
    # Functions and versions.
    ("get_function", {"FunctionName": "nobody"}, ABSENT, absent(NOBODY)),
    ("get_function", {"FunctionName": "nobody", "Qualifier": "1"}, ABSENT, absent(NOBODY + ":1")),
    ("get_function", {"FunctionName": NAME, "Qualifier": "9"}, ABSENT, absent(HERE + ":9")),
    ("get_function", {"FunctionName": NAME + ":nolias"}, ABSENT, absent(HERE + ":nolias")),
    ("get_function", {"FunctionName": NAME + ":1", "Qualifier": "2"}, INVALID,
     "The derived qualifier from the function name does not match the specified qualifier."),
    ("get_function", {"FunctionName": HERE + ":1", "Qualifier": "live"}, INVALID,
     "The derived qualifier from the function name does not match the specified qualifier."),
    ("get_function", {"FunctionName": HERE.replace("us-east-1", "eu-west-1")}, ABSENT,
     "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"),
    ("get_function", {"FunctionName": HERE.replace("000000000000", "999999999999")}, (403, "AccessDeniedException"),
     "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on resource: "
     + HERE.replace("000000000000", "999999999999") + " because no resource-based policy allows the lambda:GetFunction action"),
    ("get_function", {"FunctionName": NAME, "Qualifier": "a b"}, REFUSED,
     malformed("a b", "qualifier", "NumericLatestPublishedOrAliasQualifier")),
    ("get_function", {"FunctionName": "f" * 257}, REFUSED, too_long("f" * 257, "functionName", 256)),
    ("delete_function", {"FunctionName": "nobody"}, ABSENT, absent(NOBODY)),
    ("delete_function", {"FunctionName": NAME, "Qualifier": "$LATEST"}, INVALID,
     "$LATEST version cannot be deleted without deleting the function."),
    ("delete_function", {"FunctionName": NAME, "Qualifier": "live"}, INVALID,
     "Deletion of aliases is not currently supported."),
    ("update_function_code", {"FunctionName": "nobody", "ZipFile": package(CODE)}, ABSENT, absent(NOBODY)),
    ("update_function_code", {"FunctionName": NAME, "ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1"}, INVALID,
     "Please don't provide ImageUri when updating a function with packageType Zip."),
    ("update_function_code", {"FunctionName": NAME}, INVALID, "Please provide a source for function code."),
    ("update_function_code", {"FunctionName": NAME, "S3Key": "k"}, INVALID, "Please provide a source for function code."),
    ("update_function_code", {"FunctionName": NAME, "S3Bucket": "abc", "S3Key": "k"}, INVALID,
     "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
    ("update_function_code", {"FunctionName": NAME, "ZipFile": b"no zip"}, INVALID,
     "Could not unzip uploaded file. Please check your file, then try to upload again."),
    ("update_function_code", {"FunctionName": NAME, "ZipFile": package(CODE), "RevisionId": "old"}, STALE, STALE_FUNCTION),
    ("update_function_configuration", {"FunctionName": NAME, "Description": "x", "RevisionId": "old"}, STALE, STALE_FUNCTION),
    ("update_function_configuration", {"FunctionName": NAME, "Timeout": 901}, INVALID, too_much(901, "timeout", 900)),
    ("update_function_configuration", {"FunctionName": NAME, "EphemeralStorage": {"Size": 10241}}, INVALID,
     too_much(10241, "ephemeralStorage.size", 10240)),
    ("publish_version", {"FunctionName": NAME, "RevisionId": "old"}, STALE, STALE_FUNCTION),
    ("publish_version", {"FunctionName": NAME, "CodeSha256": "other"}, INVALID,
     re.compile(r"CodeSHA256 \(other\) is different from current CodeSHA256 in \$LATEST \([A-Za-z0-9+/]{43}=\)\. Please try "
                r"again with the CodeSHA256 in \$LATEST\.")),
    ("list_functions", {"FunctionVersion": "SOME"}, REFUSED,
     unmet("SOME", "functionVersion", "Member must satisfy enum value set: [ALL]")),
    ("list_functions", {"MaxItems": 10001}, REFUSED, too_much(10001, "maxItems", 10000)),
    ("list_functions", {"MaxItems": 0}, REFUSED, too_little(0, "maxItems", 1)),
    # Aliases.
    ("create_alias", {**LIVE, "Name": "12", "FunctionVersion": "1"}, REFUSED, malformed("12", "name", "Alias")),
    ("create_alias", {**LIVE, "Name": "n" * 129, "FunctionVersion": "1"}, REFUSED, too_long("n" * 129, "name", 128)),
    ("create_alias", {**LIVE, "FunctionVersion": "1"}, CONFLICT, f"Alias already exists: {HERE}:live"),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "9"}, ABSENT, absent(HERE + ":9")),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "live"}, REFUSED,
     malformed("live", "functionVersion", "VersionWithLatestPublished")),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "$LATEST", **weights(v1=0.5)}, INVALID,
     "$LATEST is not supported for an alias pointing to more than 1 version"),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "1", **weights(v1=0.5)}, INVALID,
     "Invalid function version 1. Function version 1 is already included in routing configuration."),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "1", **weights(v2=0.5, v3=0.1)}, INVALID,
     "Number of items in AdditionalVersionWeights cannot be greater than 1"),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "1", **weights(v9=0.5)}, ABSENT, absent(HERE + ":9")),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "1", **weights(v2=1.5)}, REFUSED,
     unmet("{2=1.5}", "routingConfig.additionalVersionWeights", "Map value must satisfy constraint: [Member must have value "
           "less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")),
    ("create_alias", {**LIVE, "Name": "n", "FunctionVersion": "1", **weights(vLATEST=0.5)}, REFUSED,
     unmet("{$LATEST=0.5}", "routingConfig.additionalVersionWeights", "Map keys must satisfy constraint: [Member must have "
           "length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy "
           "regular expression pattern: [0-9]+, Member must not be null]")),
    ("create_alias", {**LIVE, "FunctionName": "nobody", "FunctionVersion": "1"}, ABSENT, absent(NOBODY)),
    ("get_alias", {**LIVE, "Name": "other"}, ABSENT, f"Cannot find alias arn: {HERE}:other"),
    ("update_alias", {**LIVE, "Name": "other"}, ABSENT, f"Alias not found: {HERE}:other"),
    ("update_alias", {**LIVE, "FunctionVersion": "9"}, ABSENT, absent(HERE + ":9")),
    ("update_alias", {**LIVE, "RevisionId": "old"}, STALE, STALE_FUNCTION),
    # Policies.
    ("add_permission", {**PERMISSION, "StatementId": "there"}, CONFLICT,
     "The statement id (there) provided already exists. Please provide a new statement id, or remove the existing "
     "statement."),
    ("add_permission", {**PERMISSION, "Qualifier": "$LATEST"}, INVALID,
     "We currently do not support adding policies for $LATEST."),
    ("add_permission", {**PERMISSION, "Principal": "nonsense"}, INVALID,
     "The provided principal was invalid. Please check the principal and try again."),
    ("add_permission", {**PERMISSION, "RevisionId": "old"}, STALE, STALE_POLICY),
    ("add_permission", {**PERMISSION, "StatementId": "a b"}, REFUSED, malformed("a b", "statementId", "StatementId")),
    ("add_permission", {**PERMISSION, "StatementId": "s" * 101}, REFUSED, too_long("s" * 101, "statementId", 100)),
    ("add_permission", {**PERMISSION, "Action": "s3:GetObject"}, REFUSED, malformed("s3:GetObject", "action", "Action")),
    ("add_permission", {**PERMISSION, "SourceAccount": "12"}, REFUSED, malformed("12", "sourceAccount", "SourceOwner")),
    ("add_permission", {**PERMISSION, "PrincipalOrgID": "o-A123456789"}, REFUSED,
     malformed("o-A123456789", "principalOrgID", "PrincipalOrgID")),
    ("add_permission", {**PERMISSION, "FunctionName": "nobody"}, ABSENT, absent(NOBODY)),
    ("get_policy", {"FunctionName": NAME, "Qualifier": "1"}, ABSENT, "The resource you requested does not exist."),
    ("remove_permission", {"FunctionName": NAME, "StatementId": "other"}, ABSENT,
     "Statement other is not found in resource policy."),
    ("remove_permission", {"FunctionName": NAME, "StatementId": "x", "Qualifier": "1"}, ABSENT,
     "No policy is associated with the given resource."),
    ("remove_permission", {"FunctionName": NAME, "StatementId": "there", "RevisionId": "old"}, STALE, STALE_POLICY),
    # Invokes.
    ("invoke", {"FunctionName": "nobody"}, ABSENT, absent(NOBODY + ":$LATEST")),
    ("invoke", {"FunctionName": "nobody", "InvocationType": "DryRun"}, ABSENT, absent(NOBODY + ":$LATEST")),
    ("invoke", {"FunctionName": "nobody", "InvocationType": "Event"}, ABSENT, absent(NOBODY + ":$LATEST")),
    ("invoke", {"FunctionName": NAME, "Qualifier": "nolias"}, ABSENT, absent(HERE + ":nolias")),
    ("invoke", {"FunctionName": NAME + ":9"}, ABSENT, absent(HERE + ":9")),
    ("invoke", {"FunctionName": NAME, "InvocationType": "Later"}, REFUSED,
     unmet("Later", "invocationType", "Member must satisfy enum value set: [Event, RequestResponse, DryRun]")),
    ("invoke", {"FunctionName": NAME, "Payload": b"{no json"}, (400, "InvalidRequestContentException"),
     "Could not parse request body into json: Could not parse payload into json: Unexpected character ('n' (code 110)): was expecting "
     'double-quote to start field name\n at [Source: (byte[])"{no json"; line: 1, column: 3]'),
    ("invoke", {"FunctionName": NAME, "Payload": b'"' + b"x" * 6291555 + b'"'}, (413, "RequestTooLargeException"),
     "6291557 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"),
    ("invoke", {"FunctionName": NAME, "InvocationType": "Event", "Payload": b'"' + b"x" * 1048575 + b'"'},
     (413, "RequestTooLargeException"), "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"),
    ("invoke", {"FunctionName": NAME, "ClientContext": "x" * 3584}, (400, "InvalidRequestContentException"),
     "Client context must be no more than 3583 bytes"),
    ("invoke", {"FunctionName": NAME, "ClientContext": "no base64"}, (400, "InvalidRequestContentException"),
     "Client context must be a valid Base64-encoded JSON object."),
    # Reserved concurrency.
    ("put_function_concurrency", {"FunctionName": NAME, "ReservedConcurrentExecutions": 901}, INVALID,
     "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
     "minimum value of [100]."),
    ("put_function_concurrency", {"FunctionName": NAME, "ReservedConcurrentExecutions": -1}, REFUSED,
     too_little(-1, "reservedConcurrentExecutions", 0)),
    ("put_function_concurrency", {"FunctionName": NAME}, REFUSED, missing("reservedConcurrentExecutions")),
    ("put_function_concurrency", {"FunctionName": HERE + ":1", "ReservedConcurrentExecutions": 1}, INVALID, UNQUALIFIED_ONLY),
    ("put_function_concurrency", {"FunctionName": "nobody", "ReservedConcurrentExecutions": 1}, ABSENT,
     absent(NOBODY + ":$LATEST")),
    ("get_function_concurrency", {"FunctionName": "nobody"}, ABSENT, absent(NOBODY + ":$LATEST")),
    ("delete_function_concurrency", {"FunctionName": "nobody"}, ABSENT, absent(NOBODY + ":$LATEST")),
    # Settings of asynchronous invokes.
    ("put_function_event_invoke_config", {"FunctionName": NAME}, INVALID,
     "You must specify at least one of error handling or destination setting."),
    ("put_function_event_invoke_config", {"FunctionName": NAME, "MaximumRetryAttempts": 3}, REFUSED,
     too_much(3, "maximumRetryAttempts", 2)),
    ("put_function_event_invoke_config", {"FunctionName": NAME, "MaximumEventAgeInSeconds": 59}, REFUSED,
     too_little(59, "maximumEventAgeInSeconds", 60)),
    ("put_function_event_invoke_config", {"FunctionName": "nobody", "MaximumRetryAttempts": 1}, ABSENT,
     "The function doesn't exist."),
    ("get_function_event_invoke_config", {"FunctionName": NAME}, ABSENT,
     f"The function {HERE}:$LATEST doesn't have an EventInvokeConfig"),
    ("get_function_event_invoke_config", {"FunctionName": NAME, "Qualifier": "live"}, ABSENT,
     f"The function {HERE}:live doesn't have an EventInvokeConfig"),
    ("update_function_event_invoke_config", {"FunctionName": NAME, "MaximumRetryAttempts": 1}, ABSENT,
     f"The function {HERE}:$LATEST doesn't have an EventInvokeConfig"),
    ("delete_function_event_invoke_config", {"FunctionName": NAME}, ABSENT,
     f"The function {HERE}:$LATEST doesn't have an EventInvokeConfig"),
    # Tags.
    ("tag_resource", {"Resource": HERE + ":1", "Tags": {"a": "b"}}, INVALID,
     "Tags on function aliases and versions are not supported. Please specify a function ARN."),
    ("tag_resource", {"Resource": HERE, "Tags": {f"k{i}": "v" for i in range(51)}}, INVALID,
     "Number of tags exceeds resource tag limit."),
    ("tag_resource", {"Resource": HERE, "Tags": {}}, INVALID, "An error occurred and the request cannot be processed."),
    ("tag_resource", {"Resource": NOBODY, "Tags": {"a": "b"}}, ABSENT, absent(NOBODY)),
    ("list_tags", {"Resource": NOBODY}, ABSENT, absent(NOBODY)),
    ("untag_resource", {"Resource": HERE}, REFUSED, missing("tagKeys")),
    ("list_tags", {"Resource": NAME}, REFUSED, malformed(NAME, "resource", "TaggableResource")),
]


@pytest.fixture(scope="module", autouse=True)
def validated(aws):
    create(aws, CODE, name=NAME)
    aws.publish_version(FunctionName=NAME)
    aws.update_function_configuration(FunctionName=NAME, Description="second")
    aws.get_waiter("function_updated_v2").wait(FunctionName=NAME, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    aws.publish_version(FunctionName=NAME)
    aws.create_alias(**LIVE, FunctionVersion="1")
    aws.add_permission(**{**PERMISSION, "StatementId": "there"})


def answer_of(aws, operation, parameters):
    with pytest.raises(aws.exceptions.ClientError) as raised:
        getattr(aws, operation)(**parameters)
    return raised.value.response


def check(answer, status_and_code, text):
    error = answer["Error"]
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], error["Code"]) == status_and_code, error["Message"]
    if isinstance(text, re.Pattern):
        assert text.fullmatch(error["Message"])
    else:
        assert error["Message"] == text


@pytest.mark.parametrize("change, status_and_code, text", CREATE.values(), ids=CREATE.keys())
def test_a_function_that_cannot_be(aws, change, status_and_code, text):
    settings = {"FunctionName": "cannot-be", "Runtime": "python3.11", "Role": ROLE, "Handler": "app.handler",
                "Code": {"ZipFile": package(CODE)}, **change}
    given = {key: value for key, value in settings.items() if value is not None}
    check(answer_of(aws, "create_function", given), status_and_code, text)


def test_a_function_that_is_there(aws):
    answer = answer_of(aws, "create_function", {"FunctionName": NAME, "Runtime": "python3.11", "Role": ROLE,
                                                "Handler": "app.handler", "Code": {"ZipFile": package(CODE)}})
    check(answer, CONFLICT, f"Function already exist: {NAME}")


def brief(operation, parameters):
    texts = [str(value) for value in parameters.values() if not isinstance(value, (bytes, dict))]
    return " ".join([operation, *(text if len(text) < 50 else text[:10] for text in texts)])


@pytest.mark.parametrize("operation, parameters, status_and_code, text", CALLS,
                         ids=[brief(operation, parameters) for operation, parameters, *_ in CALLS])
def test_a_call_that_is_refused(aws, operation, parameters, status_and_code, text):
    check(answer_of(aws, operation, parameters), status_and_code, text)


SERVED = set(tomllib.loads((ROOT / "api" / "lambda.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - SERVED))
def test_an_operation_that_is_not_here_says_so(aws, operation):
    members = MODEL.operation_model(operation).input_shape.members
    labels = {name: "x" for name, shape in members.items() if shape.serialization.get("location") == "uri"}
    check(answer_of(aws, botocore.xform_name(operation), labels), NOT_HERE,
          f"Lambda {operation} is not implemented by this server.")


def test_an_update_while_one_runs(aws):
    name = create(aws, CODE)

    def collide():
        try:
            for number in range(2):
                aws.update_function_configuration(FunctionName=name, Description=uuid.uuid4().hex + str(number))
        except aws.exceptions.ResourceConflictException as error:
            return error.response
        return None

    check(until(collide), CONFLICT,
          f"The operation cannot be performed at this time. An update is in progress for resource: {ARN}{name}")


def test_a_function_that_is_not_there_yet(aws):
    def hurry():
        name = create(aws, CODE, wait=False)
        try:
            aws.invoke(FunctionName=name)
        except aws.exceptions.ResourceConflictException as error:
            return error.response
        return None

    check(until(hurry), CONFLICT, "The operation cannot be performed at this time. The function is currently in the following "
          "state: Pending")


def test_what_stands_at_the_limit_is_taken(aws):
    name = create(aws, CODE, name="n" * 64, Description="ä" * 256, Handler="app.handler", MemorySize=10240, Timeout=900,
                  EphemeralStorage={"Size": 10240}, Environment={"Variables": {"A1": "x" * 4087}},
                  Tags={f"k{i}": "v" * 256 for i in range(50)})
    aws.create_alias(FunctionName=name, Name="a" * 128, FunctionVersion="$LATEST")
    for kind, size in [("Event", 1048576), ("DryRun", 6291556)]:
        aws.invoke(FunctionName=name, InvocationType=kind, Payload=b'"' + b"x" * (size - 2) + b'"')
    aws.delete_function(FunctionName=name)


def test_a_policy_that_grows_too_long(aws):
    name = create(aws, CODE)
    arn = "arn:aws:s3:::" + "b" * 1500

    def grow():
        try:
            aws.add_permission(**{**PERMISSION, "FunctionName": name, "StatementId": uuid.uuid4().hex, "SourceArn": arn})
        except aws.exceptions.PolicyLengthExceededException as error:
            return error.response
        return None

    answer = until(grow)
    assert re.fullmatch(r"The final policy size \(\d+\) is bigger than the limit \(20480\)\.", answer["Error"]["Message"])
    assert len(aws.get_policy(FunctionName=name)["Policy"]) <= 20480


def test_a_delete_of_what_is_not_there(aws):
    assert aws.delete_alias(**{**LIVE, "Name": "other"})["ResponseMetadata"]["HTTPStatusCode"] == 204
