"""The Python part of Hearth: asks the Runtime API for events and calls the function's handler.

Starts before the function's code, on its time: it imports little, and speaks HTTP over a plain socket because the
standard library's client takes longer to import than the rest of the start.
"""

import os
import socket
import sys
import time

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
BASE = "/2018-06-01/runtime/"
TASK_ROOT = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "Text").upper() == "JSON"


class RuntimeApi:
    """One kept connection to the Runtime API."""

    def __init__(self):
        self.socket = socket.create_connection((HOST, int(PORT)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def _exactly(self, count):
        parts = [self.buffer]
        have = len(self.buffer)
        while have < count:
            piece = self.socket.recv(max(65536, count - have))
            if not piece:
                sys.exit(1)
            parts.append(piece)
            have += len(piece)
        whole = b"".join(parts)
        self.buffer = whole[count:]
        return whole[:count]

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit(1)
        self.buffer += piece

    def _answer(self):
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self._exactly(int(headers.get("content-length", "0")))
        return int(lines[0].split(" ", 2)[1]), headers, body

    def next(self):
        self.socket.sendall(f"GET {BASE}invocation/next HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        return self._answer()

    def post(self, path, body, error_type=None):
        extra = f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n" if error_type else ""
        head = (f"POST {BASE}{path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n{extra}"
                f"Content-Length: {len(body)}\r\n\r\n")
        self.socket.sendall(head.encode() + body)
        return self._answer()


class ClientContextPart:
    def __init__(self, **members):
        self.__dict__.update(members)


class CognitoIdentity:
    def __init__(self, text):
        import json
        known = json.loads(text) if text else {}
        self.cognito_identity_id = known.get("cognitoIdentityId")
        self.cognito_identity_pool_id = known.get("cognitoIdentityPoolId")


def client_context(text):
    if not text:
        return None
    import json
    known = json.loads(text)
    client = known.get("client") or {}
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    return ClientContextPart(client=ClientContextPart(**{name: client.get(name) for name in names}),
                             custom=known.get("custom"), env=known.get("env"))


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id", "")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = client_context(headers.get("lambda-runtime-client-context"))
        self.identity = CognitoIdentity(headers.get("lambda-runtime-cognito-identity"))
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))
        sys.stdout.flush()

    def __repr__(self):
        members = ",".join(f"{name}={value}" for name, value in self.__dict__.items() if not name.startswith("_"))
        return f"LambdaContext([{members}])"


current_request_id = ""


def install_log_handler():
    """Gives the root logger its handler once the function has imported logging."""
    logging = sys.modules.get("logging")
    if logging is None or getattr(logging, "_hearth_installed", False):
        return

    class Text(logging.Formatter):
        converter = time.gmtime

        def format(self, record):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            message = record.getMessage()
            if record.exc_info:
                message += "\n" + self.formatException(record.exc_info)
            return (f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{current_request_id}\t"
                    + message.replace("\n", "\r"))

    class Json(logging.Formatter):
        def format(self, record):
            import json
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            fields = {"timestamp": stamp + "Z", "level": record.levelname, "message": record.getMessage(),
                      "logger": record.name, "requestId": current_request_id}
            if record.exc_info and record.exc_info[0]:
                fields["errorType"] = record.exc_info[0].__name__
                fields["errorMessage"] = str(record.exc_info[1])
                fields["stackTrace"] = stack_of(record.exc_info[2])
            standard = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
            fields.update({name: value for name, value in record.__dict__.items() if name not in standard})
            return json.dumps(fields, ensure_ascii=False, default=str)

    class Handler(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()

    handler = Handler()
    handler.setFormatter(Json() if JSON_LOGS else Text())
    logging.root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    if JSON_LOGS and level:
        logging.root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))
    logging._hearth_installed = True


class LoggingFinder:
    """Notices the first import of logging, so that functions without it do not pay for it."""

    def find_spec(self, name, path=None, target=None):
        if name == "logging":
            sys.meta_path.remove(self)
            import importlib.util
            spec = importlib.util.find_spec(name)
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                install_log_handler()

            spec.loader.exec_module = exec_module
            return spec
        return None


