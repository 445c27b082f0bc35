"""Groups of documents for systems that work in runs over many documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_BYTES_OF_A_BATCH = 1_000_000


def batches(paths: list[str], size: int = _BYTES_OF_A_BATCH) -> Iterator[list[str]]:
    """Yield the paths in groups of about `size` bytes of text, a larger document alone.

    A million bytes is about a thousand chunks, four full requests: enough for a good rate in one run, and few enough
    that a run's vectors, which these systems hold as Python lists, fit into the memory of a small machine.
    """
    group: list[str] = []
    held = 0
    for path in paths:
        length = Path(path).stat().st_size
        if group and held + length > size:
            yield group
            group, held = [], 0
        group.append(path)
        held += length
    if group:
        yield group
