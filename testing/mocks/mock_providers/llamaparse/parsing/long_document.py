"""A document of several page ranges, read by as many children as are idle; its pages come in order all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any, Protocol

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.place import Place
from mock_providers.llamaparse.parsing.task import ParseTask

Sink = Callable[[list[Page]], None]
"""Takes the pages of one range; what it raises ends the parse."""


class Places(Protocol):
    """Where children are had from."""

    @property
    def idle(self) -> int:
        """About how many places nobody holds."""

    def place(self) -> AbstractContextManager[Place]:
        """Wait for a place."""

    def idle_place(self) -> AbstractContextManager[Place | None]:
        """Hold a place that nobody holds, or none."""


class _DroppedError(Exception):
    """A range before this one has failed."""


class LongDocument:
    """Reads the ranges of one document. What needs no other range is done side by side, the rest in order.

    A range is taken only by whoever holds a place. So the first of those that are open never waits for one.
    """

    def __init__(self, places: Places, task: ParseTask, ranges: Sequence[tuple[int, int]], sink: Sink) -> None:
        """Take the ranges; nothing is read yet."""
        self._places = places
        self._task = task
        self._ranges = ranges
        self._sink = sink
        self._taken = 0
        self._turn = 0
        self._handed_on = "null"
        self._has_text = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        self._helpers: list[threading.Thread] = []

    def read(self) -> None:
        """Read all ranges; raises what the first that failed has met, or `NO_DATA_FOUND_IN_FILE` without any text."""
        with suppress(Exception):  # the first failure is kept
            while self._is_open():
                with self._places.place() as place:
                    self._call_helpers()
                    self._read_next(place)
        for helper in self._helpers:
            helper.join()
        if self._failure is not None:
            raise self._failure
        if not self._has_text:
            raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE)

    def _is_open(self) -> bool:
        with self._changed:
            return self._failure is None and self._taken < len(self._ranges)

    def _call_helpers(self) -> None:
        for _ in range(min(self._places.idle, len(self._ranges) - self._taken - 1)):
            helper = threading.Thread(target=self._help, name="parsing-range")
            self._helpers.append(helper)
            helper.start()

    def _help(self) -> None:
        """Read ranges while a place is idle: after each it is given up, for others may wait."""
        held = True
        with suppress(Exception):
            while held and self._is_open():
                with self._places.idle_place() as place:
                    held = place is not None
                    if place is not None:
                        self._read_next(place)

    def _read_next(self, place: Place) -> None:
        with self._changed:
            number = self._taken
            if self._failure is not None or number >= len(self._ranges):
                return
            self._taken += 1
        try:
            answers = place.read(replace(self._task, pages=self._ranges[number]), lambda: self._state_for(number))
            for message in answers:
                self._keep(message)
        except Exception as failure:
            # Of several failures counts the one that reading in order would have met.
            self._wait_for_turn(number)
            self._go_on(failure)
            raise
        self._go_on()

    def _state_for(self, number: int) -> str:
        self._wait_for_turn(number)
        if self._failure is not None:
            raise _DroppedError
        return self._handed_on

    def _keep(self, message: Mapping[str, Any]) -> None:
        pages = pages_of(message)
        self._has_text = self._has_text or any(page.text.strip() for page in pages)
        self._handed_on = message["handed_on"]
        self._sink(pages)

    def _go_on(self, failure: Exception | None = None) -> None:
        with self._changed:
            self._failure = self._failure or failure
            self._turn += 1
            self._changed.notify_all()

    def _wait_for_turn(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._failure is not None or self._turn == number)


def pages_of(message: Mapping[str, Any]) -> list[Page]:
    """Return the pages of an answer."""
    return [Page(**page) for page in message["pages"]]
