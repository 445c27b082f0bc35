"""`accessa demo-search`: proves that what was just ingested is found, with a question whose answer is known."""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.file_choice import choose
from accessa.cli.output import say
from accessa.cli.prose import best_line_of, sentences_of
from accessa.cli.samples import Question, known_question
from accessa.cli.search import place_of
from accessa.cli.snippets import snippet
from accessa.domain.ids import document_id
from accessa.settings import load_settings

app = typer.Typer(add_completion=False)

_FILES_TRIED = 5
_MOST_PASSAGES = 100
_SENTENCES_TRIED = 4


@app.command("demo-search", epilog="Example: accessa demo-search testing/fixtures/samples")
def demo_search(
    paths: list[Path] = typer.Argument(metavar="PATH", readable=False, help="Files or folders that were ingested."),
    user: UUID | None = typer.Option(None, help="The user whose documents these are; default ACCESSA_USER_ID."),
) -> ExitCode:
    """Search a passage of these files and check the answer."""
    files = choose(paths).files
    owner = user or UUID(load_settings().stack.user_id)
    return ask_api(lambda api: _ask(api, files, owner), user)


async def _ask(api: ApiClient, files: list[Path], owner: UUID) -> ExitCode:
    known = known_question(files)
    questions = [known] if known else await _questions_from_passages(api, files, owner)
    if not questions:
        say("no passage of these documents was found by search")
        return ExitCode.FAILED
    for question in questions:
        results = (await api.search(question.query, 1))["results"]
        if results and _answers(results[0], question):
            return _tell_success(question, results[0])
    say(f"question: {questions[0].query}")
    say("the passage was not found first")
    return ExitCode.FAILED


def _tell_success(question: Question, result: dict[str, Any]) -> ExitCode:
    say(f"question: {question.query}")
    say(f"found first: {place_of(result)}")
    say(f"  {snippet(result['text'], question.must_contain)}")
    return ExitCode.OK


def _answers(result: dict[str, Any], question: Question) -> bool:
    return _in_one_line(question.must_contain) in _in_one_line(result["text"])


async def _questions_from_passages(api: ApiClient, files: list[Path], owner: UUID) -> list[Question]:
    """Take sentences out of one of the files, so far as the search shows its passages, the likeliest first.

    A short sentence of a long passage may well stand behind another passage, so there is more than one.
    """
    for file in files[:_FILES_TRIED]:
        wanted = str(document_id(owner, _sha256_of(file)))
        results = (await api.search(file.stem, _MOST_PASSAGES))["results"]
        if found := [result for result in results if result["document_id"] == wanted]:
            found.sort(key=lambda result: result["page"] or 0)
            passages = [result["text"] for result in found]
            sentences = [*islice(sentences_of(passages), _SENTENCES_TRIED), best_line_of(passages)]
            return [Question(sentence, found[0]["filename"], sentence) for sentence in filter(None, sentences)]
    return []


def _sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
