"""Commands that need the local stack, while there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accessa.cli import logs
from accessa.cli.logs import as_line
from accessa.cli.services_table import FIELDS, service_row
from accessa.cli.verdicts import Verdict, tell
from accessa.stack import LogWish, ServiceStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.tests.unit.cli.conftest import Cli


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--json"),
        ("env",),
        ("search", "x"),
        ("jobs", "list"),
        ("db", "check"),
        ("validate",),
        ("restart", "x"),
        ("reset", "--yes"),
    ],
)
def test_without_a_stack_the_next_command_is_named(cli: Cli, arguments: tuple[str, ...]) -> None:
    """What needs the stack says in one sentence how to start it, with exit code 2 and nothing on standard output."""
    assert (2, "") == (cli(*arguments), cli.out)
    assert "STACK_NOT_RUNNING: The stack is not running; start it with: accessa up\n" == cli.err


def test_down_is_harmless_when_nothing_runs(cli: Cli) -> None:
    """`down` without a stack says so and succeeds."""
    assert (0, "The stack is not running.\nnext: accessa up\n") == (cli("down"), cli.out)


def test_logs_of_a_stack_that_never_ran_are_none(cli: Cli) -> None:
    """Without any log that is said, and a service without a log is named."""
    assert (0, "", "No service has said anything that fits.\n") == (cli("logs"), cli.out, cli.err)
    assert (2, True) == (cli("logs", "api-server"), cli.err.startswith("NOT_FOUND: "))
    assert (2, True) == (cli("logs", "--since", "soon"), cli.err.startswith("BAD_REQUEST: "))


@pytest.mark.parametrize("option", ["--job", "--document", "--correlation-id"])
def test_logs_take_an_id_however_it_is_typed(cli: Cli, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """Capitals find the same lines, and what is no id is told instead of being looked for in vain."""
    wishes: list[LogWish] = []

    def keep(_settings: object, _service: object, wish: LogWish, **_: object) -> Iterator[dict[str, object]]:
        wishes.append(wish)
        return iter(())

    monkeypatch.setattr(logs, "log_lines", keep)
    name = "c0ffee00-0000-4000-8000-00000000000a"

    assert (0, 2) == (cli("logs", option, name.upper()), cli("logs", option, "c0ffee"))
    assert cli.err.startswith(f"USAGE_WRONG: Invalid value for '{option}': ")
    assert [name] == [wish.job or wish.document or wish.correlation_id for wish in wishes]


def test_the_doctor_tells_a_line_for_each_finding(cli: Cli) -> None:
    """Every finding is a line that says whether it is well; as JSON it is an object."""
    code = cli("doctor")
    lines = cli.out.splitlines()

    assert code == cli("doctor", "--json")
    assert len(lines) == len(cli.rows)
    assert {("ok" if row["ok"] else "BAD") for row in cli.rows} == {line.split()[0] for line in lines}


def test_the_doctor_asks_the_providers_of_the_settings(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stack they are those of the settings; what is not set is a bad line, and nothing is called."""
    for name in ("LLAMAPARSE_API_KEY", "OPENAI_API_KEY", "SUPABASE_SERVICE_ROLE_KEY", "API_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)

    assert 1 == cli("doctor", "--providers", "--json")
    assert ["llamaparse", "openai", "storage", "callback"] == [row["name"] for row in cli.rows if not row["ok"]]
    assert 1 == cli("doctor", "--providers")
    assert "BAD  openai           openai was not asked: OPENAI_API_KEY is not set. -> Set OPENAI_API_KEY." in cli.out


def test_a_bad_verdict_names_what_mends_it(capfd: pytest.CaptureFixture[str]) -> None:
    """What is not well is marked, with the command that helps; what is well needs none."""
    tell(Verdict("schema", False, "table a is missing", "accessa db migrate"))  # noqa: FBT003
    tell(Verdict("disk", True, "there is room", "buy one"))  # noqa: FBT003

    lines = capfd.readouterr().out.splitlines()
    assert [
        "BAD  schema           table a is missing -> accessa db migrate",
        "ok   disk             there is room",
    ] == lines


def test_a_wrong_setting_is_told_by_its_name(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be read is named, with exit code 2."""
    monkeypatch.setenv("ACCESSA_WORKERS", "many")

    assert 2 == cli("status")
    assert cli.err.startswith("SETTINGS_INVALID: The setting ACCESSA_WORKERS is wrong")


def test_a_service_is_told_with_the_fixed_keys() -> None:
    """The JSON object of a service has the keys that other programs rely on."""
    row = service_row(ServiceStatus("api-server", "healthy", True, 12, "http://127.0.0.1:8000", 0))  # noqa: FBT003

    assert ("name", "state", "healthy", "pid", "url", "restarts") == FIELDS == tuple(row)


def test_a_log_line_begins_with_what_matters() -> None:
    """Time, level, service and sentence stand in front, the rest follows by name."""
    event = {"event": "Job done", "service": "base-worker", "level": "info", "timestamp": "2026-11-23T14:48:36.423Z"}

    assert "14:48:36.423 info    base-worker      Job done  job_id=7" == as_line(event | {"job_id": 7})
