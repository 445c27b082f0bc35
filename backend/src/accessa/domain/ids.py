"""Deterministic ids: the same work always has the same name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID, uuid5

NAMESPACE = UUID("6c8a1e6e-1f0b-4aa8-9f0a-1a7c2e6f2b42")
# RFC 9562: which bits of a UUID its name decides, and what the others are in version 5.
_UUID_BITS = ~(0xF << 76 | 0x3 << 62)
_UUID_5 = 5 << 76 | 0x2 << 62


def _named(*parts: object) -> UUID:
    return uuid5(NAMESPACE, ":".join(str(part) for part in parts).lower())


def document_id(user_id: UUID, file_sha256: str) -> UUID:
    """Return the id of the document that these bytes (hex SHA-256) are for this user."""
    return _named(user_id, file_sha256)


def chunk_id(document: UUID, chunker_name: str, chunker_version: str, ordinal: int) -> UUID:
    """Return the id of the chunk at `ordinal` (from 0) of a document under one chunker."""
    return _named(document, chunker_name, chunker_version, ordinal)


def chunk_ids(document: UUID, chunker_name: str, chunker_version: str, ordinals: Iterable[int]) -> Iterator[UUID]:
    """Yield the `chunk_id` of each ordinal; a third of the work, as all but the ordinal is hashed once."""
    begun = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
    begun.update(f"{document}:{chunker_name}:{chunker_version}:".lower().encode())
    for ordinal in ordinals:
        digest = begun.copy()
        digest.update(b"%d" % ordinal)
        yield UUID(int=int.from_bytes(digest.digest()[:16], "big") & _UUID_BITS | _UUID_5)


def set_id(document: UUID, parsed_sha256: str, chunker_name: str, chunker_version: str) -> UUID:
    """Return the id of the chunk set that one chunker makes of one parsed text (hex SHA-256) of a document."""
    return _named(document, parsed_sha256, chunker_name, chunker_version)


def call_key(*parts: object) -> str:
    """Return the hex SHA-256 that names a paid call by its work alone, the same on every attempt."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def options_sha(options: Iterable[tuple[str, object]]) -> str:
    """Return the hex SHA-256 of provider options, independent of their order."""
    return call_key(*(f"{name}={value}" for name, value in sorted(options)))
