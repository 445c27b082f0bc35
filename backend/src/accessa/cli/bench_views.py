"""Two ways to watch a benchmark: a line for each step, and a bar below them on a terminal; and its result as bars."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from accessa.bench.chart import bars
from accessa.bench.report import number
from accessa.bench.results import Results
from accessa.cli.output import on_terminal
from accessa.cli.step_views import StepBars, StepLines

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


class LinesView(StepLines):
    """Prints each step."""

    def moved(self, words: str, done: int, total: int) -> None:
        """Stay silent: the steps are told one by one."""


class BarView(StepBars):
    """Draws one bar, and the steps above it."""

    def __init__(self) -> None:
        """Prepare; nothing is drawn yet."""
        super().__init__()
        self._task = self._progress.add_task("", total=1, visible=False)

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
