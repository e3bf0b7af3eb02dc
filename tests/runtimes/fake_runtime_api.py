"""A small Runtime API that hands out given events and keeps what comes back, for one process at a time."""

import fcntl
import http.server
import json
import os
import queue
import struct
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class FakeHttp:
    def __init__(self):
        self.events = queue.Queue()
        self.answers = queue.Queue()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                headers, body = api.events.get()
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = self.read_chunks()
                else:
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                api.answers.put((self.path.split("/runtime/")[1], dict(self.headers), body))
                self.send_response(202)
                self.send_header("Content-Length", "15")
                self.end_headers()
                self.wfile.write(b'{"status":"OK"}')

            def read_chunks(self):
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while line := self.rfile.readline().strip():
                    body += b"|" + line
                return body

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.variables = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_address[1]}
        self.ends = ()

    def command(self, command):
        return command

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class FakePipe:
    """The same as frames on a pair of pipes, which the process finds as its descriptors 3 and 4."""

    def __init__(self):
        self.events = queue.Queue()
        self.answers = queue.Queue()
        self.variables = {}
        theirs_read, self.writes = os.pipe()
        self.reads, theirs_write = os.pipe()
        # Beyond 3 and 4, which the command's own redirections set.
        self.ends = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_read, theirs_write))
        os.close(theirs_read)
        os.close(theirs_write)

    def command(self, command):
        return ["/bin/bash", "-c", 'exec "$@" 3<&%d 4>&%d' % self.ends, "bash", *command, "--piped"]

    def run(self):
        for end in self.ends:
            os.close(end)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        request_id, stream = "", None
        with os.fdopen(self.reads, "rb") as reader, os.fdopen(self.writes, "wb") as writer:
            while head := reader.read(5):
                size, kind = struct.unpack("<IB", head)
                body = reader.read(size)
                path = "invocation/%s/" % request_id
                if kind == 2:
                    if (event := self.events.get()) is None:
                        return
                    request_id = event[0]["Lambda-Runtime-Aws-Request-Id"]
                    fields = b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in event[0].items())
                    writer.write(struct.pack("<IBI", 4 + len(fields) + len(event[1]), 2, len(fields)) + fields + event[1])
                    writer.flush()
                elif kind == 3:
                    self.answers.put((path + "response", {}, body))
                elif kind in (4, 5):
                    (end,) = struct.unpack("<H", body[:2])
                    headers = {"Lambda-Runtime-Function-Error-Type": body[2:2 + end].decode()}
                    self.answers.put((path + "error" if kind == 4 else "init/error", headers, body[2 + end:]))
                elif kind == 6:
                    lines = body.decode().splitlines()
                    stream = {"Lambda-Runtime-Function-Response-Mode": "streaming", **dict(line.split(": ") for line in lines)}, b""
                elif kind == 7:
                    stream = stream[0], stream[1] + body
                else:
                    assert kind == 8
                    self.answers.put((path + "response", stream[0], stream[1] + b"".join(b"|" + line for line in body.splitlines())))

    def close(self):
        self.events.put(None)


class Function:
    """A runtime process with the given files as its code."""

    form = FakeHttp

    def __init__(self, command, files, handler, environment=None):
        self.api = self.form()
        self.folder = tempfile.TemporaryDirectory()
        for name, text in files.items():
            path = os.path.join(self.folder.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        self.process = subprocess.Popen(
            self.api.command(command), cwd=self.folder.name, pass_fds=self.api.ends, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "LAMBDA_TASK_ROOT": self.folder.name, "_HANDLER": handler, "TZ": ":UTC",
                 "AWS_LAMBDA_FUNCTION_NAME": "fn", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                 "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
                 "AWS_LAMBDA_LOG_STREAM_NAME": "stream", **self.api.variables, **(environment or {})})
        if self.form is FakePipe:
            self.api.run()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.api.close()
        self.folder.cleanup()

    def send(self, event, request_id="id-1", headers=None):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.api.events.put(({"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": request_id,
                              "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60000),
                              "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:fn",
                              **(headers or {})}, body))

    def answer(self):
        """The next call of the runtime: path, headers, body."""
        return self.api.answers.get(timeout=20)

    def invoke(self, event, **options):
        self.send(event, **options)
        path, headers, body = self.answer()
        return path, json.loads(body)

    def output_at_end(self):
        """What it wrote, after it ended by itself or by us."""
        return self.process.stdout.read().decode()

    def stop(self):
        self.process.kill()
        self.process.wait()
        return self.output_at_end()
