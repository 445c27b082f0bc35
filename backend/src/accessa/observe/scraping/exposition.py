"""Reads what a process answers at /metrics, as far as anybody wants to know it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from accessa.observe.promql.samples import Labels

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:{(.*)})?\s+(\S+)(?:\s+-?\d+)?\s*", re.DOTALL)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEWLINE = {"n": "\n"}


def wanted_samples(text: str, names: Collection[str]) -> Iterator[tuple[Labels, float]]:
    """Yield the samples of the metrics in `names`; raises `ValueError` for such a line that cannot be read."""
    for line in text.split("\n"):
        # Most lines are about something else, and to see that this way costs a tenth of reading them.
        end = line.find("{")
        name = line[:end] if end > 0 else line.partition(" ")[0]
        if name in names:
            yield _sample(line)


def _sample(line: str) -> tuple[Labels, float]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("a line of the metrics cannot be read")
    labels = [(name, _plain(value)) for name, value in _LABEL.findall(found[2] or "")]
    # A label without a value is the same as no label.
    return tuple(sorted([("__name__", found[1]), *(pair for pair in labels if pair[1])])), float(found[3])


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: _NEWLINE.get(match[1], match[1]), text) if "\\" in text else text
