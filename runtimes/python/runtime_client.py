"""The Runtime API's two forms: HTTP on one kept connection, written by hand because http.client alone would double the
time that a function takes to start; and, where the server offers it, frames on a pair of pipes, which cost a third."""

import os

_NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n"
_ENVIRONMENT = b"GET /hearth/environment HTTP/1.1\r\nHost: %s\r\n\r\n"
_POST = "POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"


class PipeClient:
    """A frame is a length (4 bytes), a kind (1 byte) and so many bytes, as runtime_pipe.h of the server has it."""

    _READ, WRITE = 3, 4
    _ENVIRONMENT, _NEXT, _RESPONSE, _ERROR, _INIT_ERROR = 1, 2, 3, 4, 5
    SNAPSHOT, _NO_SNAPSHOT = 9, 10
    _SDK = 12

    def __init__(self):
        # What the function starts shall not have them.
        os.set_inheritable(self._READ, False)
        os.set_inheritable(self.WRITE, False)
        self._buffer = b""
        self._unsent = b""

    def environment(self):
        self._send(self._ENVIRONMENT, b"")
        return self._receive()

    def next(self):
        # The answer to the last event goes with the question for the next.
        self._send(self._NEXT, b"")
        frame = self._receive()
        end = 4 + int.from_bytes(frame[:4], "little")
        headers = {}
        for line in frame[4:end].decode("iso-8859-1").split("\r\n"):
            name, colon, value = line.partition(": ")
            if colon:
                headers[name.lower()] = value
        return headers, frame[end:]

    def post_response(self, request_id, body):
        self._keep(self._RESPONSE, body)

    def post_error(self, request_id, error_type, body):
        self._keep(self._ERROR, self._described(error_type, body))

    def post_init_error(self, error_type, body):
        self._send(self._INIT_ERROR, self._described(error_type, body))

    def note_sdk(self):
        """Says that the function has taken what is loaded of the AWS SDK: it goes with the first question for an event."""
        self._keep(self._SDK, b"")

    def post_no_snapshot(self, reason):
        self._send(self._NO_SNAPSHOT, reason.encode("utf-8", "replace"))

    def rest(self):
        """Waits to be ended: an exit might be seen before what was said last."""
        while os.read(self._READ, 1):
            pass
        os._exit(0)

    @staticmethod
    def _described(error_type, body):
        kind = error_type.encode("ascii", "replace")
        return len(kind).to_bytes(2, "little") + kind + body

    def _keep(self, kind, body):
        self._unsent = len(body).to_bytes(4, "little") + bytes((kind,)) + body

    def _send(self, kind, body):
        data = self._unsent + len(body).to_bytes(4, "little") + bytes((kind,)) + body
        self._unsent = b""
        sent = os.write(self.WRITE, data)
        while sent < len(data):
            sent += os.write(self.WRITE, memoryview(data)[sent:])

    def _receive(self):
        size = int.from_bytes(self._exactly(5)[:4], "little")
        return self._exactly(size)

    def _exactly(self, size):
        while len(self._buffer) < size:
            part = os.read(self._READ, max(65536, size - len(self._buffer)))
            if not part:
                raise EOFError("the server closed the pipe")
            self._buffer += part
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found


class HttpClient:
    def __init__(self, address):
        import socket

        self._address = address
        host, _, port = address.rpartition(":")
        # No timeout: the answer to next() comes whenever there is an event, and we may be frozen meanwhile.
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._delivery = ""

    def environment(self):
        """For a runtime that was started ahead of need: waits until it is known for which function."""
        self._socket.sendall(_ENVIRONMENT % self._address.encode())
        status, _, body = self._read_answer()
        if status != 200:
            raise RuntimeError("the environment was refused with status %d" % status)
        return body

    def next(self):
        """Waits for an event: its headers, with lower-case names, and its body."""
        self._socket.sendall(_NEXT % self._address.encode())
        status, headers, body = self._read_answer()
        if status != 200:
            raise RuntimeError("next invocation was refused with status %d: %s" % (status, body.decode("utf-8", "replace")))
        # Where many are served at once its result names it: the same request may be delivered again when it took too long.
        delivery = headers.get("lambda-runtime-invocation-id")
        self._delivery = "Lambda-Runtime-Invocation-Id: %s\r\n" % delivery if delivery else ""
        return headers, body

    def post_response(self, request_id, body):
        return self._post("invocation/%s/response" % request_id, body)

    def post_error(self, request_id, error_type, body):
        return self._post("invocation/%s/error" % request_id, body, error_type)

    def post_init_error(self, error_type, body):
        return self._post("init/error", body, error_type)

    def _post(self, path, body, error_type=None):
        extra = self._delivery
        if error_type is not None:
            # A class may be named with letters that a header cannot carry.
            safe = error_type.encode("ascii", "replace").decode()
            extra += "Lambda-Runtime-Function-Error-Type: %s\r\n" % safe
        head = (_POST % (path, self._address, extra, len(body))).encode()
        self._socket.sendall(head + body)
        return self._read_answer()[0]

    def _read_answer(self):
        head = self._read_until(b"\r\n\r\n").decode("iso-8859-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return status, headers, self._read_chunks()
        return status, headers, self._read_exactly(int(headers.get("content-length", 0)))

    def _read_chunks(self):
        parts = []
        while True:
            size = int(self._read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self._read_until(b"\r\n"):
                    pass
                return b"".join(parts)
            parts.append(self._read_exactly(size))
            self._read_exactly(2)

    def _read_until(self, mark):
        while mark not in self._buffer:
            self._fill()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _read_exactly(self, size):
        if len(self._buffer) >= size:
            body, self._buffer = self._buffer[:size], self._buffer[size:]
            return body
        body = bytearray(self._buffer)
        self._buffer = b""
        while len(body) < size:
            part = self._socket.recv(min(size - len(body), 1 << 20))
            if not part:
                raise EOFError("the Runtime API closed the connection")
            body += part
        return bytes(body)

    def _fill(self):
        part = self._socket.recv(65536)
        if not part:
            raise EOFError("the Runtime API closed the connection")
        self._buffer += part
