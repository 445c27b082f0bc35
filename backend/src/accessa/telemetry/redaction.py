"""What looks like a secret or an address of a person, and stars in its place."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"(\bsk-[A-Za-z0-9_-]{8,}|llx-[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9._-]*|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|(?i:(?<=token=)|(?<=signature=)|(?<=secret=)|(?<=password=)|(?<=bearer ))[^&\s\"']+"
    r"|(?<![/\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a key, token, password or e-mail address replaced by stars."""
    return _SECRET.sub("***", text) if may_hold_secret(text) else text


def may_hold_secret(text: str) -> bool:
    """Tell, in a tenth of the time that `redact` takes, whether there may be something to do for it."""
    # Spelled out: a loop takes longer than the looks themselves.
    return "@" in text or "=" in text or "sk-" in text or "llx-" in text or "eyJ" in text or "earer " in text


def without_secrets(value: object) -> object:
    """Return a value without secrets at any depth; of an error only its type is told."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: without_secrets(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [without_secrets(part) for part in value]
        case BaseException():
            return type(value).__name__
    return value
