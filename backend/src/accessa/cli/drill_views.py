"""Two ways to watch a drill: a line for each thing that happens, and bars above them on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from accessa.cli.output import on_terminal
from accessa.cli.step_views import StepBars, StepLines


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


class LinesView(StepLines):
    """Prints what happens."""

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """Stay silent: the kills are told one by one."""


class BarsView(StepBars):
    """Draws two bars, and the lines above them."""

    def __init__(self) -> None:
        """Prepare; nothing is drawn yet."""
        super().__init__()
        self._kills = self._progress.add_task("workers killed", total=1, visible=False)
        self._documents = self._progress.add_task("documents complete", total=1, visible=False)

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """Move both bars."""
        self._progress.update(self._kills, completed=kills, total=planned_kills, visible=True)
        self._progress.update(self._documents, completed=complete, total=documents, visible=True)
