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
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)


def join(address, most):
    """Returns once in each process that serves, with its client. This one ends when one of them does, as it did."""
    news, crew = os.pipe()
    os.set_blocking(crew, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(crew, warn_on_full_buffer=False)
    begun = taken = 0
    while True:
        for _ in range(begun, min(most, 2 * taken + 1)):
            if os.fork() == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(news)
                return _Client(address, crew)
            begun += 1
        taken += os.read(news, 65536).count(_TAKEN)
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended:
            _end_as(status)
