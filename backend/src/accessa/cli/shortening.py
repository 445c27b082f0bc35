"""Makes the name of a file fit: the folders go first, then the middle of the name; its end and suffix stay."""

from __future__ import annotations

from rich.cells import cell_len

_MARK = "…"


def shortened(path: str, width: int) -> str:
    """Return the path in at most `width` cells of a terminal."""
    if cell_len(path) <= width:
        return path
    name = path.rpartition("/")[2]
    if cell_len(name) <= width - 1:
        return _MARK + _tail(path, width - 1)
    if cell_len(name) <= width:
        return name
    front = (width - 1) // 2
    return _head(name, front) + _MARK + _tail(name, width - 1 - front)


def _head(text: str, room: int) -> str:
    text = text[:room]
    while cell_len(text) > room:
        text = text[:-1]
    return text


def _tail(text: str, room: int) -> str:
    text = text[-room:]
    while cell_len(text) > room:
        text = text[1:]
    return text
