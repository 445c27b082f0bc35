"""Tells tables from running text and boxes that the reader cut into cells."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby, pairwise

from mock_providers.llamaparse.parsing.blocks import is_table, table, table_rows
from mock_providers.llamaparse.parsing.text_lines import letters

_MOST_RUN_ON = 0.4
_SHORTEST_TITLE = 6
_SURELY_COLUMNS = 3


def cut_at_titles(blocks: list[str], titles: Collection[str]) -> list[str]:
    """Cut a table above and below each row that is or holds a title of the document: no table goes on across one.

    `titles` are the letters of the lines that are titles.
    """
    cut: list[str] = []
    for block in blocks:
        cut += _parts(table_rows(block), titles) if titles and is_table(block) else [block]
    return cut


def _parts(rows: list[list[str]], titles: Collection[str]) -> list[str]:
    parts: list[str] = []
    for holds, found in groupby(rows, lambda row: _holds(row, titles)):
        if holds:
            parts += [" ".join(filter(None, row)) for row in found]
        else:
            parts.append(table(list(found)))
    return parts


def _holds(row: list[str], titles: Collection[str]) -> bool:
    text = letters("".join(row))
    return any(title == text or (len(title) >= _SHORTEST_TITLE and title in text) for title in titles)


def is_box(block: str) -> bool:
    """Tell whether a table has one column: it is a box around code or text."""
    return is_table(block) and all(len(row) == 1 for row in table_rows(block))


def is_torn_text(block: str, text: str) -> bool:
    """Tell whether a table is running text: on the page, one space and no gap parts its cells."""
    if not is_table(block):
        return False
    rows = table_rows(block)
    joints = [joint for row in rows for joint in pairwise(filter(None, row))]
    if not joints or len(rows) == 1:
        return True
    if len(rows[0]) >= _SURELY_COLUMNS and all(all(row) for row in rows):
        return False
    run_on = sum(_run_on(left, right, text) for left, right in joints)
    # Between numbered lines of code stands prose; the numbers themselves say nothing.
    numbered = sum(left.isdigit() and not _run_on(left, right, text) for left, right in joints)
    return run_on > _MOST_RUN_ON * (len(joints) - numbered)


def is_real_table(block: str, text: str) -> bool:
    """Tell whether a block is a table, and neither a box nor torn text."""
    return is_table(block) and not is_box(block) and not is_torn_text(block, text)


def _run_on(left: str, right: str, text: str) -> bool:
    """Tell whether the page has the last word of one cell and the first of the next with one space between them."""
    joint = f"{left.rsplit(maxsplit=1)[-1]} {right.split(maxsplit=1)[0]}".replace("\\", "")
    return joint in text
