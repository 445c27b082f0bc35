"""What failures have in common: the words of an error without the ids and numbers in which two of a kind differ."""

from __future__ import annotations

import re

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import AccessaError

_MOST_CHARS = 80
# Providers wrap their sentence into JSON; beside it stand ids of the request.
_SENTENCE = re.compile(r'"(?:message|detail|error_message|msg)"\s*:\s*"((?:[^"\\]|\\.)+)"')
_OF_ONE_CASE = re.compile(r"[\w.-]*\d(?:[\w.-]*\w)?")


def cause_of(error: AccessaError) -> str:
    """Return the provider's status and words, else our own where they say more than the code; at most 80 characters."""
    words = error.provider_body or ""
    if not words and (error.code not in CATALOGUE or error.message != CATALOGUE[error.code].sentence):
        words = error.message
    if found := _SENTENCE.search(words):
        words = found[1]
    plain = " ".join(_OF_ONE_CASE.sub("#", words).split())
    status = str(error.provider_status) if error.provider_status is not None else ""
    return f"{status} {plain}".strip()[:_MOST_CHARS].rstrip()
