"""Deeply nested HTML keeps its words."""

from __future__ import annotations

import pytest

from mock_providers.llamaparse.parsing.from_html import markdown_of_html
from mock_providers.llamaparse.parsing.shallow_html import shallow


@pytest.mark.parametrize("depth", [3, 3_000, 20_000])
@pytest.mark.parametrize("tags", ["<div>", "<ul><li>", "<table><tr><td>", "<blockquote><p>", "<b>"])
def test_words_are_read_however_deep_they_lie(tags: str, depth: int) -> None:
    """What stands before, in and after the nest is in the Markdown, in this order."""
    ends = "".join(f"</{tag}" for tag in reversed(tags.split("<")[1:]))
    text = markdown_of_html(f"<p>before it</p>{tags * depth}<p>deep &amp; low</p>{ends * depth}<p>after it</p>")
    places = [text.find(words) for words in ("before it", "deep & low", "after it")]

    assert -1 not in places
    assert sorted(places) == places


def test_tags_that_are_never_closed_are_no_depth() -> None:
    """A page that leaves its paragraphs, items and cells open is taken as it is."""
    html = "<table>" + "<tr><td>a<td>b" * 1000 + "</table>" + "<p>text<ul>" + "<li>item" * 1000 + "</ul>"

    assert html == shallow(html)


def test_end_tags_that_fit_nothing_take_linear_time() -> None:
    """A hostile page of end tags without beginnings is read through, and its last word is kept."""
    assert "the end" in shallow("<b>x</i>" * 50_000 + "the end")


def test_the_sign_that_links_to_a_heading_is_no_part_of_it() -> None:
    """Headings of generated manuals lose their link to themselves; such a sign within a text stays."""
    text = markdown_of_html('<h2>Scope<a href="#scope" title="Link (here)">¶</a></h2><p>See ¶ 7 of the terms</p>')

    assert "## Scope\n\nSee ¶ 7 of the terms" == text.strip()
