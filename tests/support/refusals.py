"""What a call was refused with."""

import botocore.exceptions
import pytest


def refusal(call, **arguments):
    """(status, code, message)"""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]
