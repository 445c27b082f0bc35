"""A text that is read in parts becomes the same as a whole one, wherever the parts are cut."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from hypothesis import example, given, settings
from hypothesis import strategies as st

from accessa.domain.chunking import chunk_parts, chunk_text
from accessa.domain.normalise import (
    ATTEMPTS,
    LinksRemainError,
    NormalisedText,
    PageInParts,
    WholePageNeededError,
    join_pages,
    normalise_page,
)
from accessa.domain.text_decoding import decode_blocks, decode_text, find_encoding

PIECES = ["a", "Sentence here. ", "x" * 90, "caf\u00e9", "e\u0301", "\u0301" * 40, "\u200b", " ", "  ", "\t", "\u00a0"]
PIECES += [
    "\n",
    "\n\n",
    "\n\n\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\r",
    " \n",
    "\u2028",
    "# ",
    "\n## ",
    "\n- ",
    "\n* ",
    "\n1. ",
]
PIECES += ["```", "\n```\n", "\n\n```py\n", "\n~~~\n", "\n  ```\n", "`", "| a | b |\n", "\n=====\n", "\n---\n", "> "]
PIECES += [
    "[a](u)",
    "[```](u)",
    "[[a](u)](u)",
    "[a",
    "](u)",
    "![",
    "<http://y>",
    "[- b](u)",
    "[a]",
    "](",
    "\\",
    "漢字。",
]
PIECES += ["\n\nThe next paragraph, with a comma.\n\n"] * 4
REFERENCES = ["\n[a]: http://x\n", "[a][a]", "[B]: /y"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1251", "shift_jis", "gb18030"]

pages = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
pages_with_references = st.lists(st.sampled_from(PIECES + REFERENCES), max_size=60).map("".join)
sizes = st.sampled_from([1, 2, 5, 17, 60, 1000])


def parts_of(text: str, size: int) -> Iterator[str]:
    """Yield the text in parts of so many characters."""
    return (text[start : start + size] for start in range(0, len(text), size))


def normal_in_parts(text: str, size: int) -> NormalisedText:
    """Return the normal form that is made part by part, and of the whole page where it says that it needs that."""
    for passes in ATTEMPTS:
        page = PageInParts(passes)
        try:
            return NormalisedText("".join(page.normal_parts(parts_of(text, size))), page.removed_characters)
        except LinksRemainError:
            continue
        except WholePageNeededError:
            break
    return normalise_page(text)


@settings(max_examples=80, deadline=None)
@given(st.one_of(pages, pages_with_references), sizes)
@example("[" * 7 + "a" + "](u)" * 7 + "\n\n" + "b", 3)
@example("```\na\n\n\n\n", 4)
@example("a\r\nb", 2)
@example("x\n\n[```](u)\n\n    y\n\n[b](u)", 1)
def test_a_page_in_parts_has_the_same_normal_form(text: str, size: int) -> None:
    """Fences, lists, links, code and combining marks do not depend on where a part ends."""
    assert normalise_page(text) == normal_in_parts(text, size)


def test_only_definitions_need_a_whole_page() -> None:
    """Deeply nested links are gone through as often as it takes; a definition holds for the page."""
    nested = "[[[a](u)](u)](u)\n\n" * 3

    assert "a\n\na\n\na\n" == normal_in_parts(nested, 10).text
    assert "see a\n" == normal_in_parts("see [a]\n\n[a]: http://x\n", 4).text


@settings(max_examples=80, deadline=None)
@given(st.lists(pages, max_size=4), sizes, st.sampled_from([1, 7, 60, 300, 1000]))
def test_chunks_of_parts_are_those_of_the_whole(sources: list[str], size: int, max_chars: int) -> None:
    """Offsets, pages, headings and texts are the same; of normal pages, and of text that nobody normalised."""
    joined, starts = join_pages([normalise_page(source).text for source in sources])
    raw, raw_starts = "".join(sources), list(accumulate(map(len, sources[:-1]), initial=0))
    for text, page_starts in ((joined, starts), (raw, raw_starts)):
        whole = list(chunk_text(text, page_starts, max_chars=max_chars))

        assert whole == list(chunk_parts(parts_of(text, size), page_starts, max_chars=max_chars))


@settings(max_examples=80, deadline=None)
@given(pages, st.sampled_from(ENCODINGS), st.binary(max_size=3), sizes)
def test_a_file_in_blocks_is_decoded_as_a_whole(text: str, encoding: str, broken: bytes, size: int) -> None:
    """A character that runs over two blocks is read like any other, and broken bytes are replaced the same way."""
    content = text.encode(encoding, "ignore") + broken
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    found, mark_length = find_encoding([content], lambda _: "cp1250")

    assert decode_text(content, lambda _: "cp1250") == "".join(
        decode_blocks(blocks_after(blocks, mark_length), found, 0)
    )


def blocks_after(blocks: list[bytes], length: int) -> list[bytes]:
    """Return the blocks without their first `length` bytes."""
    content = b"".join(blocks)[length:]
    size = len(blocks[0]) if blocks else 1
    return [content[start : start + size] for start in range(0, len(content), size)]
