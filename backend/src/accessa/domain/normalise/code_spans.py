"""Inline code: where it lies in a line, so that nothing inside it is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BACKTICKS = re.compile("`+")


def code_spans(line: str) -> Iterator[tuple[int, int]]:
    """Offsets (start, end) of each code span of one line, back-ticks included, in order; linear time, small memory."""
    last_of_length = {run.end() - run.start(): run.start() for run in _BACKTICKS.finditer(line)}
    position = 0
    while run := _BACKTICKS.search(line, position):
        start, position = run.span()
        length = position - start
        if last_of_length[length] > start and not _is_escaped(line, start):
            position = _end_of_next_run(line, position, length)
            yield start, position


def _end_of_next_run(line: str, position: int, length: int) -> int:
    return next(run.end() for run in _BACKTICKS.finditer(line, position) if run.end() - run.start() == length)


def _is_escaped(line: str, start: int) -> bool:
    first = start
    while first and line[first - 1] == "\\":
        first -= 1
    return (start - first) % 2 == 1
