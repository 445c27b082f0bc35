"""Content made from a document id: the same id always gives the same pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from mock_providers.llamaparse.page_store import Page

_SUBJECTS = ("The plan", "The insurer", "The member", "This policy", "The benefit schedule", "A preferred provider")
_VERBS = ("covers", "limits", "excludes", "reimburses", "reviews", "approves")
_OBJECTS = (
    "preventive care visits",
    "prescription drugs",
    "emergency transport",
    "dental treatment",
    "hospital stays",
    "physical therapy sessions",
    "vision examinations",
    "out of network services",
)
_SYLLABLES = ("ba", "del", "fi", "gor", "hu", "jan", "ke", "lom", "mi", "nar", "po", "quin", "ru", "sel", "ta", "vor")
_SENTENCES = 4


def generated_pages(document: str, total: int) -> Iterator[Page]:
    """Give `total` pages: a title with the id and a sentence on the first, then at least two sections."""
    sections = max(total, 2)
    for number in range(1, total + 1):
        last = sections if number == total else number
        blocks = [_opening(document)] if number == 1 else []
        blocks += [_section(document, section) for section in range(number, last + 1)]
        markdown = "\n\n".join(blocks)
        yield Page(number, markdown, text=markdown.replace("#", "").replace("\n\n ", "\n\n").strip())


def _opening(document: str) -> str:
    return f"# Document {document}\n\nThis is generated content for document {document}."


def _section(document: str, section: int) -> str:
    sentences = (_sentence(document, section, number) for number in range(_SENTENCES))
    return f"## Section {section}\n\n{' '.join(sentences)}"


def _sentence(document: str, section: int, number: int) -> str:
    """Return a sentence with names of its own, so that a search for it can tell it from all others."""
    digest = hashlib.sha256(f"{document}:{section}:{number}".encode()).digest()
    subject, verb, thing = (
        choices[digest[place] % len(choices)] for place, choices in enumerate((_SUBJECTS, _VERBS, _OBJECTS))
    )
    rider, clinic, town = (_name(digest[start : start + 4]) for start in (4, 8, 12))
    return f"{subject} {verb} {thing} under the {rider} rider at the {clinic} clinic of {town}."


def _name(numbers: bytes) -> str:
    return "".join(_SYLLABLES[number % len(_SYLLABLES)] for number in numbers).capitalize()
