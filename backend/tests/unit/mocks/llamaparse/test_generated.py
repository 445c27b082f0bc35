"""Generated content depends on the document id alone."""

from __future__ import annotations

from mock_providers.llamaparse.generated import generated_pages


def test_the_same_id_gives_the_same_pages() -> None:
    """Two calls agree, another id differs."""
    assert list(generated_pages("doc-1", 3)) == list(generated_pages("doc-1", 3))
    assert list(generated_pages("doc-1", 3)) != list(generated_pages("doc-2", 3))


def test_a_document_has_a_title_a_sentence_and_two_sections() -> None:
    """The first page names the document; both sections are there, even on a single page."""
    page = next(generated_pages("doc-1", 1))

    assert page.markdown.startswith("# Document doc-1\n\nThis is generated content for document doc-1.")
    assert ["## Section 1", "## Section 2"] == [line for line in page.markdown.splitlines() if line.startswith("## ")]
    assert "#" not in page.text


def test_pages_are_numbered_from_one() -> None:
    """Each page has its own section."""
    pages = list(generated_pages("doc-1", 3))

    assert [1, 2, 3] == [page.page_number for page in pages]
    assert all(f"## Section {page.page_number}\n" in page.markdown for page in pages)
