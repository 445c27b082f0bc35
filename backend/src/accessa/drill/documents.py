"""The documents of a drill: of all kinds and sizes, made from the seed, no two texts alike."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

from accessa.domain.ids import document_id
from accessa.drill.docx_file import docx_of
from accessa.drill.pdf_file import pdf_of
from accessa.drill.prose import Paragraph, write_paragraphs

_LEAST, _MOST = 1_000, 300_000
_SIZE_OF_FIRST = 150_000
_MOST_PARSED = 40_000  # a PDF of fifteen pages or so: parsing is the simulators' work, not what is drilled
_SENT_AGAIN, _SENT_BY_ANOTHER = 8, 10
"""Each so many documents there is one that its user sends twice, and one that another user sends as well."""


@dataclass(frozen=True, slots=True)
class DrillDocument:
    """One upload: whose it is, its bytes, the marks that its chunks must bear, and words that must find it."""

    user_id: UUID
    filename: str
    content: bytes
    marks: tuple[str, ...]
    question: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def document_id(self) -> UUID:
        """The id that the pipeline gives these bytes of this user."""
        return document_id(self.user_id, self.sha256)


def make_documents(count: int, seed: int, users: Sequence[UUID]) -> list[DrillDocument]:
    """Return the uploads of `count` documents in order; a few come twice, from the same user or from another."""
    dice = random.Random(f"documents {seed}")  # noqa: S311 - repeatable on purpose
    uploads: list[DrillDocument] = []
    for place in range(count):
        user = users[place % len(users)]
        if place % _SENT_BY_ANOTHER == _SENT_BY_ANOTHER - 1:
            # The one before is sent by this user too: the same bytes, and a document of its own.
            uploads.append(_of(uploads[-1], user))
            continue
        uploads.append(_document(dice, f"{seed} {place}", place, user))
        if place % _SENT_AGAIN == 1:
            uploads.append(uploads[-1])
    return uploads


def _of(document: DrillDocument, user: UUID) -> DrillDocument:
    return DrillDocument(user, document.filename, document.content, document.marks, document.question)


def _document(dice: random.Random, seed: str, place: int, user: UUID) -> DrillDocument:
    ending, written_as = _KINDS[place % len(_KINDS)]
    most = _MOST if ending in {"md", "txt"} else _MOST_PARSED
    paragraphs = write_paragraphs(seed, _size(dice, most) if place else _SIZE_OF_FIRST)
    asked = paragraphs[dice.randrange(len(paragraphs))]
    name = f"drill-{paragraphs[0].mark[:7]}.{ending}"
    marks = tuple(paragraph.mark for paragraph in paragraphs)
    return DrillDocument(user, name, written_as(paragraphs), marks, asked.opening)


def _size(dice: random.Random, most: int) -> int:
    """Return a length between the least and `most`: as many short ones as long ones, by order of magnitude."""
    return round(math.exp(dice.uniform(math.log(_LEAST), math.log(most))))


def _markdown(paragraphs: Iterable[Paragraph]) -> bytes:
    parts = (f"## {each.heading}\n\n{each.text}" if each.heading else each.text for each in paragraphs)
    return "\n\n".join(parts).encode()


def _text(paragraphs: Iterable[Paragraph]) -> bytes:
    return "\n\n".join(paragraph.text for paragraph in paragraphs).encode()


def _html(paragraphs: Iterable[Paragraph]) -> bytes:
    parts = (
        (f"<h2>{escape(each.heading)}</h2>" if each.heading else "") + f"<p>{escape(each.text)}</p>"
        for each in paragraphs
    )
    return f"<!doctype html><html><head><title>Drill</title></head><body>{''.join(parts)}</body></html>".encode()


_KINDS: tuple[tuple[str, Callable[[list[Paragraph]], bytes]], ...] = (
    ("md", _markdown),
    ("pdf", pdf_of),
    ("txt", _text),
    ("docx", docx_of),
    ("md", _markdown),
    ("html", _html),
)
