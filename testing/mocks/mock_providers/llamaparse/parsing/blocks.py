"""Cutting the Markdown of a page into blocks."""

from __future__ import annotations

import re

_FENCE = "```"
_RULE_ROW = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_CELL_EDGE = re.compile(r"(?<!\\)\|")


def cut_blocks(markdown: str) -> list[str]:
    """Cut at blank lines, but never inside a fenced block of code."""
    blocks: list[str] = []
    fenced = False
    for part in re.split(r"\n{2,}", markdown.strip()):
        if fenced:
            blocks[-1] += f"\n\n{part}"
        else:
            blocks.append(part)
        fenced ^= part.count(_FENCE) % 2 == 1
    return [block for block in blocks if block.strip()]


def is_table(block: str) -> bool:
    """Tell whether a block is a table."""
    return block.startswith("|")


def table_rows(block: str) -> list[list[str]]:
    """Return the cells of a table, without the row of dashes."""
    lines = [line for line in block.split("\n") if line.startswith("|") and not _RULE_ROW.fullmatch(line)]
    return [[cell.strip() for cell in _CELL_EDGE.split(line)[1:-1]] for line in lines]


def table(rows: list[list[str]]) -> str:
    """Return a table with the first row as its head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def code(lines: list[str]) -> str:
    """Return lines as a fenced block."""
    return "\n".join([f"{_FENCE}text", *lines, _FENCE])
