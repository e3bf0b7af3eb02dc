"""A function's process as a snapshot, and as what comes out of one.

The library of the zygote (src/zygote/snapshot.h of the server) writes memory down and takes it over. All that is not
memory is seen to here: descriptors, /tmp, the working directory, variables, random numbers, and the function's hooks.
What has threads or else is more than memory and files is written down whole (src/checkpoint/take.h), which takes longer
to come back from."""

import os
import stat
import sys

_IMAGE = "/var/snapshot/image"
_RESTORE = "/var/runtime/restore"
_CHECKPOINT_LIBRARY = "/var/runtime/libcheckpoint.so"
_REASON_BYTES = 256
_OURS = range(5)  # descriptors: each process has its own standard streams and pipes
_TMP_BYTES_MAX = 64 << 20
_LOADED_AHEAD_BYTES = 192 << 20  # an image is bounded by the function's memory and what all functions share
_CLOSE_ON_EXEC = 0o2000000
_REASONS = {
    -1: "it was not forked from a zygote",
    -2: "it shares memory with others",
    -3: "it is larger than the function's memory may be",
    -4: "its memory is in too many parts",
    -5: "its memory cannot be read",
    -6: "it has threads",
    -7: "it has child processes",
    -8: "there is no image",
    -9: "it is of another zygote",
}

# What a process with one of these is, no image of memory alone has.
_MORE_THAN_MEMORY = (-2, -6, -7)
_NO_IMAGE = -8  # of that kind

library = None  # of the zygote that this process was forked from


class Unfit(Exception):
    """The process has something that cannot be kept."""


def _call(name, *arguments):
    """Calls the library where a copy may come out: with what the interpreter does about forks."""
    if library is None:
        return -1
    import ctypes

    function = getattr(library, name)
    ctypes.pythonapi.PyOS_BeforeFork()
    result = function(*arguments)
    if result < 0:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    else:
        after_fork()
    return result


def after_fork():
    """In a process that is a copy of another."""
    import ctypes
    import threading

    ctypes.pythonapi.PyOS_AfterFork_Child()
    threading.main_thread()._set_native_id()


def restore(client):
    """Becomes the process of the snapshot; it does not come back, and where that cannot be done the process ends."""
    import ctypes
    import json

    variables = json.dumps(dict(os.environ)).encode()
    result = _call("hearth_snapshot_restore", _IMAGE.encode(), variables, ctypes.c_size_t(len(variables)))
    if result == _NO_IMAGE:
        for number in _OURS:
            os.set_inheritable(number, True)
        os.execv(_RESTORE, [_RESTORE, _IMAGE, str(client.WRITE)])
    _end(client, result)


def take(client, given):
    """Returns in each process that is made of this one; this one ends. `given` are the variables it began with."""
    from snapshot_restore_py import get_after_restore, get_before_snapshot

    for function, args, kwargs in reversed(get_before_snapshot()):
        function(*args, **kwargs)
    sys.stdout.flush()
    sys.stderr.flush()
    bytes_max = (int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) << 20) + _LOADED_AHEAD_BYTES
    _collect_garbage()
    variables = _take_memory(client, bytes_max)
    if variables is None:
        variables = _take_whole(client, bytes_max)
    _take_variables(given, variables)
    _seed()
    for function, args, kwargs in get_after_restore():
        function(*args, **kwargs)


def _collect_garbage():
    """What is there now stays; looking for garbage in it would only copy its pages."""
    import gc

    gc.collect()
    gc.freeze()


def _take_memory(client, bytes_max):
    """Of a process that is memory and files: the variables of one that is made of it, or None where it is more."""
    import ctypes
    import json

    try:
        state = library and _State()
    except Unfit:
        return None
    taken = _call("hearth_snapshot_take", client.WRITE, client.SNAPSHOT, ctypes.c_uint64(bytes_max))
    if taken in _MORE_THAN_MEMORY:
        return None
    if taken < 0:
        _end(client, taken)
    if taken == 0:
        client.rest()
    size = ctypes.c_size_t()
    library.hearth_snapshot_message.restype = ctypes.c_void_p
    text = library.hearth_snapshot_message(ctypes.byref(size))
    state.put_back()
    return json.loads(ctypes.string_at(text, size.value))


