"""Two ways to watch a drill: a line for each thing that happens, and bars above them on a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from accessa.cli.figures import printable
from accessa.cli.output import console, note, on_terminal, say


class DrillView(Protocol):
    """Watches a drill from its start to its end."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave room for the result."""

    def tell(self, sentence: str) -> None:
        """Hear of one thing that happened."""

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """See how far the documents and the kills have come."""


def drill_view(*, as_json: bool) -> DrillView:
    """Return the view that fits: bars for a person, lines for a file, lines beside the result with `--json`."""
    return BarsView() if on_terminal() and not as_json else LinesView(beside=as_json)


class LinesView:
    """Prints what happens, each line with the seconds since the start."""

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

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """Stay silent: the kills are told one by one."""


class BarsView:
    """Draws two bars, and the lines above them."""

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
        self._kills = self._progress.add_task("workers killed", total=1, visible=False)
        self._documents = self._progress.add_task("documents complete", total=1, visible=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars away."""
        self._progress.stop()

    def tell(self, sentence: str) -> None:
        """Print it above the bars."""
        self._progress.console.print(f"{time.monotonic() - self._begun:6.1f} s  {printable(sentence)}")

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """Move both bars."""
        self._progress.update(self._kills, completed=kills, total=planned_kills, visible=True)
        self._progress.update(self._documents, completed=complete, total=documents, visible=True)
