"""The documents that a drill makes: repeatable, of every kind, and readable by the programs that read real ones."""

from __future__ import annotations

import io
from uuid import UUID

import mammoth
import pypdfium2
import pytest

from accessa.domain.ids import document_id
from accessa.drill.documents import DrillDocument, make_documents
from accessa.drill.docx_file import docx_of
from accessa.drill.pdf_file import pdf_of
from accessa.drill.prose import MARK, write_paragraphs

USERS = [UUID(int=number) for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def uploads() -> list[DrillDocument]:
    """The uploads of twenty documents."""
    return make_documents(20, 5, USERS)


def test_a_seed_repeats_its_documents(uploads: list[DrillDocument]) -> None:
    """The same seed gives the same bytes; another one gives texts that share none."""
    assert uploads == make_documents(20, 5, USERS)
    others = {mark for document in make_documents(5, 6, USERS) for mark in document.marks}
    assert set() == others & {mark for document in uploads for mark in document.marks}


def test_all_kinds_and_some_copies_come(uploads: list[DrillDocument]) -> None:
    """Files of five kinds come from every user, some twice from one user and some from two, and one is long."""
    assert {"md", "pdf", "txt", "docx", "html"} == {document.filename.rpartition(".")[2] for document in uploads}
    assert set(USERS) == {document.user_id for document in uploads}
    assert (22, 20, 18) == (
        len(uploads),
        len({document.document_id for document in uploads}),
        len({document.sha256 for document in uploads}),
    )
    assert 150_000 < max(len(document.content) for document in uploads) < 350_000


def test_a_document_knows_its_id(uploads: list[DrillDocument]) -> None:
    """The id is the one that the pipeline gives these bytes of this user."""
    assert document_id(uploads[0].user_id, uploads[0].sha256) == uploads[0].document_id


def test_the_pdf_can_be_read() -> None:
    """A reader of PDF files finds every paragraph, over several pages."""
    paragraphs = write_paragraphs("pdf", 9_000)
    document = pypdfium2.PdfDocument(pdf_of(paragraphs))
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    pages = len(document)
    document.close()

    assert [paragraph.mark for paragraph in paragraphs] == MARK.findall(text)
    assert pages > 2


def test_the_word_file_can_be_read() -> None:
    """A reader of Word files finds every paragraph."""
    paragraphs = write_paragraphs("docx", 5_000)
    text = mammoth.extract_raw_text(io.BytesIO(docx_of(paragraphs))).value

    assert [paragraph.mark for paragraph in paragraphs] == MARK.findall(text)
