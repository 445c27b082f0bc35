"""A place in the pool of children: whoever holds it has one child at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_providers.llamaparse.parsing.child_process import ChildKilledError, ChildProcess
from mock_providers.llamaparse.parsing.task import ParseTask

_TASKS_PER_CHILD = 50


class Place:
    """Held by one thread; its child is started when it is first asked."""

    def __init__(
        self,
        child: ChildProcess | None,
        start: Callable[[], ChildProcess],
        end: Callable[[ChildProcess], None],
    ) -> None:
        """Take the child that was left here, if there is one."""
        self._child = child
        self._start = start
        self._end = end

    def read(self, task: ParseTask, handed_on: Callable[[], str] = lambda: "null") -> list[dict[str, Any]]:
        """Return the answers of a child; `handed_on` waits for what the range before this one hands on, as JSON.

        A child that is killed is replaced, once, and the task is begun anew.
        """
        try:
            return self._read(task, handed_on)
        except ChildKilledError:
            self._replace()
            return self._read(task, handed_on)

    def _read(self, task: ParseTask, handed_on: Callable[[], str]) -> list[dict[str, Any]]:
        self._child = child = self._child or self._start()
        answers: list[dict[str, Any]] = []
        for message in child.ask(task):
            if "ready" in message:
                child.hand_on(handed_on())
            else:
                answers.append(message)
        return answers

    def leave(self, *, healthy: bool) -> ChildProcess | None:
        """Return the child that stays here: none after some tasks, or when this one has failed."""
        if self._child is not None and not (healthy and self._child.tasks < _TASKS_PER_CHILD):
            self._replace()
        return self._child

    def _replace(self) -> None:
        if self._child is not None:
            self._end(self._child)
        self._child = None
