"""What a call concerns, as the faults ask for it by `document`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence


class Subjects(Collection[str]):
    """Names, and inputs that are known by their SHA-256 or by any piece of them."""

    def __init__(self, names: Sequence[str] = (), inputs: Sequence[str] = ()) -> None:
        """Hold `names`, which have to be named in full, and the texts of `inputs`."""
        self.names = names
        self.inputs = inputs

    def __contains__(self, document: object) -> bool:
        """Tell whether the document is concerned."""
        return document in self.names or (isinstance(document, str) and self.place(document) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter((*self.names, *self.inputs))

    def __len__(self) -> int:
        return len(self.names) + len(self.inputs)

    def place(self, document: str | None) -> int | None:
        """Return the place of the first input that the document means; None if there is none."""
        if document is None:
            return None
        return next((place for place, text in enumerate(self.inputs) if _means(document, text)), None)


def _means(document: str, text: str) -> bool:
    return document in text or (len(document) == _DIGITS and document == _sha256(text))


_DIGITS = 64


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
