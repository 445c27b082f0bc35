"""Starts confined children from a process that has imported what they need: a fork costs far less than a new Python."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

_SERVER = "accessa.pipeline.fork_server_process"
_END_SECONDS = 5.0


class ForkServer:
    """The process that forks the children, started with the first of them and again when it is gone.

    It has nothing of our environment and has opened no file of a stranger; it ends with this process, its children too.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    async def run(self, module: str, *arguments: str, wall_seconds: float, given: bytes = b"") -> tuple[bytes, int]:
        """Run a module as a child; return what it printed and its exit code. Raises TimeoutError after its time."""
        talk, child_talk = socket.socketpair()
        status, child_status = socket.socketpair()
        try:
            with child_talk, child_status:
                self._ask(json.dumps([module, *arguments]).encode(), [child_talk.fileno(), child_status.fileno()])
            status.settimeout(0)
            try:
                output = await asyncio.wait_for(_exchange(talk, given), wall_seconds)
            finally:
                # The server takes the end of our side for the wish that the child be ended.
                status.shutdown(socket.SHUT_WR)
                exit_code = await _exit_code(status)
            return output, exit_code
        finally:
            talk.close()
            status.close()

    def close(self) -> None:
        """End the server and with it all children."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _ask(self, message: bytes, descriptors: list[int]) -> None:
        if self._control is not None:
            try:
                socket.send_fds(self._control, [message], descriptors)
            except OSError:  # it was ended from outside, or hangs and lets its messages pile up
                if self._process is not None:
                    self._process.kill()
                self.close()
        if self._control is None:
            self._control = self._start()
            socket.send_fds(self._control, [message], descriptors)

    def _start(self) -> socket.socket:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _SERVER],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=bare_environment(),
            )
        ours.settimeout(0)
        atexit.unregister(self.close)
        atexit.register(self.close)
        return ours


def bare_environment() -> dict[str, str]:
    """Return what a child needs to find our packages, and nothing of our environment, where the secrets are."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}


async def _exchange(talk: socket.socket, given: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(sock=talk)
    try:
        output, _ = await asyncio.gather(reader.read(), _send(writer, given))
    finally:
        writer.transport.abort()
    return output


async def _send(writer: asyncio.StreamWriter, given: bytes) -> None:
    try:
        writer.write(given)
        await writer.drain()
        writer.write_eof()
    except OSError:
        return  # the child has ended without reading all; its exit code tells why


async def _exit_code(status: socket.socket) -> int:
    """Wait for the end of the child; one whose server is gone, or does not answer, counts as ended from outside."""
    code = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(_END_SECONDS):
            code = await asyncio.get_running_loop().sock_recv(status, 16)
    return int(code or -signal.SIGKILL)
