"""The logs of the containers, as Docker keeps them."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from accessa.domain.errors import UsageError
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
_LOOK_SECONDS = 2.0


class ContainerLogs:
    """The logs of all containers of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids: dict[str, str] = {}
        self._looked_at = 0.0

    def names(self) -> list[str]:
        """Return the names of the containers; they are looked for anew every few seconds."""
        return list(self._known())

    def open(self, name: str) -> ContainerLog:
        """Return the log of one container."""
        return ContainerLog(client(self._project), lambda: self._known().get(name), name)

    def _known(self) -> dict[str, str]:
        if time.monotonic() - self._looked_at > _LOOK_SECONDS:
            self._ids = {member.name: member.container_id for member in members(self._project)}
            self._looked_at = time.monotonic()
        return self._ids


class ContainerLog:
    """The log of one container; it goes on where it was read to, also over a new start, or in its successor."""

    def __init__(self, docker: DockerClient, find: Callable[[], str | None], service: str) -> None:
        self._docker = docker
        self._find = find
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
        container_id = self._find()
        if container_id is None:
            return
        with plain_words("reading the log"):
            found = self._docker.container.logs(
                container_id,
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
        """Follow it for good: Docker ends with each end of the container."""
        last = self._seen or datetime.now(UTC).isoformat()
        while True:
            with contextlib.suppress(UsageError):  # a container that was removed meanwhile
                for line in self._lines(since=last, follow=True):
                    last = max(last, _moment(line))
                    coming.put(line)
            time.sleep(_LOOK_SECONDS)

    def _event(self, line: bytes) -> Event:
        moment, _, words = line.partition(b" ")
        self._seen = max(self._seen, moment.decode())
        return as_event(words, self._service, f"{moment.decode()[:_MICROSECONDS]}Z")


def _moment(line: bytes) -> str:
    return line.partition(b" ")[0].decode()


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text[:_MICROSECONDS].rstrip('Z')}+00:00").astimezone(UTC)
