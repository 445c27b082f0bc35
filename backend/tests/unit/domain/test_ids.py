"""Ids: the same work always has the same name, and different work never shares one."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid5

from hypothesis import example, given
from hypothesis import strategies as st

from accessa.domain.ids import NAMESPACE, call_key, chunk_id, chunk_ids, document_id, options_sha, set_id

USER = UUID("00000000-0000-4000-8000-00000000000A")
DOCUMENT = UUID("11111111-1111-4111-8111-11111111111B")
SHA = "AB" * 32

digests = st.binary(max_size=8).map(lambda content: hashlib.sha256(content).hexdigest())
words = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=20)


def test_the_namespace_is_the_agreed_one() -> None:
    """Ids that were given once stay valid only as long as this constant does."""
    assert UUID("6c8a1e6e-1f0b-4aa8-9f0a-1a7c2e6f2b42") == NAMESPACE


def test_ids_are_made_as_agreed() -> None:
    """An id is the UUIDv5 of its parts in lower case with colons between them."""
    user, document, sha = str(USER).lower(), str(DOCUMENT).lower(), SHA.lower()

    assert uuid5(NAMESPACE, f"{user}:{sha}") == document_id(USER, SHA)
    assert uuid5(NAMESPACE, f"{document}:markdown-simple:1:7") == chunk_id(DOCUMENT, "markdown-simple", "1", 7)
    assert uuid5(NAMESPACE, f"{document}:{sha}:markdown-simple:1") == set_id(DOCUMENT, SHA, "markdown-simple", "1")


def test_a_known_id() -> None:
    """This value was computed once; a stored document has to be found under it for ever."""
    assert UUID("28a50e53-b2e2-55f6-839f-89d8f5b45a0c") == document_id(USER, SHA)


@given(st.tuples(st.uuids(), digests), st.tuples(st.uuids(), digests))
def test_documents_share_an_id_only_when_user_and_bytes_are_the_same(
    one: tuple[UUID, str], other: tuple[UUID, str]
) -> None:
    """The same bytes of two users are two documents."""
    assert (one == other) == (document_id(*one) == document_id(*other))


@given(
    st.tuples(st.uuids(), st.integers(0, 300_000), st.sampled_from("12")),
    st.tuples(st.uuids(), st.integers(0, 300_000), st.sampled_from("12")),
)
def test_chunks_share_an_id_only_when_all_parts_are_the_same(
    one: tuple[UUID, int, str], other: tuple[UUID, int, str]
) -> None:
    """Version 1 ordinal 12 is another chunk than version 11 ordinal 2."""
    ids = [chunk_id(document, "markdown-simple", version, ordinal) for document, ordinal, version in (one, other)]

    assert (one == other) == (ids[0] == ids[1])


@given(st.uuids(), st.sampled_from(["markdown-simple", "Other"]), st.lists(st.integers(0, 300_000), max_size=5))
def test_ids_of_many_chunks_are_those_of_each(document: UUID, name: str, ordinals: list[int]) -> None:
    """It makes no difference whether ids are made one by one or for a whole document."""
    one_by_one = [chunk_id(document, name, "1", ordinal) for ordinal in ordinals]

    assert one_by_one == list(chunk_ids(document, name, "1", ordinals))


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4))
@example(["ab", "c"], ["a", "bc"])
@example(["a", ""], ["a"])
def test_calls_share_a_key_only_when_all_parts_are_the_same(one: list[str], other: list[str]) -> None:
    """Parts cannot run into one another: ("ab", "c") is other work than ("a", "bc")."""
    assert (one == other) == (call_key(*one) == call_key(*other))


def test_a_call_key_is_a_hash_of_text() -> None:
    """Ids and numbers count as they are written, so that a key can be computed from stored values."""
    assert call_key("parse", str(DOCUMENT), "7") == call_key("parse", DOCUMENT, 7)
    assert 64 == len(call_key("parse"))


@given(st.dictionaries(words, words, max_size=5).flatmap(lambda options: st.permutations(list(options.items()))))
def test_options_have_no_order(options: list[tuple[str, str]]) -> None:
    """The same options in another order are the same purchase."""
    assert options_sha(sorted(options)) == options_sha(options)


def test_other_options_are_another_purchase() -> None:
    """A changed value or a further option changes the hash."""
    hashes = {options_sha(pairs) for pairs in ([], [("tier", "a")], [("tier", "b")], [("tier", "a"), ("pages", 1)])}

    assert 4 == len(hashes)
