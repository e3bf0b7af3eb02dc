"""What a call was refused with."""

import botocore.exceptions
import pytest


def refusal(call, **arguments):
    """(status, code, message)"""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def refused(call, **arguments):
    """(code, message)"""
    return refusal(call, **arguments)[1:]


def refused_with(call, code, status=None, text=None, **extras):
    """The answer, which has this code, and, where they are given, this status, message and further members."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    answer = error.value.response
    assert answer["Error"]["Code"] == code, answer
    assert status in (None, answer["ResponseMetadata"]["HTTPStatusCode"]), answer
    assert text in (None, answer["Error"]["Message"]), answer
    for name, value in extras.items():
        assert answer["Error"].get(name) == value, answer["Error"]
    return answer
