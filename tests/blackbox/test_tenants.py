"""Promise: functions are strangers to each other, and so are the tenants of one function where it says so: no environment serves
two of them."""

import concurrent.futures

import pytest
from blackbox_server import create, invoke, logged, until
from refusals import refused

# What it has seen stays in the environment.
SEEN = """import os
seen = []
def handler(event, context):
    seen.append([context.tenant_id, event])
    if not os.path.exists('/tmp/mine'):
        open('/tmp/mine', 'w').write(context.tenant_id)
    print('for', context.tenant_id, event)
    return {'seen': seen, 'file': open('/tmp/mine').read()}
"""
ISOLATED = {"TenantIsolationMode": "PER_TENANT"}


@pytest.fixture
def isolated(aws):
    return create(aws, SEEN, TenancyConfig=ISOLATED)


def test_the_mode_is_told_and_stays(aws, isolated):
    assert aws.get_function_configuration(FunctionName=isolated)["TenancyConfig"] == ISOLATED
    aws.update_function_configuration(FunctionName=isolated, Timeout=5)
    aws.get_waiter("function_updated_v2").wait(FunctionName=isolated)
    version = aws.publish_version(FunctionName=isolated)
    assert version["TenancyConfig"] == ISOLATED
    assert "TenancyConfig" not in aws.get_function_configuration(FunctionName=create(aws, SEEN))


def test_no_environment_serves_two_tenants(aws, isolated):
    tenants = ["blue", "green", "a/b:c=d+e-f@g h"]

    def call(number):
        tenant = tenants[number % 3]
        return tenant, invoke(aws, isolated, number, TenantId=tenant)[1]

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(call, range(60)))
    for tenant, answer in answers:
        assert answer["file"] == tenant
        assert {seen[0] for seen in answer["seen"]} == {tenant}
    # They are kept: one of them has served more than once.
    assert max(len(answer["seen"]) for _, answer in answers) > 1


def test_an_event_goes_to_its_tenant(aws, logs, isolated):
    invoke(aws, isolated, "sync", TenantId="other")
    aws.invoke(FunctionName=isolated, InvocationType="Event", Payload=b'"later"', TenantId="mine")
    assert until(lambda: logged(logs, isolated, "later")) == ["for mine later"]


def test_a_change_of_the_function_reaches_all_tenants(aws, isolated):
    for tenant in ("one", "two"):
        invoke(aws, isolated, 1, TenantId=tenant)
    aws.update_function_configuration(FunctionName=isolated, Timeout=7)
    aws.get_waiter("function_updated_v2").wait(FunctionName=isolated)
    for tenant in ("one", "two"):
        assert invoke(aws, isolated, 2, TenantId=tenant)[1]["seen"] == [[tenant, 2]]


def test_refusals(aws, isolated):
    plain = create(aws, SEEN, Publish=True)
    invalid = "InvalidParameterValueException"
    add = "Add a valid tenant ID in your request and try again."
    assert refused(aws.invoke, FunctionName=isolated) == (invalid, add)
    assert refused(aws.invoke, FunctionName=isolated, InvocationType="Event") == (invalid, add)
    assert refused(aws.invoke_with_response_stream, FunctionName=isolated) == (invalid, add)
    assert refused(aws.invoke, FunctionName=plain, TenantId="t") == (
        invalid, "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.")
    code, message = refused(aws.invoke, FunctionName=isolated, TenantId="no?")
    assert code == "ValidationException" and "[a-zA-Z0-9\\._:\\/=+\\-@ ]+" in message
    assert refused(aws.create_function_url_config, FunctionName=isolated, AuthType="NONE")[0] == invalid
    aws.publish_version(FunctionName=isolated)
    assert refused(aws.put_provisioned_concurrency_config, FunctionName=isolated, Qualifier="1",
                   ProvisionedConcurrentExecutions=1)[0] == invalid
    assert refused(aws.update_function_configuration, FunctionName=isolated, Runtime="python3.13",
                   SnapStart={"ApplyOn": "PublishedVersions"})[0] == invalid
