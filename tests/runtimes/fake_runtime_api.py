"""A small Runtime API that hands out given events and keeps what comes back, for one process at a time."""

import http.server
import json
import os
import queue
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class FakeRuntimeApi:
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


class Function:
    """A runtime process with the given files as its code."""

    def __init__(self, command, files, handler, environment=None):
        self.api = FakeRuntimeApi()
        self.folder = tempfile.TemporaryDirectory()
        for name, text in files.items():
            path = os.path.join(self.folder.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.process = subprocess.Popen(
            command, cwd=self.folder.name, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "LAMBDA_TASK_ROOT": self.folder.name, "_HANDLER": handler, "TZ": ":UTC",
                 "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.api.server.server_address[1],
                 "AWS_LAMBDA_FUNCTION_NAME": "fn", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                 "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
                 "AWS_LAMBDA_LOG_STREAM_NAME": "stream", **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.api.server.shutdown()
        self.api.server.server_close()
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
