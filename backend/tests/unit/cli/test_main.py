"""The entry of the command line: help, exit codes and the last line of defence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.mark import ParameterSet
from typer.core import TyperGroup

from accessa.cli import command_table
from accessa.cli.command_table import COMMANDS, CommandEntry, load

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli

HEAVY = ("httpx", "pydantic", "sqlalchemy", "asyncpg", "accessa.settings", "accessa.stack")


def all_commands() -> list[ParameterSet]:
    """Return every command and subcommand, with the words that call it."""
    found = []
    for entry in COMMANDS:
        command = load(entry)
        found.append(pytest.param(entry.name, command, id=entry.name))
        if isinstance(command, TyperGroup):
            for name, below in command.commands.items():
                found.append(pytest.param(f"{entry.name} {name}", below, id=f"{entry.name}-{name}"))
    return found


def test_the_help_lists_every_command_and_imports_none() -> None:
    """`accessa --help` lists all commands without importing what they need, so that it is fast."""
    code = (
        "import sys; from accessa.cli.main import main; main(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert "[]\n" == done.stderr
    assert [] == [entry.name for entry in COMMANDS if (entry.name not in done.stdout) != entry.hidden]


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_table_says_what_the_command_says(entry: CommandEntry) -> None:
    """The sentence in the list of commands is the first of the command's own help."""
    assert entry.sentence == load(entry).help.splitlines()[0]


@pytest.mark.parametrize(("words", "command"), all_commands())
def test_every_command_shows_an_example(words: str, command: Any) -> None:
    """The help of each command ends with an example of it."""
    assert (
        command.epilog.startswith(f"Example: accessa {words.split(maxsplit=1)[0]}")
        or f"$(accessa {words}" in command.epilog
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ingest"], "USAGE_WRONG: Missing argument 'PATH'. See: accessa ingest --help\n"),
        (["serach"], "USAGE_WRONG: No such command 'serach'. Did you mean 'search'?. See: accessa --help\n"),
        (["up", "--fast"], "USAGE_WRONG: No such option: --fast. See: accessa up --help\n"),
    ],
)
def test_wrong_usage_is_one_sentence(cli: Cli, arguments: list[str], sentence: str) -> None:
    """A command that is written wrongly is told in one sentence that names the help, with exit code 2."""
    assert (2, sentence, "") == (cli(*arguments), cli.err, cli.out)


def test_nothing_asked_shows_the_help(cli: Cli) -> None:
    """`accessa` alone shows the help, with the exit code of wrong usage."""
    assert 2 == cli()
    assert "Usage: accessa" in cli.out


def test_the_version_is_told(cli: Cli) -> None:
    """`accessa --version` tells the version and nothing else."""
    assert (0, "accessa 0.1.0\n") == (cli("--version"), cli.out)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (
            ValueError("a secret"),
            1,
            "INTERNAL: Something unexpected happened (ValueError at test_main.py:",
        ),
    ],
)
def test_no_error_becomes_a_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    """Ctrl-C, a closed pipe and the unexpected end with their exit codes, without traceback or foreign words."""

    def fail(_entry: CommandEntry) -> None:
        raise error

    monkeypatch.setattr(command_table, "load", fail)

    assert code == cli("search", "x")
    assert (True, False, False) == (cli.err.startswith(said), "secret" in cli.err, "Traceback" in cli.err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no device that is always full.")
def test_output_that_cannot_be_written_is_told_once() -> None:
    """`accessa … > FILE` on a full disk is one sentence with its code, not an accident at the end of the process."""
    command = [sys.executable, "-c", "from accessa.cli.main import run; run()", "--version"]
    with Path("/dev/full").open("wb") as full:
        outcome = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=30)

    assert (1, "DISK_FULL: The disk is full; free some space and try again.\n") == (outcome.returncode, outcome.stderr)


@pytest.mark.parametrize("direction", [">&-", "</dev/null 1<&0"])
def test_an_output_that_is_closed_is_told_by_its_code(direction: str) -> None:
    """`accessa … >&-`, or an output that is open for reading only, is one sentence and exit code 2."""
    outcome = run_in_shell("--version", direction)

    sentence = "Standard output is closed, so the result would be lost; send it to a file or to /dev/null."
    assert (2, f"OUTPUT_CLOSED: {sentence}\n") == (outcome.returncode, outcome.stderr)


def test_without_standard_error_the_result_is_told_all_the_same() -> None:
    """`accessa … 2>&-` only loses what is said beside the result."""
    good, wrong = run_in_shell("--version", "2>&-"), run_in_shell("serach", "2>&-")

    assert (0, "accessa 0.1.0\n", 2, "") == (good.returncode, good.stdout, wrong.returncode, wrong.stdout)


def run_in_shell(argument: str, direction: str) -> subprocess.CompletedProcess[str]:
    """Run one command as a shell does that was told where its output goes."""
    code = "from accessa.cli.main import run; run()"
    command = ["sh", "-c", f'exec "$@" {direction}', "sh", sys.executable, "-c", code, argument]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_a_reader_that_goes_away_is_no_fault() -> None:
    """`accessa … | head` ends quietly when the reader has seen enough."""
    code = (
        "import sys; from accessa.cli import main as entry, command_table as table\n"
        "from accessa.cli.output import emit\n"
        "def flood(_entry):\n    while True: emit({'line': 'x' * 1000})\n"
        "table.load = flood; sys.argv = ['accessa', 'search', 'x']; entry.run()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path.cwd()
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()

        assert (1, b"") == (process.wait(30), process.stderr.read())
