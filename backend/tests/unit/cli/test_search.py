"""`accessa search` against an API that listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accessa.cli.snippets import marked, snippet

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

KEYS = ["score", "document_id", "chunk_id", "filename", "page", "heading", "text"]


def passage(**values: Any) -> dict[str, Any]:
    """Return a result as the API tells it."""
    plain = {"score": 0.8123, "document_id": "d", "chunk_id": "c", "filename": "policy.pdf", "page": 4}
    return plain | {"heading": "Cover > Water", "text": "Escape of water\nis covered."} | values


def test_results_are_json_lines_best_first(api: StandInApi, cli: Cli) -> None:
    """With --json each passage is one object with the fixed keys, in the API's order."""
    api.results = [passage(), passage(score=0.4, page=None, heading=None)]

    assert 0 == cli("search", "water", "--json")
    assert [KEYS, KEYS] == [list(row) for row in cli.rows]
    assert [(0.8123, 4), (0.4, None)] == [(row["score"], row["page"]) for row in cli.rows]


def test_results_are_told_with_file_page_and_heading(api: StandInApi, cli: Cli) -> None:
    """A person sees number, file, page, heading, score and the passage; what is not known is left out."""
    api.results = [passage(), passage(score=0.4, page=None, heading=None, filename="n.md", text="dry")]

    assert 0 == cli("search", "water")
    assert (
        "1. policy.pdf, page 4, Cover > Water score 0.812\n   Escape of water is covered.\n"
        "2. n.md score 0.400\n   dry\n"
    ) == cli.out


def test_the_limit_is_asked_of_the_api(api: StandInApi, cli: Cli) -> None:
    """--limit is the number of passages the API is asked for."""
    api.results = [passage()] * 5

    assert (0, 2) == (cli("search", "water", "--limit", "2", "--json"), len(cli.rows))


@pytest.mark.usefixtures("api")
def test_nothing_found_is_a_sentence_and_no_failure(cli: Cli) -> None:
    """No passage is told in one sentence, with exit code 0; with --json in no line at all."""
    assert (0, "No passage was found in 3 documents.\n") == (cli("search", "unicorn"), cli.out)
    assert (0, "") == (cli("search", "unicorn", "--json"), cli.out)


def test_documents_that_could_not_be_searched_are_told(api: StandInApi, cli: Cli) -> None:
    """Documents whose vectors are of another model are told beside the result."""
    api.skipped = 2

    assert 0 == cli("search", "water", "--json")
    assert "2 documents could not be searched" in cli.err


def test_an_empty_question_is_wrong_usage(api: StandInApi, cli: Cli) -> None:
    """What the API says of an empty question is told with its code, and the exit code is 2."""
    api.refusals["search"] = (422, "QUERY_EMPTY", "The search text is empty; give at least one word.")

    assert 2 == cli("search", "")
    assert "QUERY_EMPTY: The search text is empty; give at least one word.\n" == cli.err


def test_a_fault_of_the_service_is_told_with_its_correlation_id(api: StandInApi, cli: Cli) -> None:
    """A fault of the service is told with the id to look for in the logs, and the exit code is 1."""
    api.refusals["search"] = (500, "INTERNAL", "Something unexpected happened.")

    assert 1 == cli("search", "water")
    assert "INTERNAL: Something unexpected happened. Correlation id: c-1\n" == cli.err


def test_another_program_on_the_port_is_told(api: StandInApi, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what answers is not the API, the sentence says so."""
    monkeypatch.setenv("ACCESSA_API_URL", f"{api.url}/elsewhere")

    assert 2 == cli("search", "water")
    assert f"API_UNREACHABLE: What answers at {api.url} is not the Accessa API.\n" == cli.err


def test_an_address_that_is_none_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ACCESSA_API_URL that is no address is told by name."""
    monkeypatch.setenv("ACCESSA_API_URL", "localhost")

    assert 2 == cli("search", "water")
    assert "ACCESSA_API_URL" in cli.err


@pytest.mark.usefixtures("api")
def test_a_proxy_is_not_asked_for_this_machine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to this machine never go through the environment's proxy."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert 0 == cli("search", "water")


def test_a_snippet_is_cut_around_the_words_asked_for() -> None:
    """A long passage is cut to the part around the first word of the question."""
    text = "before " * 200 + "the needle is here " + "after " * 200

    part = snippet(text, "a NEEDLE")

    assert (True, True, True) == ("needle is here" in part, part.startswith("… "), part.endswith(" …"))
    assert len(part) < 320


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Limits:\n\n| Cover | Most |\n|:---|---:|\n| Water | £1,000 |", "Limits: Cover, Most; Water, £1,000;"),
        ("|-----+-----|\n  |cpp  | 30  |\n", "cpp, 30;"),
        ("| | 12 | dry |\n| either \\| or |", "12, dry; either \\| or;"),
        ("cat a | sort\n| uniq", "cat a | sort | uniq"),
    ],
)
def test_a_row_of_a_table_is_told_without_its_bars(text: str, told: str) -> None:
    """Cells are told as a list, rules and empty cells not at all; a bar outside a table stays."""
    assert told == snippet(text, "x")


def test_a_snippet_cannot_steer_the_terminal() -> None:
    """Control characters of a passage do not reach the terminal."""
    assert "a?[31mb c" == snippet("a\x1b[31mb\nc", "x")


@pytest.mark.parametrize(("query", "words"), [("water a", ["Water", "water"]), ("(wat[", ["Wat", "wat"]), ("is a", [])])
def test_the_words_asked_for_are_marked(query: str, words: list[str]) -> None:
    """The question's words are marked whatever their case, short ones and signs are not."""
    text = marked("Water is a cover for water", query)

    assert words == [text.plain[span.start : span.end] for span in text.spans]
