"""A few warm parsing children, shared by all jobs; a child is replaced after some documents or any failure."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mock_providers.llamaparse.parsing.child_process import ChildProcess
from mock_providers.llamaparse.parsing.long_document import LongDocument, Sink, pages_of
from mock_providers.llamaparse.parsing.place import Place
from mock_providers.llamaparse.parsing.task import ParseTask


class ParserPool:
    """Parses at most `children` documents at once; call it from threads, further calls wait."""

    def __init__(self, children: int, memory_mb: int, wall_seconds: float) -> None:
        """Start nothing yet: a child starts with the first document that needs it."""
        self._memory_mb = memory_mb
        self._wall_seconds = wall_seconds
        self._places: queue.SimpleQueue[ChildProcess | None] = queue.SimpleQueue()
        for _ in range(children):
            self._places.put(None)
        self._live: set[ChildProcess] = set()
        self._guard = threading.Lock()
        self._closed = False

    def parse(self, task: ParseTask, sink: Sink) -> None:
        """Read a document into `sink`, range by range; raises `ParseFailureError`.

        Several ranges are read at once where other documents leave children idle.
        """
        with self.place() as place:
            answers = place.read(task)
        ranges = [(first, stop) for message in answers for first, stop in message.get("ranges", ())]
        if ranges:
            LongDocument(self, task, ranges, sink).read()
        else:
            for message in answers:
                sink(pages_of(message))

    def close(self) -> None:
        """End all children; a parse in progress fails."""
        with self._guard:
            self._closed = True
            living = list(self._live)
        for child in living:
            child.kill()
        self._drop_idle()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Wait for a place with a child, and hold it."""
        with self._hold(self._places.get()) as place:
            yield place

    @contextmanager
    def idle_place(self) -> Iterator[Place | None]:
        """Hold a place that nobody holds, or none."""
        try:
            child = self._places.get_nowait()
        except queue.Empty:
            yield None
            return
        with self._hold(child) as place:
            yield place

    @property
    def idle(self) -> int:
        """About how many places nobody holds."""
        return self._places.qsize()

    @contextmanager
    def _hold(self, child: ChildProcess | None) -> Iterator[Place]:
        place = Place(child, self._start, self._end)
        healthy = False
        try:
            yield place
            healthy = not self._closed
        finally:
            self._places.put(place.leave(healthy=healthy))

    def _start(self) -> ChildProcess:
        with self._guard:
            if self._closed:
                raise RuntimeError("The parser pool is closed.")
            child = ChildProcess(self._memory_mb, self._wall_seconds)
            self._live.add(child)
            return child

    def _end(self, child: ChildProcess) -> None:
        child.close()
        with self._guard:
            self._live.discard(child)

    def _drop_idle(self) -> None:
        for _ in range(self._places.qsize()):
            with suppress(queue.Empty):
                if child := self._places.get_nowait():
                    self._end(child)
                # Whoever still waits for a place must learn that the pool is closed.
                self._places.put(None)