def stack_of(trace):
    import traceback
    return traceback.format_list(traceback.extract_tb(trace))


def error_document(message, error_type, request_id="", stack=()):
    import json
    return json.dumps({"errorMessage": message, "errorType": error_type, "requestId": request_id,
                       "stackTrace": list(stack)}, ensure_ascii=False).encode()


def log_error(message, error_type, stack=()):
    if JSON_LOGS:
        import json
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"timestamp": stamp, "log_level": "ERROR", "level": "ERROR", "errorMessage": message,
                          "errorType": error_type, "requestId": current_request_id, "stackTrace": list(stack)}))
    else:
        text = f"[ERROR] {error_type}: {message}"
        if stack:
            text += "\nTraceback (most recent call last):\n" + "".join(stack).rstrip("\n")
        print(text.replace("\n", "\r").replace("  ", "\u00a0\u00a0"))
    sys.stdout.flush()


class InitError(Exception):
    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack = stack


def load_handler(name):
    parts = name.rsplit(".", 1)
    if len(parts) != 2 or not all(parts):
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack "
                                                        "(expected 2, got 1)")
    module_name, function_name = parts
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise InitError("Runtime.BuiltInModuleConflict",
                        f"Cannot use built-in module {module_name} as a handler module")
    import importlib
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        stack = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise InitError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}",
                        stack) from error
    handler = getattr(module, function_name, None)
    if handler is None:
        raise InitError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return handler


def fallback(value):
    import decimal
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")


def run_handler(handler, body, headers):
    """(body, error type): the type is None when the handler returned."""
    import json
    context = LambdaContext(headers)
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            message = f"Unable to unmarshal input: {error}"
            log_error(message, "Runtime.UnmarshalError")
            return error_document(message, "Runtime.UnmarshalError", context.aws_request_id), "Runtime.UnmarshalError"
        result = handler(event, context)
    except Exception as error:  # pylint: disable=broad-except
        stack = stack_of(error.__traceback__.tb_next)
        error_type = type(error).__name__
        log_error(str(error), error_type, stack)
        return error_document(str(error), error_type, context.aws_request_id, stack), "Function." + "Error"
    try:
        return json.dumps(result, ensure_ascii=False, default=fallback).encode(), None
    except Exception as error:  # pylint: disable=broad-except
        message = f"Unable to marshal response: {error}"
        log_error(message, "Runtime.MarshalError")
        return error_document(message, "Runtime.MarshalError", context.aws_request_id), "Runtime.MarshalError"


def main():
    global current_request_id
    sys.stdout.reconfigure(line_buffering=True, encoding="utf-8", errors="backslashreplace")
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    sys.path = [path for path in sys.path if path not in ("/var/runtime", "")]
    sys.path[:0] = [TASK_ROOT, "/opt/python", f"/opt/python/lib/{version}/site-packages"]
    sys.argv = ["bootstrap"]
    sys.meta_path.insert(0, LoggingFinder())
    install_log_handler()
    api = RuntimeApi()
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except InitError as error:
        log_error(error.message, error.error_type, error.stack)
        api.post("init/error", error_document(error.message, error.error_type, "", error.stack), error.error_type)
        sys.exit(1)
    except Exception as error:  # pylint: disable=broad-except
        stack = stack_of(error.__traceback__)
        stack = [frame for frame in stack if "/var/runtime/" not in frame and "importlib" not in frame]
        error_type = type(error).__name__
        log_error(str(error), error_type, stack)
        api.post("init/error", error_document(str(error), error_type, "", stack), "Runtime.Unknown")
        sys.exit(1)
    import json  # here, in the init, and not in the first invoke
    json.dumps({})
    while True:
        status, headers, body = api.next()
        if status != 200:
            sys.exit(1)
        current_request_id = headers.get("lambda-runtime-aws-request-id", "")
        trace = headers.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        result, error_type = run_handler(handler, body, headers)
        sys.stdout.flush()
        sys.stderr.flush()
        if error_type is None:
            status, _, _ = api.post(f"invocation/{current_request_id}/response", result)
        else:
            api.post(f"invocation/{current_request_id}/error", result, error_type)


if __name__ == "__main__":
    main()
