"""What long commands are watched by: a line for each step with the seconds since the start, and bars below them."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from accessa.cli.figures import printable
from accessa.cli.output import console, note, say


class StepLines:
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


class StepBars:
    """Draws bars, and the steps above them."""

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
