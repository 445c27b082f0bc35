"""The storage paths that our tables keep: `storage://bucket/key`, built of ids only."""

from __future__ import annotations

import re
from uuid import UUID

BUCKETS = ("raw", "parsed")

_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_PATH = re.compile(r"storage://([A-Za-z0-9_-]{1,63})/([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)")
_HASH_CHARS = 16


def raw_path(user_id: UUID | str, document_id: UUID | str, extension: str) -> str:
    """Return where the bytes of an uploaded document lie; `extension` goes without a dot.

    Raises ValueError when an id is no UUID or the extension is not plain.
    """
    return f"storage://raw/{UUID(str(user_id))}/{UUID(str(document_id))}.{_plain(extension)}"


def parsed_path(user_id: UUID | str, document_id: UUID | str, sha256_hex: str, extension: str = "md") -> str:
    """Return where a document's parsed text lies; other text has another hash and so another place.

    Raises ValueError when an id is no UUID, the hash no hexadecimal SHA-256, or the extension not plain.
    """
    if len(bytes.fromhex(sha256_hex)) != 32:  # noqa: PLR2004 - the bytes of a SHA-256
        raise ValueError("The hash is no SHA-256.")
    name = f"{UUID(str(document_id))}.{sha256_hex[:_HASH_CHARS].lower()}.{_plain(extension)}"
    return f"storage://parsed/{UUID(str(user_id))}/{name}"


def document_prefixes(user_id: UUID | str, document_id: UUID | str) -> tuple[str, str]:
    """Return how the paths of all objects of a document begin: its file, and whatever was parsed of it."""
    start = f"{UUID(str(user_id))}/{UUID(str(document_id))}."
    return f"storage://raw/{start}", f"storage://parsed/{start}"


def owner_of(path: str) -> tuple[UUID, UUID] | None:
    """Return (user, document) of a path that is built as ours are; None for any other."""
    _, _, key = path.removeprefix("storage://").partition("/")
    user, _, name = key.partition("/")
    try:
        return UUID(user), UUID(name.partition(".")[0])
    except ValueError:
        return None


def split_path(path: str) -> tuple[str, str]:
    """Return bucket and key of `storage://bucket/key`; raise ValueError when it has another form."""
    found = _PATH.fullmatch(path)
    if found is None or any(segment in {".", ".."} for segment in found[2].split("/")):
        raise ValueError("This is no storage path of the form storage://bucket/key.")
    return found[1], found[2]


def _plain(extension: str) -> str:
    if not _EXTENSION.fullmatch(extension):
        raise ValueError("The extension must be lower-case letters and digits, without a dot.")
    return extension
