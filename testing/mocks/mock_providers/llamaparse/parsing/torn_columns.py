"""Finds terms and their definitions, or numbers and their lines of code, that the reader put into separate columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from mock_providers.llamaparse.parsing.text_lines import Piece

_FEWEST = 2
_WIDEST_TERMS = 0.4
_LEAST_ALIGNED = 0.6
_MOST_WIDE = 0.2

Held = Mapping[int, Sequence[Piece]]


def torn_columns(held: Held, kept: Collection[int]) -> list[set[int]]:
    """Return groups of blocks, not of `kept`, whose pieces stand side by side as terms and definitions."""
    rows = _rows(held)
    groups = [group for group in _groups(rows) if group.isdisjoint(kept)]
    for group in groups:
        _take_in_between(group, held, kept)
    return [group for group in _joined(groups) if _is_a_list(rows, group)]


def _rows(held: Held) -> dict[int, list[tuple[Piece, int]]]:
    rows: dict[int, list[tuple[Piece, int]]] = defaultdict(list)
    for block, pieces in held.items():
        for piece in pieces:
            rows[piece.line].append((piece, block))
    return {number: sorted(row, key=lambda cell: cell[0].column) for number, row in rows.items()}


def _groups(rows: Mapping[int, list[tuple[Piece, int]]]) -> list[set[int]]:
    """Return the pairs of blocks that stand side by side on a line, joined where they touch."""
    shared: Counter[tuple[int, int]] = Counter()
    for row in rows.values():
        shared.update({(min(a, b), max(a, b)) for (_, a), (_, b) in pairwise(row) if a != b})
    return _joined([set(pair) for pair in shared])


def _joined(groups: list[set[int]]) -> list[set[int]]:
    joined: list[set[int]] = []
    for group in groups:
        touching = [other for other in joined if not other.isdisjoint(group)]
        joined = [other for other in joined if other.isdisjoint(group)]
        joined.append(group.union(*touching))
    return joined


def _take_in_between(group: set[int], held: Held, kept: Collection[int]) -> None:
    lines = [piece.line for block in group for piece in held[block]]
    first, last = min(lines), max(lines)
    for block, pieces in held.items():
        if block not in kept and all(first < piece.line < last for piece in pieces):
            group.add(block)
    # A block between them that holds no line has its words from lines that were found elsewhere.
    group.update(block for block in range(min(group), max(group)) if not held.get(block) and block not in kept)


def _is_a_list(rows: Mapping[int, list[tuple[Piece, int]]], group: set[int]) -> bool:
    """Tell terms beside definitions from two columns of running text: terms are short, definitions are aligned."""
    beside = [
        row for row in rows.values() if len(row) > 1 and {row[0][1], row[1][1]} <= group and row[0][1] != row[1][1]
    ]
    next_to = max(group) - min(group) < _FEWEST
    if len(beside) < (_FEWEST if next_to else 1) or sum(len(row) > _FEWEST for row in beside) > _MOST_WIDE * len(
        beside
    ):
        return False
    terms = sum(len(row[0][0].text) for row in beside)
    everything = sum(len(piece.text) for row in beside for piece, _ in row)
    [(_, aligned)] = Counter(row[1][0].column for row in beside).most_common(1)
    numbered = all(row[0][0].text.isdigit() for row in beside)
    return numbered or (terms <= _WIDEST_TERMS * everything and aligned >= _LEAST_ALIGNED * len(beside))
