"""Promise: what was acknowledged is never lost, and bad input loses nothing. Clients that hang up and lie about lengths: clear
answers, no object, no file left behind."""
import os
import socket
import uuid

import pytest
from blackbox_server import until
from botocore.awsrequest import AWSRequest
from signing import sign

MIB = 1 << 20


@pytest.fixture(scope="module")
def bucket(s3):
    name = "hostile-" + uuid.uuid4().hex[:12]
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def connection(server):
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def head_of(s3, bucket, key, length, *headers, action="put_object", method="PUT", **parameters):
    """The head of a request by a signed link, whose body is ours to send."""
    link = s3.generate_presigned_url(action, Params={"Bucket": bucket, "Key": key, **parameters})
    host, _, path = link.removeprefix("http://").partition("/")
    lines = [f"{method} /{path} HTTP/1.1", f"Host: {host}", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def answer(connection):
    """All that comes until the server ends the connection."""
    text = b""
    while piece := connection.recv(65536):
        text += piece
    return text.decode()


def unfinished(server):
    return [name for name in os.listdir(server.data + "/blobs") if name.endswith(".partial")]


def keys(s3, bucket):
    return {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


@pytest.mark.parametrize("sent", [100, 3 * MIB])
def test_who_hangs_up_leaves_nothing(server, s3, bucket, connection, sent):
    connection.sendall(head_of(s3, bucket, "gone", 10 * MIB) + bytes(sent))
    if sent > MIB:
        until(lambda: unfinished(server))
    connection.close()
    until(lambda: not unfinished(server))
    assert "gone" not in keys(s3, bucket)


def test_a_body_that_ends_early_is_told_so(server, s3, bucket, connection):
    connection.sendall(head_of(s3, bucket, "short", 10 * MIB) + bytes(2 * MIB))
    connection.shutdown(socket.SHUT_WR)
    got = answer(connection)
    assert got.startswith("HTTP/1.1 400 ") and "<Code>IncompleteBody</Code>" in got
    until(lambda: not unfinished(server))
    assert "short" not in keys(s3, bucket)


def test_what_is_sent_beyond_a_body_is_no_part_of_it(s3, bucket, connection):
    connection.sendall(head_of(s3, bucket, "more", 5, "Connection: close") + b"12345" + b"6" * 100)
    assert answer(connection).startswith("HTTP/1.1 200 ")
    assert s3.get_object(Bucket=bucket, Key="more")["Body"].read() == b"12345"


def send_chunks(server, connection, target, body, length):
    """A body in chunks that are not signed, which is said to have that length without them."""
    request = AWSRequest("PUT", server.url + target, data=body,
                         headers={"x-amz-decoded-content-length": str(length), "Content-Length": str(len(body))})
    sign(request, server.url.removeprefix("http://"), "s3", server.credentials, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    lines = [f"PUT {target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items()), "Connection: close"]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return answer(connection)


@pytest.mark.parametrize("said, code", [(9, "InvalidChunkSizeError"), (11, "IncompleteBody"),
                                        ("x", "MissingContentLength"), ("", "MissingContentLength")])
def test_a_decoded_length_that_is_not_true(server, s3, bucket, connection, said, code):
    got = send_chunks(server, connection, f"/{bucket}/lie", b"a\r\n0123456789\r\n0\r\n\r\n", said)
    assert got.startswith("HTTP/1.1 4") and f"<Code>{code}</Code>" in got, got
    assert "lie" not in keys(s3, bucket)


def test_only_the_last_chunk_is_small(server, s3, bucket, connection):
    large = b"2000\r\n" + b"a" * 8192 + b"\r\n"
    got = send_chunks(server, connection, f"/{bucket}/crumbs", large + b"5\r\nhello\r\n" + large + b"0\r\n\r\n", 16389)
    assert got.startswith("HTTP/1.1 400 ") and "<Code>InvalidChunkSizeError</Code>" in got
    assert "<Message>Only the last chunk is allowed to have a size less than 8192 bytes</Message>" in got
    assert "<Chunk>2</Chunk><BadChunkSize>5</BadChunkSize>" in got
    assert "crumbs" not in keys(s3, bucket)


def test_a_body_that_nobody_wants_is_refused_before_it_is_sent(s3, bucket, connection):
    connection.sendall(head_of(s3, bucket, "large", 6 << 30, "Expect: 100-continue", "Connection: close"))
    assert "<Code>EntityTooLarge</Code>" in answer(connection)


def test_readers_who_hang_up_disturb_nobody(server, s3, bucket):
    body = os.urandom(20 * MIB)
    s3.put_object(Bucket=bucket, Key="read", Body=body)
    host, _, port = server.url.removeprefix("http://").partition(":")
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(head_of(s3, bucket, "read", 0, action="get_object", method="GET"))
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert s3.get_object(Bucket=bucket, Key="read")["Body"].read() == body
