"""Chunking packs sections and whole blocks into passages that are good to find."""

from __future__ import annotations

import hashlib

import pytest

from accessa.domain.chunking import Chunk, chunk_text
from accessa.domain.normalise import join_pages, normalise_page


def chunks_of(text: str, max_chars: int = 1000, page_starts: tuple[int, ...] = (0,)) -> list[Chunk]:
    """Return all chunks of a text."""
    return list(chunk_text(text, page_starts, max_chars=max_chars))


def texts_of(text: str, max_chars: int = 1000) -> list[str]:
    """Return the texts of all chunks of a text."""
    return [chunk.text for chunk in chunks_of(text, max_chars)]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u3000\t\n"])
def test_text_without_content_has_no_chunk(text: str) -> None:
    """Empty and white text gives nothing to embed."""
    assert [] == chunks_of(text)


def test_a_chunk_tells_its_place_its_hash_and_its_headings() -> None:
    """All fields of a chunk of a small text are as documented."""
    text = "# A\n\n## B\n\nText.\n"
    expected = Chunk(0, text.strip(), hashlib.sha256(text.strip().encode()).hexdigest(), 0, 16, 1, 1, ("A", "B"))
    assert [expected] == chunks_of(text)


def test_a_chunk_cannot_be_changed() -> None:
    """Chunks are values."""
    (chunk,) = chunks_of("a")
    with pytest.raises(AttributeError):
        chunk.text = "b"  # type: ignore[misc]


@pytest.mark.parametrize("max_chars", [0, -1, 2001])
def test_a_limit_outside_the_bounds_is_refused(max_chars: int) -> None:
    """Above 2,000 characters a chunk could pass 8,000 bytes."""
    with pytest.raises(ValueError, match="max_chars must be from 1 to 2000"):
        chunks_of("a", max_chars)


@pytest.mark.parametrize("page_starts", [(1,), (0, 3, 2), (0, 99)])
def test_offsets_that_are_no_pages_are_refused(page_starts: tuple[int, ...]) -> None:
    """Offsets that would leave out text or read it twice raise an error instead."""
    with pytest.raises(ValueError, match="page_starts"):
        chunks_of("some text", page_starts=page_starts)


def test_text_without_pages_is_one_page() -> None:
    """No offsets stand for one page."""
    assert [(1, 1)] == [(chunk.page, chunk.page_end) for chunk in chunks_of("a", page_starts=())]


def test_a_section_makes_its_own_chunk() -> None:
    """A section of more than a fifth of the limit is not mixed with its neighbours."""
    first, second = "# A\n\n" + "a " * 20, "# B\n\n" + "b " * 20
    assert [first.strip(), second.strip()] == texts_of(f"{first}\n\n{second}", 100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# T\n\n## A\n\na\n\n## B\n\nb", [("T", "A")]),
        ("# T\n\n## A\n\na\n\n### B\n\nb", [("T", "A")]),
        ("# T\n\n### A\n\na\n\n## B\n\nb", [("T", "A"), ("T", "B")]),
        ("# A\n\na\n\n# B\n\nb", [("A",)]),
        ("a\n\n# B\n\nb", [()]),
        ("## A\n\na\n\n## Empty\n\n# B\n\nb", [("A",), ("B",)]),
    ],
)
def test_a_small_section_shares_its_chunk_with_a_sibling_or_child(text: str, expected: list[tuple[str, ...]]) -> None:
    """A small section goes on into the next one of the same parent, never into one further up."""
    assert expected == [chunk.headings for chunk in chunks_of(text)]


def test_a_small_section_stands_alone_when_the_next_one_does_not_fit() -> None:
    """The next section is not cut for the sake of its small neighbour."""
    assert ["# A\n\na", "# B\n\n" + "b" * 94] == texts_of("# A\n\na\n\n# B\n\n" + "b" * 94, 100)


def test_the_rest_of_a_long_section_is_not_mixed_with_the_next() -> None:
    """A short rest keeps its own headings."""
    text = "# A\n\n" + "a" * 90 + "\n\nrest\n\n# B\n\nb"
    assert [("A",), ("A",), ("B",)] == [chunk.headings for chunk in chunks_of(text, 100)]


def test_headings_without_text_go_with_what_follows() -> None:
    """No chunk consists of headings only while text follows, nor does one end with a heading."""
    text = "# A\n\n## B\n\n## C\n\n" + "word " * 30
    assert [True, False] == [chunk.text.startswith("# A\n\n## B\n\n## C\n\nword") for chunk in chunks_of(text, 120)]


