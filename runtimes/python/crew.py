"""Where many events are served at once each has a process of its own, with its own modules and globals: the function's
code need not know. There are as many of them as were ever in use at once, and as many again and one, up to the most there
may be."""

import mmap
import os
import signal

from runtime_client import HttpClient

_TRUE = b"\1"


class _Use:
    """What all processes know: which of them serve, and whether so many ever did at once."""

    def __init__(self, most):
        self._most = most
        self._flags = mmap.mmap(-1, 2 * most)

    def rests(self, member):
        self._flags[member] = 0

    def serves(self, member):
        """True: more do now than ever did."""
        self._flags[member] = 1
        place = self._most - 1 + self._flags[: self._most].count(_TRUE)
        if self._flags[place]:
            return False
        self._flags[place] = 1
        return True

    def peak(self):
        return max(0, self._flags.rfind(_TRUE, self._most) - self._most + 1)


class _Client(HttpClient):
    def __init__(self, address, use, member, crew):
        super().__init__(address)
        self._use, self._member, self._crew = use, member, crew

    def next(self):
        self._use.rests(self._member)
        event = super().next()
        if self._use.serves(self._member):
            os.write(self._crew, _TRUE)
        return event


def _end_as(status):
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        os._exit(code)
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)


def join(address, most):
    """Returns once in each process that serves, with its client. This one ends when one of them does, as it did; and, when
    it is asked to end, with the last of them."""
    news, crew = os.pipe()
    os.set_blocking(crew, False)
    use = _Use(most)
    members = set()
    ending = False

    def end(number, frame):
        nonlocal ending
        ending = True
        for member in members:
            os.kill(member, number)

    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGTERM, end)
    signal.set_wakeup_fd(crew, warn_on_full_buffer=False)
    while True:
        while len(members) < min(most, 2 * use.peak() + 1) and not ending:
            member = os.fork()
            if member == 0:
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGCHLD, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                os.close(news)
                return _Client(address, use, len(members), crew)
            members.add(member)
        os.read(news, 65536)
        # There may be children that are none of these: of the program that became this one.
        for member in list(members):
            ended, status = os.waitpid(member, os.WNOHANG)
            members.discard(ended)
            if ended and not (ending and members):
                _end_as(status)