def _take_whole(client, bytes_max):
    import ctypes
    import random

    library = ctypes.CDLL(_CHECKPOINT_LIBRARY)
    why = ctypes.create_string_buffer(_REASON_BYTES)
    taken = library.hearth_checkpoint(client.WRITE, client.SNAPSHOT, ctypes.c_uint64(bytes_max), why)
    if taken < 0:
        client.post_no_snapshot(why.value.decode("utf-8", "replace"))
    if taken <= 0:
        client.rest()
    random.seed()
    size = ctypes.c_size_t()
    library.hearth_checkpoint_variables.restype = ctypes.c_void_p
    text = ctypes.string_at(library.hearth_checkpoint_variables(ctypes.byref(size)), size.value)
    variables = (os.fsdecode(one).split("=", 1) for one in text.split(b"\0") if b"=" in one)
    return {name: value for name, value in variables if name != "_HEARTH_SNAPSHOT"}


def _end(client, result):
    client.post_no_snapshot(_REASONS.get(result, "error %d" % result))
    client.rest()


def _take_variables(given, variables):
    import time

    for name in given.keys() | variables.keys():
        # What the function itself has set stays as it is.
        if os.environ.get(name) != given.get(name):
            continue
        if name in variables:
            os.environ[name] = variables[name]
        else:
            os.environ.pop(name, None)
    time.tzset()


def _seed():
    """`random` seeds itself anew in each fork."""
    if "ssl" in sys.modules:
        sys.modules["ssl"].RAND_add(os.urandom(32), 32.0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


class _State:
    def __init__(self):
        self._directory = os.getcwd()
        self._mask = os.umask(0o022)
        os.umask(self._mask)
        numbers = os.listdir("/proc/self/fd")
        self._descriptors = [found for found in map(_Descriptor.of, map(int, numbers)) if found]
        self._files = list(_files_below("/tmp"))

    def put_back(self):
        for path, mode, content in self._files:
            if stat.S_ISLNK(mode):
                os.symlink(content, path)
                continue
            if stat.S_ISDIR(mode):
                os.makedirs(path, exist_ok=True)
            else:
                with open(path, "wb") as file:
                    file.write(content)
            os.chmod(path, stat.S_IMODE(mode))
        self._files = []
        for descriptor in self._descriptors:
            descriptor.put_back()
        os.umask(self._mask)
        os.chdir(self._directory)


def _files_below(folder):
    """Path, mode, and content of each, directories before what is in them."""
    room = _TMP_BYTES_MAX
    for parent, directories, files in os.walk(folder):
        for name in directories + files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            content = None
            if stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(info.st_mode):
                room -= info.st_size
                if room < 0:
                    raise Unfit("its /tmp holds more than %d MiB" % (_TMP_BYTES_MAX >> 20))
                with open(path, "rb") as file:
                    content = file.read()
            elif not stat.S_ISDIR(info.st_mode):
                raise Unfit("%s is neither file nor directory" % path)
            yield path, info.st_mode, content


class _Descriptor:
    """An open file is opened again; a connection is found closed by its other side."""

    def __init__(self, number, path, flags, position):
        self._number, self._path, self._flags, self._position = number, path, flags, position

    @classmethod
    def of(cls, number):
        if number in _OURS:
            return None
        try:
            info = os.fstat(number)
        except OSError:
            return None  # of the listing itself
        path = os.readlink("/proc/self/fd/%d" % number)
        fields = dict(line.split(":", 1) for line in open("/proc/self/fdinfo/%d" % number).read().splitlines() if ":" in line)
        flags, position = int(fields["flags"], 8), int(fields["pos"])
        for standard in (1, 2):
            if os.path.samestat(info, os.fstat(standard)):
                return cls(number, standard, flags, 0)
        if stat.S_ISSOCK(info.st_mode):
            if not _is_internet(number):
                raise Unfit("it has a socket to itself or its kernel (descriptor %d)" % number)
            return cls(number, None, flags, 0)
        known = stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode) or stat.S_ISCHR(info.st_mode)
        if not known or not os.path.exists(path) or not os.path.samestat(info, os.stat(path)):
            raise Unfit("it has %s open (descriptor %d)" % (path, number))
        return cls(number, path, flags & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC), position)

    def put_back(self):
        if self._path is None:
            import socket

            here, there = socket.socketpair()
            there.close()
            made = here.detach()
            os.set_blocking(made, not self._flags & os.O_NONBLOCK)
        elif isinstance(self._path, int):
            made = os.dup(self._path)
        else:
            made = os.open(self._path, self._flags)
            if self._position:
                os.lseek(made, self._position, os.SEEK_SET)
        inheritable = not self._flags & _CLOSE_ON_EXEC
        if made == self._number:
            os.set_inheritable(made, inheritable)
        else:
            os.dup2(made, self._number, inheritable)
            os.close(made)


def _is_internet(number):
    import socket

    copy = socket.socket(fileno=os.dup(number))
    with copy:
        return copy.family in (socket.AF_INET, socket.AF_INET6)