def test_a_heading_keeps_a_part_of_a_paragraph_that_does_not_fit_with_it() -> None:
    """The paragraph is cut so that its heading is not left alone."""
    sentence = "Twenty characters ok. "
    assert ["# Head\n\n" + (sentence * 3).strip(), sentence.strip()] == texts_of("# Head\n\n" + sentence * 4, 90)


def test_headings_at_the_end_are_a_chunk() -> None:
    """Where nothing follows, headings stand alone and are not lost."""
    chunks = chunks_of("# A\n\n" + "a" * 30 + "\n\n# B\n## C", 40)
    assert ("# B\n## C", ("B", "C")) == (chunks[1].text, chunks[1].headings)


def test_many_headings_fill_at_most_half_a_chunk_before_text() -> None:
    """So that the text below them always finds room."""
    texts = texts_of("## H\n" * 30 + "word " * 30, 100)
    assert ["## H\n" * 10, "## H\n" * 10, "## H\n" * 10 + "word " * 10] == [f"{text}\n" for text in texts[:2]] + [
        f"{texts[2]} "
    ]


def test_a_heading_longer_than_half_a_chunk_is_packed_like_text() -> None:
    """It is cut where it must be, and still names the section, with at most 200 characters."""
    text = "# " + "long " * 100 + "\n\nbody"
    chunks = chunks_of(text, 100)
    assert all(len(chunk.text) <= 100 for chunk in chunks)
    assert {(("long " * 40).strip(),)} == {chunk.headings for chunk in chunks}


def test_a_light_chunk_takes_in_the_first_part_of_a_paragraph() -> None:
    """A line of a few characters does not stand alone before a paragraph that fills a chunk."""
    paragraph = "This is a sentence. " * 5
    texts = texts_of(f"Note.\n\n{paragraph}", 100)
    assert ["Note.\n\n" + paragraph[:79], paragraph[80:].strip()] == texts


def test_a_table_or_code_that_fits_is_not_cut_for_a_light_neighbour() -> None:
    """Code that fills a chunk stays whole."""
    code = "```\n" + "x = 1\n" * 14 + "```"
    assert ["Example:", code] == texts_of(f"Example:\n\n{code}", 100)


@pytest.mark.parametrize(
    "heading",
    ["# A", "## A ##", "###   A", "A\n===", "A\n---  ", "   # A", "# **A**", "# `A` #"],
)
def test_headings_of_every_form_are_plain_in_the_path(heading: str) -> None:
    """ATX and setext headings lose their signs."""
    assert [("A",)] == [chunk.headings for chunk in chunks_of(f"{heading}\n\ntext")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\n# A\n```\n\ntext", ()),
        ("~~~~\n```\n~~~\n# A\n~~~~~\ntext", ()),
        ("#tag\n\ntext", ()),
        ("    # code\n\ntext", ()),
        ("\t# code\n\ntext", ()),
        ("- item\n---\n\ntext", ()),
        ("> quote\n---\n\ntext", ()),
        ("---\n---\n\ntext", ()),
        ("one\ntwo\n---\n\ntext", ()),
        ("| a |\n---\n\ntext", ()),
        ("#\n\ntext", ()),
        ("# C#\n\ntext", ("C#",)),
        ("# ##\n\ntext", ()),
        ("# A #1\n\ntext", ("A #1",)),
    ],
)
def test_what_only_looks_like_a_heading_is_none(text: str, expected: tuple[str, ...]) -> None:
    """Code, tags, lists, quotes, breaks and empty headings name no section."""
    assert [expected] == [chunk.headings for chunk in chunks_of(text)]


def test_the_path_follows_the_levels() -> None:
    """A heading closes those of its own level and below; skipped levels are no harm."""
    text = "".join(
        f"{'#' * level} {title}\n\n{title * 30}\n\n" for level, title in [(1, "a"), (3, "b"), (2, "c"), (1, "d")]
    )
    assert [("a",), ("a", "b"), ("a", "c"), ("d",)] == [chunk.headings for chunk in chunks_of(text, 50)]


def test_long_text_is_cut_at_sentence_ends() -> None:
    """The last sentence end in the second half of the room is the cut."""
    assert ["One two three. Four five (six!)", "Seven eight nine ten eleven."] == texts_of(
        "One two three. Four five (six!) Seven eight nine ten eleven.", 40
    )


def test_long_text_without_sentences_is_cut_at_blanks() -> None:
    """Words stay whole, and a rest of less than a fifth of the limit is avoided."""
    assert ["aaaa bbbb cccc", "dddd eeee ffff"] == texts_of("aaaa bbbb cccc dddd eeee ffff", 18)


