"""`accessa demo-search`: a question whose answer is known, for the samples and for documents of one's own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from accessa.cli.samples import known_question, samples_folder
from accessa.domain.ids import document_id
from accessa.settings import load_settings

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

TEXT = " ".join(f"word{number}" for number in range(40))


@pytest.fixture
def own_file(api: StandInApi, tmp_path: Path) -> Path:
    """A document of one's own, which the API finds after another."""
    path = tmp_path / "own.md"
    path.write_text(TEXT)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    document = str(document_id(UUID(load_settings().stack.user_id), sha256))
    place = {"score": 0.9, "chunk_id": "c", "page": 1, "heading": "Own"}
    other = place | {"document_id": "other", "filename": "other.md", "text": "other words"}
    api.results = [other, place | {"document_id": document, "filename": "own.md", "text": TEXT}]
    return path


def test_a_passage_found_first_is_a_success(api: StandInApi, cli: Cli, own_file: Path) -> None:
    """Some words of a passage of the file are asked for; when that passage comes first, all is well."""
    api.answers = {" ".join(TEXT.split()[14:26]): api.results[1:]}

    assert 0 == cli("demo-search", str(own_file))
    assert "question: word14 word15" in cli.out
    assert "found first: own.md, page 1, Own" in cli.out


def test_a_sentence_is_asked_for_where_there_is_one(api: StandInApi, cli: Cli, own_file: Path) -> None:
    """Of the passages of the file one with running prose is asked for, not a row of a table beside it."""
    sentence = "We pay when water leaks from a pipe and harms the building."
    debris = api.results[1] | {"text": "| 16 | qala fa ayna | 17 |"}
    prose = debris | {"text": f"Cover\n\n{sentence} And so on.", "page": 2}
    api.results = [debris, prose]
    api.answers = {sentence: [prose]}

    assert 0 == cli("demo-search", str(own_file))
    assert f"question: {sentence}\nfound first: own.md, page 2, Own\n" in cli.out


def test_another_sentence_is_asked_for_when_the_first_is_outdone(api: StandInApi, cli: Cli, own_file: Path) -> None:
    """A sentence that another passage answers as well says little, so the next one is asked for."""
    outdone, plain = (f"We pay when {cause} harms the building and all in it." for cause in ("water", "hail"))
    other, own = api.results
    api.results = [other, own | {"text": plain}, own | {"text": outdone, "page": 2}]
    api.answers = {outdone: [other], plain: [api.results[1]]}

    assert 0 == cli("demo-search", str(own_file))
    assert f"question: {plain}\nfound first: own.md, page 1, Own\n" in cli.out


def test_a_passage_not_found_first_is_a_failure(cli: Cli, own_file: Path) -> None:
    """When another passage comes first, the exit code says so."""
    assert 1 == cli("demo-search", str(own_file))
    assert cli.out.endswith("the passage was not found first\n")


def test_a_document_that_is_not_found_at_all_is_a_failure(api: StandInApi, cli: Cli, own_file: Path) -> None:
    """When the search knows no passage of the files, the exit code says so."""
    api.results = []

    assert (1, "no passage of these documents was found by search\n") == (cli("demo-search", str(own_file)), cli.out)


def test_the_samples_bring_their_question(cli: Cli, api: StandInApi) -> None:
    """For the sample documents the question and its answer are known."""
    folder = samples_folder()
    question = known_question([folder / "glossary.md"])
    assert question
    place = {
        "score": 0.9,
        "document_id": "d",
        "chunk_id": "c",
        "filename": "glossary.md",
        "page": None,
        "heading": None,
    }
    api.results = [place | {"text": question.must_contain.replace(" ", "\n")}]

    assert 0 == cli("demo-search", str(folder / "glossary.md"))
    assert f"question: {question.query}\nfound first: glossary.md\n" in cli.out
    assert known_question([Path("elsewhere.md")]) is None
