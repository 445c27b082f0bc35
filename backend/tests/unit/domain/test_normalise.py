"""Normalisation turns parsed Markdown into the one form that is hashed, stored and chunked."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from accessa.domain.normalise import NormalisedText, join_pages, normalise_page


def normal(markdown: str) -> str:
    """Return the text of a normalised page."""
    return normalise_page(markdown).text


@pytest.mark.parametrize("text", ["", " ", "\n", "\r\n\t\u3000\n", "\ufeff\u200b\x00"])
def test_text_without_content_becomes_the_empty_text(text: str) -> None:
    """A page of blanks and characters nobody sees is empty, without a final line end."""
    assert "" == normal(text)


def test_line_ends_become_line_feeds_and_the_text_ends_with_one() -> None:
    """CRLF, CR, form feed, NEL and the Unicode separators end a line; the page ends with exactly one line feed."""
    assert "a\nb\nc\nd\ne\nf\ng\n" == normal("a\r\nb\rc\x0cd\x85e\u2028f\u2029g\n\n\n")


def test_blank_lines_shrink_to_one_and_trailing_blanks_go() -> None:
    """Blocks stand apart by at most one blank line, and no line ends with a blank."""
    assert "a\n\nb\n" == normal("\n\n a  \n \t\n\n\nb\u00a0\n")


def test_blanks_of_every_kind_become_single_blanks() -> None:
    """Tabs, no-break and other Unicode blanks and runs of them become one blank outside code."""
    assert "a b c d e f\n" == normal("a  b\tc\u00a0\u00a0d\u3000e\u2003 f")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#  A", "# A"),
        ("##\tB", "## B"),
        ("######    C", "###### C"),
        ("#", "#"),
        ("#hashtag", "#hashtag"),
        ("C# code", "C# code"),
        ("####### seven", "####### seven"),
        ("   # indented", "# indented"),
    ],
)
def test_a_heading_has_one_blank_after_its_signs(source: str, expected: str) -> None:
    """An ATX heading has exactly one blank after `#`; what is not a heading stays as it is."""
    assert expected + "\n" == normal(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("* a\n+ b\n- c\n• d", "- a\n- b\n- c\n- d"),
        ("* a\n    * b\n        * c\n* d", "- a\n  - b\n    - c\n- d"),
        ("- a\n   - b\n      - c\n   - d", "- a\n  - b\n    - c\n  - d"),
        ("\t- a\n\t\t- b", "- a\n  - b"),
        ("\n   - a\n   - b\n - c", "- a\n- b\n- c"),
        ("text\n   - a\n   - b\n\n   on", "text\n- a\n- b\n\non"),
        ("- a\n```\n```\n\n    code  x", "- a\n```\n```\n\n    code  x"),
        ("- a\n  ```\n  ```\n\n    more  x", "- a\n  ```\n  ```\n\n  more x"),
        ("1. a\n   - b\n2) c", "1. a\n  - b\n2) c"),
        ("- [ ] open\n- [x]   done", "- [ ] open\n- [x] done"),
        ("- a\n  on\n\n      more\n\nout\n\n    code  x", "- a\n  on\n\n  more\n\nout\n\n    code  x"),
        ("- a\n  - b\n\n  of a", "- a\n  - b\n\n  of a"),
        ("- a\n# H\n\n    code  x", "- a\n# H\n\n    code  x"),
        ("- a\n***\n\n    code  x", "- a\n***\n\n    code  x"),
    ],
)
def test_bullets_are_dashes_indented_by_two_per_level(source: str, expected: str) -> None:
    """Bullets become `-`, each level is indented by two, and text inside an item follows its item."""
    assert expected + "\n" == normal(source)


@pytest.mark.parametrize(
    "line", ["* * *", "- - -", "***", "---", "___", "_ _ _", "*", "+", "*emphasis* text", "-5 degrees"]
)
def test_what_only_looks_like_a_bullet_stays(line: str) -> None:
    """Thematic breaks, lone signs and emphasis are no bullets."""
    assert line + "\n" == normal(line)


@pytest.mark.parametrize(
    "prose",
    [
        "a * b and 2 ** 3",
        "snake_case and __init__",
        "a | b || c",
        "[1] and [sic] and [2][3]",
        "see [this](on page 4)",
        "1986. A great year",
        "x < y > z, <b>bold</b>",
        "[John]: Hello there",
        "[^1]: http://footnote.example",
        r"\[a\](u) and \* b",
        "> quoted",
        "5 > 3 [a",
        "| a | b |\n|---|:-:|\n| | x\\|y |",
        "Title\n===",
        "Family \U0001f468 caf\u00e9 \u2764\ufe0f",
    ],
)
def test_ordinary_prose_is_left_alone(prose: str) -> None:
    """Signs that are no Markdown construct are not touched."""
    assert prose + "\n" == normal(prose)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[text](http://x.y/z)", "text"),
        ("[text](<a b> 'title') [b]( /c \"t\" ) [d](e (f))", "text b d"),
        ("[wiki](http://x/Foo_(bar_(baz)))", "wiki"),
        ("[`code`](u) and `[a](b)`", "`code` and `[a](b)`"),
        ("[a [b] c](u)", "a [b] c"),
        ("[over\ntwo lines](u)", "over\ntwo lines"),
        ("[no\n\nlink](u)", "[no\n\nlink](u)"),
        (r"[a\]b](u) \[c](u)", r"a\]b \[c](u)"),
        (r"\`[a](u)\` and `` ` [b](u) ``", r"\`a\` and `` ` [b](u) ``"),
        ("f[](u)g", "fg"),
        ("[a](u)(b)", "a(b)"),
        ("[[1]](u)(x)", "[1] (x)"),
        ("[x][(b)](u)", "[x] (b)"),
        ("[a](u) [open", "a [open"),
        ("<https://x.y/z> <me@x.org> <mailto:a@b>", "https://x.y/z me@x.org mailto:a@b"),
    ],
)
def test_a_link_keeps_its_text_and_loses_its_address(source: str, expected: str) -> None:
    """The text of a link stays as written, its address goes, and code and escapes are respected."""
    assert expected + "\n" == normal(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("![alt](a.png)", "![img]"),
        ("![](my pic.png)", "![img]"),
        ("![alt text](data:image/png;base64,AAAA== 'title')", "![img]"),
        ("[![alt](a.png)](http://x)", "![img]"),
        ("![alt][ref]", "![img]"),
        ("![logo]\n\n[logo]: /l.png", "![img]"),
        ("![unknown]", "![unknown]"),
        ("![a](u)(note)", "![img] (note)"),
        (r"\![a](u)", r"\!a"),
        ("`![a](u)`", "`![a](u)`"),
    ],
)
def test_an_image_becomes_a_fixed_mark(source: str, expected: str) -> None:
    """An image loses its address and its alternative text."""
    assert expected + "\n" == normal(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a][1] [b][] [C]\n\n[1]: http://x 'T'\n[b]: </y z>\n[c]:#d", "a b C\n"),
        ("[a][1]\n\n[2]: http://x", "[a][1]\n\n[2] http://x\n"),
        ("[a]: http://x\nsee [a]: good", "[a] http://x\nsee [a]: good\n"),
        ("[a] and ![a]\n\n```\n[b]: /y\n```\n\n[a]: /x", "a and ![img]\n\n```\n[b]: /y\n```\n"),
    ],
)
def test_a_reference_is_resolved_when_its_definition_is_on_the_page(source: str, expected: str) -> None:
    """Used definitions go; an unused one loses its colon and stays as text; unknown references stay."""
    assert expected == normal(source)


def test_fenced_code_keeps_its_inside() -> None:
    """Blanks, tabs, blank lines, bullets and links in a fence stay; control characters and line ends do not."""
    code = "```py\nif  x:\t\n\n\n\t* [a](b)  \n#  no heading\n```\n"
    assert code == normal(code.replace("\n", "\r\n").replace("if", "i\x00f"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("```\na  b\n\n\n", "```\na  b\n```\n"),
        ("~~~~ py\na\n~~~\n```\n~~~~~  \nb  c", "~~~~ py\na\n~~~\n```\n~~~~~\nb c\n"),
        ("- x\n\n  ```\n  a  b", "- x\n\n  ```\n  a  b\n  ```\n"),
        ("```", "```\n```\n"),
        ("\n  ```\n  a  b", "```\n  a  b\n```\n"),
        ("```a`b  c", "```a`b c\n"),
    ],
)
def test_an_open_fence_ends_with_its_page(source: str, expected: str) -> None:
    """A fence is closed by its own sign, as long or longer; one left open is closed at the end of the page."""
    assert expected == normal(source)


def test_inline_code_keeps_its_blanks() -> None:
    """Blanks inside back-ticks stay and blanks around them are single; lone back-ticks protect nothing."""
    assert "a `b  c` d ``e  `  f`` ` g h\n" == normal("a  `b  c`  d ``e  `  f``  ` g  h")
    assert "\\`a b`\n\\\\`c  d`\n" == normal("\\`a  b`\n\\\\`c  d`")


def test_lines_indented_by_four_are_code_only_after_a_blank_line() -> None:
    """Indented code keeps its blanks; an indented line of a paragraph or at the top of a page is text."""
    source = "    top  line\n    next  line\n\n    x  =  1  \n\n\n\t# y\n"
    assert "top line\nnext line\n\n    x  =  1\n\n\t# y\n" == normal(source)


def test_characters_no_text_may_hold_are_dropped_and_counted() -> None:
    """Control, zero-width, bidi and tag characters, lone surrogates and marks are dropped; the count tells how many."""
    result = normalise_page("\ufeffA\x00B\ud800C\u200bD\u00adE\u202eF\u2066G\U000e0041H\x7f\uffffI\n")
    assert ("ABCDEFGHI\n", 10) == (result.text, result.removed_characters)


@pytest.mark.parametrize(
    "points",
    [
        *(range(0x09), range(0x0E, 0x20), range(0x7F, 0x85), range(0x86, 0xA0), range(0x200B, 0x2010)),
        *(range(0x202A, 0x202F), range(0x2060, 0x2070), range(0xD800, 0xE000), range(0xFFF9, 0xFFFC)),
        *(range(0xE0000, 0xE0080), [0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, 0xFFFE, 0xFFFF]),
    ],
)
def test_every_forbidden_character_is_dropped(points: Iterable[int]) -> None:
    """Not one of them is left, and each is counted."""
    forbidden = [chr(point) for point in points]
    assert NormalisedText("ab\n", len(forbidden)) == normalise_page("a" + "".join(forbidden) + "b")


@pytest.mark.parametrize(
    "kept", ["\u00ac", "\u00ae", "\u2010", "\u2030", "\ue000", "\ufffd", "\ufe0f", "\u0600", "\u2071"]
)
def test_visible_neighbours_of_forbidden_characters_stay(kept: str) -> None:
    """What is seen, or changes what is seen, is text."""
    assert NormalisedText(f"a{kept}b\n", 0) == normalise_page(f"a{kept}b")


def test_clean_text_counts_no_removed_character() -> None:
    """Line ends, blanks and composition are no removals."""
    assert normalise_page("a  b\r\ne\u0301\n\n\n").removed_characters == 0


def test_text_is_composed() -> None:
    """The text is in NFC, also where a dropped bracket brings a letter and its accent together."""
    assert "\u00e9 \u00e9 \u00c5\n" == normal("e\u0301 [e](u)\u0301 \u212b")


def test_a_letter_keeps_at_most_thirty_marks() -> None:
    """A run of combining marks is cut at 30, the stream-safe limit, because composing takes quadratic time."""
    result = normalise_page("x" + "\u0316" * 100)
    assert ("x" + "\u0316" * 30 + "\n", 70) == (result.text, result.removed_characters)


def test_composition_cannot_lengthen_a_run_of_marks() -> None:
    """Marks that fall apart on composing are cut again, so that the result is its own normal form."""
    once = normal("x" + "\u0344" * 30)
    assert (once, 31) == (normal(once), len(once.strip()))


def test_links_nested_too_deep_are_kept() -> None:
    """Text that five passes cannot settle keeps its links, and is its own normal form all the same."""
    nest = "[" * 9 + "a" + "](u)" * 9
    assert (normal(nest), nest + "\n") == (normal(normal(nest)), normal(nest))


def test_a_link_may_reveal_a_fence() -> None:
    """When the text of a link opens a fence, the fence is closed like any other."""
    assert "``` x\na b\n```\n" == normal("[``` x](u)\na  b")


def test_pages_join_with_a_blank_line_and_keep_their_offsets() -> None:
    """Pages stand apart by one blank line; an empty page starts where the next one does, or at the end."""
    assert ("a\n\nb\n", (0, 0, 3, 3, 5)) == join_pages(["", "a\n", "", "b\n", ""])


@pytest.mark.parametrize("pages", [[], [""], ["", ""]])
def test_joining_nothing_gives_the_empty_text(pages: list[str]) -> None:
    """Without content there is no text, and each page starts at 0."""
    assert ("", (0,) * len(pages)) == join_pages(pages)


def test_an_open_fence_or_list_does_not_reach_into_the_next_page() -> None:
    """The normal form of each page is the same alone and inside the joined text."""
    pages = [
        normal("```\ncode"),
        normal("    * a  b\n      * c"),
        normal("      top\n\n    x  y"),
        normal("| a |\n"),
        normal("| b |"),
    ]
    joined, starts = join_pages(pages)
    assert joined == normal(joined)
    assert pages == [joined[start : start + len(page)] for page, start in zip(pages, starts, strict=True)]


def test_a_line_after_a_fence_leaves_the_list_open() -> None:
    """Only a blank line before it ends a list; a fence does not."""
    text = "- a\n\n  ```\n  x\n  ```\nb\n\n  c\n"

    assert text == normal(text)
