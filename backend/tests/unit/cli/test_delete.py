"""`accessa documents delete`: asked for, told with its proof, and refused where nobody can be asked."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi


class Keyboard(StringIO):
    """A terminal at which somebody has typed an answer."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.fixture
def document(api: StandInApi, cli: Cli, tmp_path: Path) -> dict[str, Any]:
    """A document that has been ingested."""
    (tmp_path / "policy.pdf").write_text("text")
    assert 0 == cli("ingest", str(tmp_path / "policy.pdf"))
    [row] = api.jobs.values()
    return row


def test_a_deletion_is_told_with_its_proof(cli: Cli, api: StandInApi, document: dict[str, Any]) -> None:
    """--yes deletes without a question, and one line tells what is gone and that nothing is left."""
    told = "deleted, 50 rows, 3 objects, 2 at the parse provider, its parse called off; nothing is left here"

    assert (0, {}) == (cli("documents", "delete", document["document_id"], "--yes"), api.jobs)
    assert (f"{document['document_id']}: {told}\n", "") == (cli.out, cli.err)


def test_a_proof_is_one_object(cli: Cli, document: dict[str, Any]) -> None:
    """As JSON a document is one object, as the API tells it; a job's id stands for its document."""
    assert 0 == cli("documents", "delete", document["job_id"], "--yes", "--json")
    assert [(document["document_id"], 0)] == [(row["document_id"], row["left"]) for row in cli.rows]


def test_a_person_is_asked(
    cli: Cli, api: StandInApi, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the question names the file, and only a yes deletes."""
    for answer, code, left in (("n", 1, 1), ("", 1, 1), ("y", 0, 0)):
        monkeypatch.setattr("sys.stdin", Keyboard(f"{answer}\n"))

        assert (code, left) == (cli("documents", "delete", document["job_id"]), len(api.jobs))
        assert cli.err.startswith("Delete 1 document (policy.pdf) with ")


@pytest.mark.parametrize("typed", [StringIO("y\n"), Keyboard()])
def test_nothing_is_deleted_when_nobody_can_be_asked(
    cli: Cli, api: StandInApi, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, typed: StringIO
) -> None:
    """Without a terminal, or at its end, the deletion is wrong usage, and the sentence names the way on."""
    monkeypatch.setattr("sys.stdin", typed)

    assert (2, 1) == (cli("documents", "delete", document["document_id"]), len(api.jobs))
    assert cli.err.endswith(f"accessa documents delete {document['document_id']} --yes\n")


def test_what_one_meets_does_not_keep_the_others(cli: Cli, api: StandInApi, document: dict[str, Any]) -> None:
    """An unknown id is told by its code and makes the exit code 2; the other documents are deleted."""
    unknown = str(uuid4())

    assert 2 == cli("documents", "delete", unknown, document["document_id"], document["document_id"], "--yes")
    assert ({}, 1) == (api.jobs, len(cli.out.splitlines()))
    assert cli.err.startswith(f"NOT_FOUND: {unknown}: ")


def test_copies_that_are_left_are_told(cli: Cli, api: StandInApi, document: dict[str, Any]) -> None:
    """What the parse provider did not let go of is a note with the command that tries again, and exit code 1."""
    api.copies_left = 2

    assert 1 == cli("documents", "delete", document["document_id"], "--yes")
    assert cli.err.startswith("note: 2 left at the parse provider; try again later: accessa documents delete ")


def test_an_unfinished_deletion_is_told(cli: Cli, api: StandInApi, document: dict[str, Any]) -> None:
    """A fault of the service is told with the API's own sentence, and exit code 1."""
    api.refusals[document["document_id"]] = (500, "DELETION_UNFINISHED", "Not all is gone yet; delete it again.")

    assert 1 == cli("documents", "delete", document["document_id"], "--yes")
    assert cli.err.startswith(f"DELETION_UNFINISHED: {document['document_id']}: Not all is gone yet; delete it again.")
