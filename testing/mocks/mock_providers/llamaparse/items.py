"""The Markdown of a page as structured items: headings, tables, lists, code, images and text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any

Item = dict[str, Any]

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_LIST_LINE = re.compile(r"\s*(?:[-*+]|(\d+)[.)])\s+(.*)")
_IMAGE = re.compile(r"!\[(.*?)\]\((.*?)\)")
_RULE = re.compile(r"[|\s:-]+")
_FENCE = "```"


def items_of(markdown: str) -> list[Item]:
    """Return the items of a page in order."""
    return [_item(block) for block in _blocks(markdown)]


def _blocks(markdown: str) -> Iterator[str]:
    """Give what blank lines and headings divide; fenced code stays whole."""
    held: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        alone = not fenced and (not line.strip() or _HEADING.match(line))
        if alone and held:
            yield "\n".join(held)
            held = []
        fenced ^= line.startswith(_FENCE)
        if alone and line.strip():
            yield line
        elif not alone:
            held.append(line)
    if held:
        yield "\n".join(held)


def _item(block: str) -> Item:
    lines = block.splitlines()
    if heading := _HEADING.fullmatch(block):
        return {"type": "heading", "level": len(heading[1]), "value": heading[2].strip(), "md": block}
    if block.startswith(_FENCE):
        return _code(lines, block)
    if all(line.lstrip().startswith("|") for line in lines):
        return _table(lines, block)
    if all(_LIST_LINE.fullmatch(line) for line in lines):
        return _list(lines, block)
    if image := _IMAGE.fullmatch(block.strip()):
        return {"type": "image", "caption": image[1], "url": image[2], "md": block}
    return {"type": "text", "value": block, "md": block}


def _code(lines: list[str], block: str) -> Item:
    inner = lines[1:-1] if lines[-1].startswith(_FENCE) and len(lines) > 1 else lines[1:]
    language = lines[0].removeprefix(_FENCE).strip()
    return {"type": "code", "value": "\n".join(inner), "language": language or None, "md": block}


def _table(lines: list[str], block: str) -> Item:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if not _RULE.fullmatch(line)
    ]
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows(rows)
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
    markup = "".join(f"<tr>{row}</tr>" for row in cells)
    return {"type": "table", "rows": rows, "csv": target.getvalue(), "html": f"<table>{markup}</table>", "md": block}


def _list(lines: list[str], block: str) -> Item:
    found = [match for line in lines if (match := _LIST_LINE.fullmatch(line))]
    items = [{"type": "text", "value": match[2], "md": match[2]} for match in found]
    return {"type": "list", "ordered": bool(found[0][1]), "items": items, "md": block}
