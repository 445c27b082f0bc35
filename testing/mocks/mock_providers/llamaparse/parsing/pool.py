"""A few warm parsing children, shared by all jobs; a child is replaced after some documents or any failure."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.child_process import ChildProcess
from mock_providers.llamaparse.parsing.task import ParseTask

_DOCUMENTS_PER_CHILD = 50

Sink = Callable[[list[Page]], None]
"""Takes the pages of one range; what it raises ends the parse."""


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
        """Read a document into `sink`, range by range; raises `ParseFailureError`."""
        with self._child() as child:
            for pages in child.ask(task):
                sink([Page(**page) for page in pages])

    def close(self) -> None:
        """End all children; a parse in progress fails."""
        with self._guard:
            self._closed = True
            living = list(self._live)
        for child in living:
            child.kill()
        self._drop_idle()

    @contextmanager
    def _child(self) -> Iterator[ChildProcess]:
        child = self._places.get()
        healthy = False
        try:
            child = child or self._start()
            yield child
            healthy = child.documents < _DOCUMENTS_PER_CHILD and not self._closed
        finally:
            if child and not healthy:
                self._end(child)
            self._places.put(child if healthy else None)

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
