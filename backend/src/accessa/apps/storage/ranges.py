"""Which bytes of an object a Range header asks for."""

from __future__ import annotations

import re

from accessa.apps.storage.refusals import invalid_range

_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*")


def wanted_bytes(header: str | None, size: int) -> range | None:
    """Return the byte positions asked for, or None when the whole object is meant.

    A form that we do not serve, such as several ranges, means the whole object, as HTTP allows. A range that begins
    behind the end is refused.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(size - int(found[2]), 0), size
    else:
        start, stop = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= stop:
        raise invalid_range(size)
    return range(start, stop)
