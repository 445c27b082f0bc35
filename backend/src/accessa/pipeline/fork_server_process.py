"""The process behind `fork_server`: imports what the children need, forks one for each message, and reaps them.

A message is JSON: the module to run, then its arguments. With it come two sockets: one is the child's standard input
and output; to the other goes its exit code, and when the asker shuts that one down, the child is ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress

_LONGEST_MESSAGE = 100_000
_MOST_DESCRIPTORS = 4096


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._known: set[str] = set()

    def serve(self, woken: socket.socket) -> None:
        """Serve until the asker is gone; `woken` can be read after each end of a child."""
        self._selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is woken:
                    woken.recv(_LONGEST_MESSAGE)
                    self._reap()
                elif key.fileobj is not self._control:
                    self._end(key.data)
                elif not self._take():
                    return

    def end_all(self) -> None:
        """End every child."""
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _take(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, _LONGEST_MESSAGE, 2)
        if not message:
            return False
        module, *arguments = json.loads(message)
        self._import(module)
        talk, status = descriptors
        try:
            pid = os.fork()
        except OSError:  # nobody is told a code, and asks again later
            os.close(status)
        else:
            if pid == 0:
                _become(talk, module, arguments)
            self._children[pid] = socket.socket(fileno=status)
            self._selector.register(self._children[pid], selectors.EVENT_READ, pid)
        os.close(talk)
        return True

    def _import(self, module: str) -> None:
        """Import what a module imports; itself it runs anew in each child."""
        if module not in self._known:
            self._known.add(module)
            with suppress(Exception):  # the child meets it again and tells by its exit code
                importlib.import_module(module)
            sys.modules.pop(module, None)
            sys.stdout.flush()  # or each child would say again what was printed here
            gc.collect()
            gc.freeze()

    def _end(self, pid: int) -> None:
        # What ended by itself may have been reaped since the selector told of its asker.
        if status := self._children.get(pid):
            self._selector.unregister(status)
            os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pid, how = found
                with self._children.pop(pid) as status, suppress(OSError):
                    with suppress(KeyError):
                        self._selector.unregister(status)
                    status.send(str(os.waitstatus_to_exitcode(how)).encode())


def _become(talk: int, module: str, arguments: list[str]) -> None:
    """Be the child: keep one socket and nothing else of the server, run the module, and leave."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.dup2(talk, 0)
        os.dup2(talk, 1)
        os.closerange(3, _MOST_DESCRIPTORS)
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def main() -> None:
    """Serve the socket that is our standard input."""
    # Who stops a worker with all its processes leaves it to the worker to end this one.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    woken, wake = socket.socketpair()
    wake.settimeout(0)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    server = _Server(control)
    try:
        server.serve(woken)
    finally:
        server.end_all()


if __name__ == "__main__":
    main()
