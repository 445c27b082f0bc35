"""Paths of calls without what tells one document from another."""

from __future__ import annotations

import pytest

from accessa.providers.traced_calls import template_of


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/embeddings", "/embeddings"),
        ("/api/v2/parse/pjb-1f2e?expand=markdown", "/api/v2/parse/*"),
        ("/api/v2/parse/pjb-1f2e/cancel", "/api/v2/parse/*/cancel"),
        ("/files/file-1/content", "/files/*/content"),
        ("object/raw/user/a document.pdf", "/object/*/*/*"),
        ("object/upload/sign/raw/user/a.pdf?token=eyJ", "/object/upload/sign/*/*/*"),
        ("bucket/raw", "/bucket/*"),
    ],
)
def test_a_path_is_told_without_ids_and_names(path: str, told: str) -> None:
    """Only the fixed words of an address are told; ids, names and what follows a question mark are not."""
    assert told == template_of(path)
