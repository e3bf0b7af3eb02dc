"""Promise: what was acknowledged is never lost. The server is killed while packages are signed: every job that was answered
ends, and what it made is deployed where signatures are enforced."""

import random
import tempfile
import threading
import time
import uuid

import botocore.exceptions
from blackbox_server import ROLE, Server, package

PLATFORM = "AWSLambda-SHA384-ECDSA"


def ended(signer, job):
    for _ in range(600):
        told = signer.describe_signing_job(jobId=job)
        if told["status"] != "InProgress":
            return told
        time.sleep(0.05)
    raise AssertionError(f"job {job} does not end")


def test_signing_jobs_survive():
    with tempfile.TemporaryDirectory(prefix="hearth-crash-") as folder:
        server = Server(folder + "/data").start()
        s3, bucket = server.client("s3"), "signing"
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        body = package({"app.py": "def handler(e, c):\n    return 'x'\n", "filling": random.randbytes(4 << 20)})
        source = {"s3": {"bucketName": bucket, "key": "k", "version": s3.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"]}}
        version = server.client("signer").put_signing_profile(profileName="crash", platformId=PLATFORM)["profileVersionArn"]
        config = server.client("lambda").create_code_signing_config(
            AllowedPublishers={"SigningProfileVersionArns": [version]},
            CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})["CodeSigningConfig"]["CodeSigningConfigArn"]
        jobs = []
        for _ in range(4):
            signer = server.client("signer")

            def load(signer=signer):
                while True:
                    try:
                        jobs.append(signer.start_signing_job(source=source, destination={"s3": {"bucketName": bucket}},
                                                             profileName="crash")["jobId"])
                    except botocore.exceptions.BotoCoreError:
                        return
                    time.sleep(0.02)
            loader = threading.Thread(target=load)
            loader.start()
            time.sleep(random.uniform(0.1, 0.6))
            server.kill()
            loader.join()
            server.start()
        assert jobs
        signer, aws = server.client("signer"), server.client("lambda")
        for job in jobs:
            told = ended(signer, job)
            assert told["status"] == "Succeeded", told
        for job in random.sample(jobs, min(5, len(jobs))):
            where = signer.describe_signing_job(jobId=job)["signedObject"]["s3"]
            told = aws.create_function(FunctionName="f-" + uuid.uuid4().hex[:8], Runtime="python3.11", Handler="app.handler", Role=ROLE,
                                       Code={"S3Bucket": bucket, "S3Key": where["key"]}, CodeSigningConfigArn=config)
            assert told["SigningJobArn"].endswith(job)
        assert server.stop() == 0
