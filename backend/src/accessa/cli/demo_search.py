"""`accessa demo-search`: proves that what was just ingested is found, with a question whose answer is known."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.file_choice import choose
from accessa.cli.output import say
from accessa.cli.samples import Question, known_question
from accessa.cli.search import place_of
from accessa.cli.snippets import snippet
from accessa.domain.ids import document_id
from accessa.settings import load_settings

app = typer.Typer(add_completion=False)

_FILES_TRIED = 5
_MOST_PASSAGES = 100
_PASSAGE_WORDS = 12


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
    question = known_question(files) or await _question_from_passage(api, files, owner)
    if not question:
        say("no passage of these documents was found by search")
        return ExitCode.FAILED
    say(f"question: {question.query}")
    results = (await api.search(question.query, 1))["results"]
    if not results or not _answers(results[0], question):
        say("the passage was not found first")
        return ExitCode.FAILED
    say(f"found first: {place_of(results[0])}")
    say(f"  {snippet(results[0]['text'], question.must_contain)}")
    return ExitCode.OK


def _answers(result: dict[str, Any], question: Question) -> bool:
    return _in_one_line(question.must_contain) in _in_one_line(result["text"])


async def _question_from_passage(api: ApiClient, files: list[Path], owner: UUID) -> Question | None:
    """Take some words out of the middle of a passage of one of the files, as the search shows it."""
    for file in files[:_FILES_TRIED]:
        wanted = str(document_id(owner, _sha256_of(file)))
        for result in (await api.search(file.stem, _MOST_PASSAGES))["results"]:
            if result["document_id"] == wanted:
                passage = _middle_of(result["text"])
                return Question(passage, result["filename"], passage)
    return None


def _sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _middle_of(text: str) -> str:
    words = text.split()
    start = max(0, (len(words) - _PASSAGE_WORDS) // 2)
    return " ".join(words[start : start + _PASSAGE_WORDS])


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
