"""Where many events are served at once each has a process of its own, with its own modules and globals: the function's
code need not know. There are as many of them as were ever in use at once, and as many again, up to the most there may be."""

import os
import signal

from runtime_client import HttpClient

_TAKEN = b"+"


class _Client(HttpClient):
    def __init__(self, address, crew):
        super().__init__(address)
        self._crew = crew

    def next(self):
        event = super().next()
        os.write(self._crew, _TAKEN)
        os.close(self._crew)
        self.next = super().next
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
    taken = 0
    while True:
        while len(members) < min(most, 2 * taken + 1) and not ending:
            member = os.fork()
            if member == 0:
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGCHLD, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                os.close(news)
                return _Client(address, crew)
            members.add(member)
        taken += os.read(news, 65536).count(_TAKEN)
        # There may be children that are none of these: of the program that became this one.
        for member in list(members):
            ended, status = os.waitpid(member, os.WNOHANG)
            members.discard(ended)
            if ended and not (ending and members):
                _end_as(status)
