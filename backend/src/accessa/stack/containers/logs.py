"""The logs of the containers, as Docker keeps them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.stack.log_events import as_event
from accessa.stack.log_source import Event
from accessa.stack.log_wish import LogWish

if TYPE_CHECKING:
    from python_on_whales import DockerClient

# Docker writes nanoseconds, the services microseconds.
_MICROSECONDS = 26


class ContainerLogs:
    """The logs of all containers of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def names(self) -> list[str]:
        """Return the names of the containers."""
        return [member.name for member in members(self._project)]

    def open(self, name: str) -> ContainerLog:
        """Return the log of one container."""
        [member] = [member for member in members(self._project) if member.name == name]
        return ContainerLog(client(self._project), member.container_id, name)


class ContainerLog:
    """The log of one container; it goes on where it was read to, also over a new start of the container."""

    def __init__(self, docker: DockerClient, container_id: str, service: str) -> None:
        self._docker = docker
        self._id = container_id
        self._service = service
        self._seen = ""
        self._coming: queue.SimpleQueue[bytes] | None = None

    def history(self, wish: LogWish | None = None, last: int | None = None) -> Iterator[Event]:
        """Yield what is there now; with `last`, only so many lines before the end."""
        since = wish.since if wish else None
        events = map(self._event, self._lines(since=since, last=last))
        yield from events if last is None else deque(events, maxlen=last)

    def fresh(self) -> Iterator[Event]:
        """Yield what was written since the last call; the first call begins to listen."""
        if self._coming is None:
            self._coming = queue.SimpleQueue()
            threading.Thread(target=self._listen, args=(self._coming,), daemon=True).start()
        while not self._coming.empty():
            line = self._coming.get()
            if _moment(line) > self._seen:
                yield self._event(line)

    def close(self) -> None:
        """Nothing is held: what still listens ends with this process."""

    def _lines(self, *, since: str | None = None, last: int | None = None, follow: bool = False) -> Iterable[bytes]:
        with plain_words("reading the log"):
            found = self._docker.container.logs(
                self._id,
                timestamps=True,
                since=_read_moment(since) if since else None,
                tail=last,
                follow=follow,
                stream=True,
            )
            # With `stream` it is no text.
            for _, line in cast("Iterable[tuple[str, bytes]]", found):
                if line.strip():
                    yield line.rstrip(b"\n")

    def _listen(self, coming: queue.SimpleQueue[bytes]) -> None:
        for line in self._lines(since=self._seen or None, last=None if self._seen else 0, follow=True):
            coming.put(line)

    def _event(self, line: bytes) -> Event:
        moment, _, words = line.partition(b" ")
        self._seen = max(self._seen, moment.decode())
        return as_event(words, self._service, f"{moment.decode()[:_MICROSECONDS]}Z")


def _moment(line: bytes) -> str:
    return line.partition(b" ")[0].decode()


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text[:_MICROSECONDS].rstrip('Z')}+00:00").astimezone(UTC)
