"""Tables for a person: fitted to the terminal without breaking what is copied; away from one nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Column as GridColumn
from rich.table import Table
from rich.text import Text

from accessa.cli.figures import printable
from accessa.cli.output import console, note, on_terminal, say
from accessa.cli.shortening import shortened

_GAP = 2
_LEAST_NAME = 12
_GOOD_NAME = 24
_LEAST_WORDS = 24  # the longest codes keep in one piece
_NO_EDGE = 10_000

Cells = tuple[str, ...]


class Kind(Enum):
    """What becomes of a cell that is wider than its room."""

    WHOLE = auto()  #: an id, a status or a figure: never broken
    NAME = auto()  #: a file: shortened in the middle
    WORDS = auto()  #: a sentence: goes on below


@dataclass(frozen=True, slots=True)
class Column:
    """One column; the one with the highest `spare` is the first to be left out where there is no room."""

    name: str
    kind: Kind = Kind.WHOLE
    spare: int = 0


@dataclass(frozen=True, slots=True)
class _Fit:
    """Columns that have room, by their place, with their widths."""

    widths: dict[int, int]
    left_out: list[str]


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    """Print `rows` under `columns`; on a terminal that is too narrow for them as blocks of `name: value` lines."""
    cells = _told(rows)
    screen = console()
    if not on_terminal():
        screen.width = _NO_EDGE
        screen.print(_natural_grid(columns, cells))
    elif fit := _fit(columns, cells, screen.width):
        screen.print(_fitted_grid(columns, cells, fit))
        if fit.left_out:
            note(f"note: this terminal has no room for {', '.join(fit.left_out)}; --json tells all")
    else:
        for line in _blocks(columns, cells):
            say(line)


def live_table(columns: Sequence[Column], rows: Sequence[Sequence[object]], width: int) -> RenderableType:
    """Return `rows` as they fit into `width`, to be drawn again and again."""
    cells = _told(rows)
    if fit := _fit(columns, cells, width):
        return _fitted_grid(columns, cells, fit)
    return Text("\n".join(_blocks(columns, cells)))


def _told(rows: Sequence[Sequence[object]]) -> list[Cells]:
    return [tuple(printable("-" if cell is None else cell) for cell in row) for row in rows]


def _fit(columns: Sequence[Column], rows: Sequence[Cells], width: int) -> _Fit | None:
    """Return the widths at which most columns fit, or None when not even the needed ones do."""
    natural = [max(map(cell_len, (column.name, *texts))) for column, *texts in zip(columns, *rows, strict=True)]
    kept = dict(enumerate(natural))
    while True:
        if widths := _shared_out(columns, kept, width - _GAP * (len(kept) - 1)):
            return _Fit(widths, [column.name for place, column in enumerate(columns) if place not in kept])
        place = max(kept, key=lambda place: columns[place].spare)
        if not columns[place].spare:
            return None
        del kept[place]


def _shared_out(columns: Sequence[Column], natural: dict[int, int], width: int) -> dict[int, int] | None:
    """Share `width` out: what is whole keeps its width, a long name gives way to the words, both to a least width."""
    of_kind = {columns[place].kind: place for place in natural if columns[place].kind is not Kind.WHOLE}
    room = width - sum(wide for place, wide in natural.items() if place not in of_kind.values())
    name, words = (natural.get(of_kind.get(kind, -1), 0) for kind in (Kind.NAME, Kind.WORDS))
    words = min(words, max(_LEAST_WORDS, room - min(name, _GOOD_NAME)))
    if room < words + min(name, _LEAST_NAME):
        return None
    shares = {Kind.NAME: min(name, room - words), Kind.WORDS: words}
    return natural | {place: shares[kind] for kind, place in of_kind.items()}


def _fitted_grid(columns: Sequence[Column], rows: Sequence[Cells], fit: _Fit) -> Table:
    kept = [
        GridColumn(columns[place].name, width=width, no_wrap=columns[place].kind is not Kind.WORDS, overflow="fold")
        for place, width in fit.widths.items()
    ]
    grid = Table(*kept, box=box.SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for row in rows:
        grid.add_row(*(_cut(columns[place], row[place], width) for place, width in fit.widths.items()))
    return grid


def _cut(column: Column, text: str, width: int) -> str:
    return shortened(text, width) if column.kind is Kind.NAME else text


def _natural_grid(columns: Sequence[Column], rows: Sequence[Cells]) -> Table:
    grid = Table(
        *(GridColumn(column.name, overflow="fold") for column in columns),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for row in rows:
        grid.add_row(*row)
    return grid


def _blocks(columns: Sequence[Column], rows: Sequence[Cells]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from (f"{column.name}: {cell}" for column, cell in zip(columns, row, strict=True))
