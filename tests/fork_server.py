"""Start rwcap as forks of one process that has imported it.

To start Python and to import what a command needs takes 0.1 to 0.3 s, and the tests
start more than a thousand processes. The server imports once. Each process is a fork
with its own arguments, environment, folder and streams, and it ends like any other.
Processes that begin with Python are tested, too: by `Rwcap.start` and `Rwcap.shell`,
and in tests/cli/test_startup.py and tests/cli/test_killed.py.
"""

import atexit
import gc
import importlib
import inspect
import json
import os
import pkgutil
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self, TypedDict, cast

_LENGTH = struct.Struct("!I")
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


class Request(TypedDict):
    """What a process runs, and where."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    session: bool
    """Whether the process leads a session of its own, as on a terminal."""


class Process(NamedTuple):
    """A process that the server started."""

    pid: int
    ended: socket.socket

    def wait(self, seconds: float) -> int:
        """Return the exit status, negative after a signal. Kill it after `seconds`."""
        with self.ended:
            self.ended.settimeout(seconds)
            try:
                return int(self.ended.recv(16))
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                self.ended.settimeout(None)
                self.ended.recv(16)
                raise


class ForkServer:
    """A process that forks itself on request."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start the server with the environment in which Python starts."""
        self._socket, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parent.parent,
                env=environment,
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the server."""
        self._socket.close()
        self._process.wait(60)

    def start(self, request: Request, streams: Sequence[int]) -> Process:
        """Start rwcap with three descriptors as its standard streams."""
        text = json.dumps(request).encode()
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            descriptors = [*streams, theirs.fileno()]
            socket.send_fds(self._socket, [_LENGTH.pack(len(text))], descriptors)
            self._socket.sendall(text)
        return Process(int(ours.recv(16)), ours)


def _serve(requests: socket.socket) -> tuple[Request, list[int]] | None:
    """Fork for each request. Return it in the new process, and None at the end."""
    ended, wake = socket.socketpair()
    wake.setblocking(False)  # noqa: FBT003  # its only parameter
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    poll = select.poll()  # `select` takes no descriptor above 1,023
    poll.register(requests, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if ended.fileno() in ready:
            ended.recv(4096)
            _report_ended(running)
        if requests.fileno() in ready:
            head, descriptors, _, _ = socket.recv_fds(requests, _LENGTH.size, 4)
            if not head:
                return None
            text = requests.recv(_LENGTH.unpack(head)[0], socket.MSG_WAITALL)
            pid = os.fork()
            if pid == 0:  # pragma: no cover  # measured from the next call on
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return json.loads(text), descriptors
            running[pid] = socket.socket(fileno=descriptors.pop())
            running[pid].sendall(b"%16d" % pid)
            for each in descriptors:
                os.close(each)


def _report_ended(running: dict[int, socket.socket]) -> None:
    """Tell the tests the exit statuses of the processes that have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            break
        with running.pop(pid) as waiting:
            waiting.sendall(b"%16d" % os.waitstatus_to_exitcode(status))


def _become(request: Request, descriptors: list[int]) -> None:
    """Make this process what Python makes of a new one."""
    for number, (name, mode) in enumerate(_STREAMS):
        os.dup2(descriptors[number], number)
        old = getattr(sys, name)
        new = os.fdopen(number, mode, encoding=old.encoding, errors=old.errors)
        setattr(sys, name, new)
    os.closerange(len(_STREAMS), max(descriptors) + 1)
    if request["session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    time.tzset()
    random.seed()
    sys.argv = request["arguments"]


def _import_all() -> None:
    """Import every module of rwcap, and with them what they import."""
    import rwcap

    for module in pkgutil.walk_packages(rwcap.__path__, "rwcap."):
        with suppress(ModuleNotFoundError):  # of an extra that is not installed
            importlib.import_module(module.name)


def _run() -> None:
    """Run rwcap, and end as Python does, but without freeing every module."""
    from rwcap.__main__ import main

    status = 0
    try:
        main()
    except SystemExit as ended:
        status = cast("int", ended.code)  # `main` always exits with a number
    threading._shutdown()  # type: ignore[attr-defined]  # joins threads, as at an exit
    atexit._run_exitfuncs()
    os._exit(status)  # pragma: no cover  # what is covered was written a line above


if __name__ == "__main__":
    _import_all()
    # Coverage asks for the stack after each fork: with a filled cache in 1 ms, not 25.
    inspect.stack()
    gc.freeze()  # a collection would copy the memory that forks share
    if started := _serve(socket.socket(fileno=int(sys.argv[1]))):
        _become(*started)
        _run()
