"""Two ways to watch a benchmark: a line for each step, and a bar below them on a terminal; and its result as bars."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from accessa.bench.chart import bars
from accessa.bench.report import number
from accessa.bench.results import Results
from accessa.cli.figures import printable
from accessa.cli.output import console, note, on_terminal, say

_WIDTH = 40
_NAME = 40


class BenchView(Protocol):
    """Watches a benchmark from its start to its end."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave room for the result."""

    def tell(self, sentence: str) -> None:
        """Hear of one step."""

    def moved(self, words: str, done: int, total: int) -> None:
        """See how far the present run has come."""


def bench_view(*, as_json: bool) -> BenchView:
    """Return the view that fits: a bar for a person, lines for a file, lines beside the result with `--json`."""
    return BarView() if on_terminal() and not as_json else LinesView(beside=as_json)


class LinesView:
    """Prints each step with the seconds since the start."""

    def __init__(self, *, beside: bool) -> None:
        """Choose where the lines go: beside the result, or before it."""
        self._print = note if beside else say
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        """Need no preparation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Have nothing left to show."""

    def tell(self, sentence: str) -> None:
        """Print it."""
        self._print(f"{time.monotonic() - self._begun:6.1f} s  {sentence}")

    def moved(self, words: str, done: int, total: int) -> None:
        """Stay silent: the steps are told one by one."""


class BarView:
    """Draws one bar, and the steps above it."""

    def __init__(self) -> None:
        """Prepare; nothing is drawn yet."""
        self._begun = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f}", markup=False),
            TimeElapsedColumn(),
            console=console(),
            transient=True,
        )
        self._task = self._progress.add_task("", total=1, visible=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def tell(self, sentence: str) -> None:
        """Print it above the bar."""
        self._progress.console.print(f"{time.monotonic() - self._begun:6.1f} s  {printable(sentence)}")

    def moved(self, words: str, done: int, total: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, description=words, completed=done, total=max(total, 1), visible=True)


def bar_lines(results: Results) -> Iterator[str]:
    """Yield the speed of every system as a bar, condition by condition."""
    last, most = "", 1.0
    for condition, system, speed in bars(results):
        if condition != last:
            yield from ("", f"{condition}, documents/s")
            last, most = condition, speed or 1.0
        yield f"  {system[:_NAME]:<{_NAME}} {'█' * max(1, round(_WIDTH * speed / most))} {number(speed)}"
