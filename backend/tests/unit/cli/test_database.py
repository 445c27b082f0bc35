"""`accessa db`: which database is meant, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from accessa.stack.places import Places
from accessa.stack.plan import Plan, write_plan
from accessa.stack.processes import STACK_MARK, birth_of
from accessa.stack.state import StackState, write_state
from accessa.store import migrate

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

LOCAL = "postgresql://postgres:secret@127.0.0.1:15432/accessa_dev"


@pytest.fixture
def resets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the databases that were reset, instead of doing it."""
    done: list[str] = []

    def remember(url: str) -> migrate.Emptied:
        done.append(url)
        return migrate.Emptied("0001")

    monkeypatch.setattr(migrate, "reset", remember)
    monkeypatch.setenv("DATABASE_URL", LOCAL)
    return done


def test_a_reset_is_asked_for(cli: Cli, resets: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset happens after a yes only; the question names the database and not its password."""
    for answer, code, times in (("n", 1, 0), ("y", 0, 1)):
        monkeypatch.setattr("sys.stdin", StringIO(f"{answer}\n"))

        assert (code, times) == (cli("db", "reset"), len(resets))
        assert (True, False) == ("accessa_dev at 127.0.0.1:15432" in cli.err, "secret" in cli.out + cli.err)


def test_a_reset_that_can_ask_nobody_names_what_goes_on(
    cli: Cli, resets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody to answer, a reset is wrong usage, and the sentence holds the command that needs no answer."""
    monkeypatch.setattr("sys.stdin", StringIO())

    assert (2, []) == (cli("db", "reset", "--json"), resets)
    assert ("", True) == (cli.out, cli.err.endswith("to delete everything: accessa db reset --yes\n"))


def test_a_reset_need_not_ask(cli: Cli, resets: list[str]) -> None:
    """--yes resets without a question."""
    assert (0, [LOCAL]) == (cli("db", "reset", "--yes"), resets)


@pytest.mark.parametrize(
    ("name", "value"), [("ENVIRONMENT", "production"), ("DATABASE_URL", "postgresql://u:secret@db.example.org/accessa")]
)
def test_a_reset_is_refused_where_documents_matter(
    cli: Cli, resets: list[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Outside ENVIRONMENT=local, and for a database elsewhere, a reset is refused even with --yes."""
    monkeypatch.setenv(name, value)

    assert (2, []) == (cli("db", "reset", "--yes"), resets)
    assert (True, False) == ("refused" in cli.err, "secret" in cli.err)


def test_a_whole_stack_is_emptied_on_this_machine_only(
    cli: Cli, resets: list[str], stack_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`accessa reset` is refused outside ENVIRONMENT=local, and for a storage that is not on this machine."""
    del stack_database
    elsewhere = (cli("reset", "--yes"), "refused for a storage elsewhere" in cli.err)
    monkeypatch.setenv("ENVIRONMENT", "staging")
    staging = (cli("reset", "--yes"), "refused in ENVIRONMENT=staging" in cli.err)

    assert [(2, True), (2, True), []] == [elsewhere, staging, resets]


def test_an_equal_schema_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal schema and models are one plain sentence, or one object."""
    monkeypatch.setenv("DATABASE_URL", LOCAL)
    monkeypatch.setattr(migrate, "differences", lambda _url: [])

    assert (0, "schema equals the models\n") == (cli("db", "check"), cli.out)
    assert (0, [{"equal": True, "differences": []}]) == (cli("db", "check", "--json"), cli.rows)


def test_differences_make_the_exit_code_one(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each difference is a line, and the exit code says that there are some."""
    monkeypatch.setenv("DATABASE_URL", LOCAL)
    monkeypatch.setattr(migrate, "differences", lambda _url: ["table a is missing", "column b is extra"])

    assert (1, "table a is missing\ncolumn b is extra\n") == (cli("db", "check"), cli.out)
    assert (1, False) == (cli("db", "check", "--json"), cli.rows[0]["equal"])


def test_a_database_that_does_not_answer_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away is one sentence with its code and exit code 1."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:secret@127.0.0.1:9/accessa_dev")

    assert (1, "") == (cli("db", "migrate"), cli.out)
    assert cli.err.startswith("DATABASE_UNAVAILABLE: ")


def test_outside_local_a_missing_address_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """In production nobody is told to start the local stack: the sentence names the setting that is missing."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert (2, "") == (cli("db", "migrate"), cli.out)
    assert cli.err.startswith("SETTINGS_INVALID: The setting DATABASE_URL is missing")


def test_an_address_of_something_else_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is none of Postgres is told under the name of its setting, without its password."""
    monkeypatch.setenv("DATABASE_URL", "mysql://root:secret@127.0.0.1/accessa_dev")

    assert (2, "") == (cli("db", "migrate"), cli.out)
    assert cli.err.startswith("SETTINGS_INVALID: DATABASE_URL is no address of a Postgres database")
    assert "secret" not in cli.err


@pytest.fixture
def stack_database(tmp_path: Path) -> Iterator[str]:
    """The database address of a stack that runs, so far as its files and its supervisor tell."""
    stack = Places(tmp_path / "home")
    stack.root.mkdir()
    url = LOCAL.replace("accessa_dev", "of_the_stack")
    addresses = dict.fromkeys(("API_PUBLIC_URL", "SUPABASE_URL", "LLAMAPARSE_BASE_URL", "OPENAI_BASE_URL"), "")
    environment = addresses | {"DATABASE_URL": url}
    write_plan(stack.plan, Plan(stack_id=stack.stack_id, version="1", services=(), environment=environment))
    patient = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    marked = os.environ | {STACK_MARK: stack.stack_id}
    with subprocess.Popen(patient, stdin=subprocess.PIPE, env=marked) as supervisor:
        birth = birth_of(supervisor.pid)
        names = {"stack_id": stack.stack_id, "version": "1"}
        state = StackState(phase="running", supervisor_pid=supervisor.pid, supervisor_created=birth, **names)
        write_state(stack.state, state)
        yield url


def test_the_running_stack_comes_before_the_shell(
    cli: Cli, stack_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a laptop the running stack's database is meant, and not one that DATABASE_URL of the shell names."""
    asked: list[tuple[str, str]] = []

    def remember(url: str, *, environment: str) -> str:
        asked.append((url, environment))
        return "0002"

    monkeypatch.setenv("DATABASE_URL", LOCAL)
    monkeypatch.setattr(migrate, "upgrade", remember)

    for environment in ("local", "staging"):
        monkeypatch.setenv("ENVIRONMENT", environment)
        assert 0 == cli("db", "migrate")

    assert [(stack_database, "local"), (LOCAL, "staging")] == asked


def test_seeding_ingests_the_samples_or_a_folder(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """`db seed` ingests the sample documents of the checkout; a folder may be named instead."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "note.md").write_text("text")

    assert (0, ["note.md"]) == (cli("db", "seed", str(tmp_path / "own")), api.uploads)
    assert 0 == cli("db", "seed", "--json")
    assert "home-insurance-policy.pdf" in api.uploads
