"""The documents of a benchmark."""

from __future__ import annotations

import pypdfium2
import pytest

from accessa.bench.corpus import SHAPES, write_corpus


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_seed_repeats_its_documents(shape: str) -> None:
    """The same seed gives the same bytes, another one gives others, and no two documents are alike."""
    documents = write_corpus(shape, documents=3, scale=0.01)

    assert documents == write_corpus(shape, documents=3, scale=0.01)
    assert not {each.content for each in documents} & {
        each.content for each in write_corpus(shape, documents=3, scale=0.01, seed=6)
    }
    assert 3 == len({each.content for each in documents}) == len({each.name for each in documents})


def test_documents_are_as_long_as_their_shape_says() -> None:
    """A document of `main` has forty kilobytes, `tiny` ones stay between 0.2 and 0.9, and `scale` shortens `big`."""
    [even] = write_corpus("main", documents=1)
    [short] = write_corpus("big", documents=1, scale=0.005)

    assert 40_000 <= len(even.content) < 42_000
    assert 100_000 <= len(short.content) < 102_000
    assert all(200 <= len(each.content) < 900 for each in write_corpus("tiny", documents=50))


def test_pdfs_have_their_pages_and_text() -> None:
    """A PDF has as many pages as are told, and the words of columns and tables can be read."""
    [document] = write_corpus("pdf", documents=1, scale=0.15)
    pdf = pypdfium2.PdfDocument(document.content)
    texts = [page.get_textpage().get_text_range() for page in pdf]
    pdf.close()

    assert 3 == document.pages == len(texts)
    assert all(len(text.split()) > 100 for text in texts)
