"""The Python runtime: loads the function's handler, then serves events from the Runtime API until it is killed.

Only what every function needs is imported before the handler: start-up time is paid on each cold start."""

import os
import sys

import hearth_snapshot
import log_format
from lambda_context import LambdaContext
from runtime_client import HttpClient, PipeClient


class RuntimeFault(Exception):
    """What the runtime itself reports, under a name of its own: no handler, an answer that is no JSON."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.kind = kind
        self.stack = list(stack)


def load_handler(name):
    import importlib

    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)) from None
    except SyntaxError as error:
        place = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise RuntimeFault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [place]) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise RuntimeFault("Runtime.HandlerNotFound", message) from None


def describe(error, request_id):
    """The error object that the caller sees."""
    if isinstance(error, RuntimeFault):
        kind, frames = error.kind, error.stack
    else:
        import traceback

        trace = traceback.extract_tb(error.__traceback__)
        # Ours and the import machinery's frames say nothing about the function's code.
        trace = [frame for frame in trace if frame.filename != __file__ and "importlib" not in frame.filename]
        kind, frames = type(error).__name__, traceback.format_list(trace)
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": frames}


def encode(value):
    import json

    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def set_trace_id(trace_id):
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def answer(handler, body, context):
    """The bytes of the handler's answer. Raises what the handler raises."""
    import json

    try:
        event = json.loads(body)
    except ValueError as error:
        raise RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None
    result = handler(event, context)
    try:
        return encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        raise RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def serve(client, handler):
    while True:
        headers, body = client.next()
        request_id = headers["lambda-runtime-aws-request-id"]
        log_format.Current.request_id = request_id
        set_trace_id(headers.get("lambda-runtime-trace-id"))
        try:
            result = answer(handler, body, LambdaContext(headers))
        except Exception as error:  # noqa: BLE001 - whatever the function raises is its outcome
            described = describe(error, request_id)
            log_format.log_error(described)
            client.post_error(request_id, described["errorType"], encode(described))
        else:
            # What was printed belongs to this event: it leaves before the answer, after which we may be frozen.
            sys.stdout.flush()
            sys.stderr.flush()
            client.post_response(request_id, result)


def extend_module_path(task_root):
    # Layers are made for the version that the function names, which need not be the one that runs here.
    named = os.environ.get("AWS_EXECUTION_ENV", "").partition("AWS_Lambda_")[2] or "python%d.%d" % sys.version_info[:2]
    sys.path[:0] = [task_root, "/opt/python/lib/%s/site-packages" % named, "/opt/python"]


def offer_packages():
    """What the server's owner offers comes before what the interpreter has by itself."""
    if os.path.isdir("/var/packages") and "/var/packages" not in sys.path:
        installed = [place for place, path in enumerate(sys.path) if path.endswith("-packages")]
        sys.path.insert(installed[0] if installed else len(sys.path), "/var/packages")


def load_ahead():
    """What many functions import."""
    import json
    import time  # noqa: F401

    import base64, collections, contextlib, dataclasses, datetime, decimal, enum, functools, hashlib, http.client, importlib  # noqa: E401, F401
    import io, itertools, logging, math, random, re, ssl, string, tempfile, traceback, typing, urllib.request, uuid  # noqa: E401, F401

    json.loads(json.dumps({"warm": [1, 2.5, None, "\u00e9"]}))
    log_format.install_ahead()


def keep_what_is_loaded():
    """The collector would otherwise look through it again and again, and so write to it."""
    import gc

    gc.collect()
    gc.freeze()


def be_a_zygote():
    """Loads what functions need, and goes on as each of the processes that are forked from this one: with their
    arguments and variables, which is what this returns in them. See sandbox/zygote.h of the server."""
    import ctypes
    import ssl

    import sdk

    library = ctypes.PyDLL("/var/runtime/zygote.so")
    library.hearth_zygote_run.restype = ctypes.c_void_p
    size = ctypes.c_size_t()
    load_ahead()
    sdk.load_ahead()
    keep_what_is_loaded()
    hearth_snapshot.library = library
    ctypes.pythonapi.PyOS_BeforeFork()
    texts = library.hearth_zygote_run(ctypes.byref(size))
    hearth_snapshot.after_fork()
    # It tells its processes apart by their ids, which are the same in many sandboxes.
    ssl.RAND_add(os.urandom(32), 32.0)
    offer_packages()  # which a zygote has only where nobody but root can write to them
    arguments, variables = ctypes.string_at(texts, size.value).split(b"\0\0", 1)
    variables = (text.split(b"=", 1) for text in variables.split(b"\0") if text)
    take_environment({os.fsdecode(name): os.fsdecode(value) for name, value in variables})
    return [os.fsdecode(text) for text in arguments.split(b"\0")[2:]]


def rehearse():
    take_environment(dict(os.environ))
    handler = load_handler("rehearsal.handler")
    del sys.modules["rehearsal"]
    answer(handler, b'{"text": "\u00e9", "numbers": [1, 2.5], "none": null}', LambdaContext({}))


def take_environment(variables):
    import time

    # Those that this process was started with are among them, or are what the interpreter added by itself.
    os.environ.update(variables)
    time.tzset()


def become_a_function(client):
    """Started ahead of need: waits to be told which function this is."""
    import json

    take_environment(json.loads(client.environment()))
    # What is there now was mounted over the directory this process started in.
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])


def main():
    sys.stdout.reconfigure(line_buffering=True, encoding="utf-8", errors="backslashreplace")
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    options, sys.argv[1:] = sys.argv[1:], []
    offer_packages()
    if "--zygote" in options:
        options = be_a_zygote()
    elif "--ahead" in options:
        load_ahead()
        keep_what_is_loaded()
    client = PipeClient() if "--piped" in options else HttpClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if "--ahead" in options:
        rehearse()
        if "--sdk" in options:
            sys.modules["sdk"].rehearse()
        become_a_function(client)
    most = int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", 0))
    if most > 0:
        import crew

        client = crew.join(os.environ["AWS_LAMBDA_RUNTIME_API"], most)
    log_format.take_frames()
    snapshot = os.environ.pop("_HEARTH_SNAPSHOT", "")
    if snapshot == "use":
        hearth_snapshot.restore(client)
    given = dict(os.environ)
    extend_module_path(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
    log_format.install_when_logging_is_imported()
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
        if isinstance(client, PipeClient) and "sdk" in sys.modules and sys.modules["sdk"].was_taken():
            client.note_sdk()
        if snapshot == "make":
            hearth_snapshot.take(client, given)
    except Exception as error:  # noqa: BLE001 - module code may raise anything
        described = describe(error, "")
        log_format.log_error(described)
        client.post_init_error(described["errorType"], encode(described))
        sys.exit(1)
    serve(client, handler)


if __name__ == "__main__":
    main()