def test_chinese_text_is_cut_after_its_full_stops() -> None:
    """Scripts without blanks are cut at their own sentence ends."""
    assert ["一二三四五。六七八九。", "一二三四五六七八九十。"] == texts_of(
        "一二三四五。六七八九。一二三四五六七八九十。", 14
    )


def test_text_without_any_border_is_cut_hard() -> None:
    """A word longer than a chunk is divided."""
    assert ["x" * 10, "x" * 10, "x" * 5] == texts_of("x" * 25, 10)


def test_a_blank_near_the_start_is_no_place_for_a_cut() -> None:
    """A short word before an endless one does not make a chunk of its own."""
    assert ["No " + "x" * 37, "x" * 33] == texts_of("No " + "x" * 70, 40)


@pytest.mark.parametrize(
    "cluster", ["e\u0323\u0300", "\U0001f468\u200d\U0001f469", "\U0001f44d\U0001f3fd", "\u2764\ufe0f"]
)
def test_a_hard_cut_does_not_divide_a_written_character(cluster: str) -> None:
    """Accents, joined emoji and skin tones stay with what they belong to."""
    texts = texts_of("x" * 9 + cluster + "x" * 20, 10)
    assert ["x" * 9, cluster] == [texts[0], texts[1][: len(cluster)]]


def test_a_flood_of_accents_is_cut_all_the_same() -> None:
    """A run of marks longer than any written character cannot hold up the cut."""
    assert [50, 41, 10] == [len(text) for text in texts_of("e" + "\u0301" * 100, 50)]


def test_long_code_is_cut_at_line_ends() -> None:
    """Lines of code stay whole when they fit."""
    assert ["```\nline one\nline two", "line three\n```"] == texts_of("```\nline one\nline two\nline three\n```", 25)


def test_a_long_table_is_cut_between_rows() -> None:
    """Rows stay whole, and the head is not repeated, for a chunk is a slice of its source."""
    assert ["| a. b | c |\n|---|---|", "| d. e | f |\n| g. h | i |"] == texts_of(
        "| a. b | c |\n|---|---|\n| d. e | f |\n| g. h | i |", 30
    )


def test_a_line_of_code_longer_than_a_chunk_is_cut_like_text() -> None:
    """No line can break the limit."""
    assert ["```\nword word word word word", "word\n```"] == texts_of("```\n" + "word " * 5 + "word\n```", 30)


def test_list_items_are_blocks_of_their_own() -> None:
    """An item that does not fit goes whole into the next chunk."""
    assert ["- one item here\n- two items here", "- three items"] == texts_of(
        "- one item here\n- two items here\n- three items", 36
    )


def test_a_chunk_may_span_pages() -> None:
    """The page is that of the first character, the last page that of the last; empty pages count."""
    text, page_starts = join_pages(["# A\n\none\n", "", "two\n", "three\n"])
    assert [(1, 4)] == [(chunk.page, chunk.page_end) for chunk in chunks_of(text, page_starts=page_starts)]


def test_pages_are_counted_from_one_also_after_empty_pages() -> None:
    """A chunk on the third page says so."""
    text, page_starts = join_pages(["", "", "# A\n\ntext\n"])
    assert [(3, 3)] == [(chunk.page, chunk.page_end) for chunk in chunks_of(text, page_starts=page_starts)]


def test_a_fence_left_open_does_not_swallow_the_next_page() -> None:
    """A heading on the next page is a heading again, even in text that nobody normalised."""
    text = "```\ncode\n" + "# B\n\ntext\n"
    assert ("B",) == chunks_of(text, 10, page_starts=(0, 9))[-1].headings


def test_a_wide_gap_between_heading_and_text_parts_them() -> None:
    """Blank lines that fill the chunk leave no room to keep both together."""
    assert ["# A", "text"] == texts_of("# A" + "\n" * 60 + "text", 50)


def test_a_light_chunk_before_a_wide_gap_stands_alone() -> None:
    """Blank lines that fill the chunk leave no room for the next paragraph's first part."""
    assert ["a", "text"] == texts_of("a" + "\n" * 60 + "text", 50)


def test_chunks_of_a_parsed_document_read_well() -> None:
    """Normalised pages become passages with their headings, as a reader would cut them."""
    pages = ["#  Guide\r\n\r\n* first  point\r\n* second\r\n", "## Next\r\n\r\n![x](y)\r\n" + "More text. " * 30]
    text, page_starts = join_pages([normalise_page(page).text for page in pages])
    assert [(("Guide",), 1, 1), (("Guide", "Next"), 2, 2), (("Guide", "Next"), 2, 2)] == [
        (chunk.headings, chunk.page, chunk.page_end) for chunk in chunks_of(text, 250, page_starts)
    ]
