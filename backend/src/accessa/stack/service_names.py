"""Services as a person names them."""

from __future__ import annotations

from collections.abc import Iterable


def chosen_services(names: Iterable[str], wanted: str) -> list[str]:
    """Return those of `names` that are meant by `wanted`: `base-worker` stands for all workers."""
    return [name for name in names if name == wanted or (name.startswith(f"{wanted}-") and name[-1].isdigit())]
