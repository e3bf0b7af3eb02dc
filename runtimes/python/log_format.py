"""How log lines look: the root logger's handler, and the report of an error that ended an invocation.

The logging module takes longer to import than all else here, so the handler is installed when, and only if, the
function's code imports it."""

import os
import sys

_INDENT = "\u00a0"  # the log service strips ordinary spaces at the start of a line
_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}


def _wants_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class Current:
    """The request that is being served; None during initialization."""

    request_id = None


class _Frames:
    """Where an event of several lines goes as one: see log_pipe.h of the server."""

    descriptor = None


def _frame(message):
    import time

    data = message.encode("utf-8", "backslashreplace")
    return b"\xa5\x5a\0\3" + len(data).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big") + data


def _write(event):
    """`event` ends with a line feed."""
    if _Frames.descriptor is None or "\n" not in event[:-1]:
        sys.stdout.write(event)
        return sys.stdout.flush()
    sys.stdout.flush()
    data = _frame(event[:-1])
    while data:
        data = data[os.write(_Frames.descriptor, data):]


def take_frames():
    descriptor = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
    if descriptor is not None:
        _Frames.descriptor = int(descriptor)


class _Handler:
    """The root logger's, once there is one."""

    installed = None


def install_ahead():
    """For a function that is not known yet; install_when_logging_is_imported() then gives the handler its format."""
    import logging

    _install(logging)


def install_when_logging_is_imported():
    if _Handler.installed:
        _take_format(sys.modules["logging"], _Handler.installed)
    elif "logging" in sys.modules:
        _install(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, _LoggingFinder())


class _LoggingFinder:
    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        import importlib.util

        spec = importlib.util.find_spec("logging")
        run = spec.loader.exec_module

        def exec_module(module):
            # The loader of a frozen or cached module may be shared: it is put back before anything else.
            del spec.loader.exec_module
            run(module)
            _install(module)

        spec.loader.exec_module = exec_module
        return spec


def _install(logging):
    class LambdaFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = Current.request_id or ""
            return True

    class LambdaHandler(logging.Handler):
        def emit(self, record):
            text = self.format(record)
            # The format below ends lines, but a traceback comes behind it, and formatters of others end none.
            _write(text if text.endswith("\n") else text + "\n")

    import time

    handler = LambdaHandler()
    handler.addFilter(LambdaFilter())
    formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s\n",
                                  "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.root.addHandler(handler)
    _Handler.installed = handler
    _take_format(logging, handler)


def _take_format(logging, handler):
    if not _wants_json():
        return
    handler.setFormatter(_json_formatter(logging))
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in _LEVELS:
        logging.root.setLevel(_LEVELS[level])


def _json_formatter(logging):
    import json
    import time

    standard = set(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}

    class JsonFormatter(logging.Formatter):
        converter = time.gmtime

        def format(self, record):
            line = {"timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname,
                    "message": record.getMessage(), "logger": record.name}
            if record.exc_info and record.exc_info[0] is not None:
                kind, value, trace = record.exc_info
                import traceback

                line["stackTrace"] = traceback.format_list(traceback.extract_tb(trace))
                line["errorType"] = kind.__name__
                line["errorMessage"] = str(value)
                line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
            if record.aws_request_id:
                line["requestId"] = record.aws_request_id
            line.update((name, value) for name, value in vars(record).items() if name not in standard and name not in line)
            return json.dumps(line, ensure_ascii=False, default=str) + "\n"

    return JsonFormatter()


def log_error(error):
    """Writes the error object that is also sent to the caller, as one log event."""
    if _wants_json():
        import json
        import time

        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"timestamp": stamp, "log_level": "ERROR", **error}, ensure_ascii=False)
    else:
        lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"]), "Traceback (most recent call last):"]
        for frame in error["stackTrace"]:
            for text in frame.splitlines():
                stripped = text.lstrip(" ")
                lines.append(_INDENT * (len(text) - len(stripped)) + stripped)
        # A carriage return keeps the lines in one event.
        line = "\r".join(lines)
    _write(line + "\n")
