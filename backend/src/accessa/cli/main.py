"""The entry of the command `accessa`: runs one command and turns every error into one plain sentence."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from accessa.cli.command_table import LazyGroup
from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import note
from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import AccessaError, UsageError, is_disk_full
from accessa.telemetry.silence import silent_logs

app = typer.Typer(
    name="accessa",
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Example: accessa up && accessa ingest policy.pdf && accessa search 'what is covered'",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"accessa {version('accessa')}")
        raise typer.Exit


@app.callback()
def accessa(
    _version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Turn documents into verified, searchable vectors in Postgres: nothing is lost, nothing is paid twice."""


def run() -> None:
    """Run the command line of this process and leave with its exit code."""
    if getattr(sys, "stderr", None) is None:  # closed by the caller: what is said beside the result is not wanted
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open to the end of the process
    if getattr(sys, "stdout", None) is None:
        sys.exit(_tell("OUTPUT_CLOSED", CATALOGUE["OUTPUT_CLOSED"].sentence, ExitCode.USAGE))
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error becomes one sentence on standard error."""
    command: Any = get_command(app)
    try:
        with silent_logs():  # the words of a command are its result
            outcome = command.main(args=list(arguments), prog_name="accessa", standalone_mode=False)
    except typer.TyperException as error:
        return _tell_usage(error)
    except AccessaError as error:
        return _tell(error.code, error.message, ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence, never a traceback
        return _tell_unexpected(error)
    return int(outcome or 0)


def _tell(code: str, sentence: str, exit_code: ExitCode) -> ExitCode:
    note(f"{code}: {sentence}")
    return exit_code


def _tell_usage(error: typer.TyperException) -> ExitCode:
    sentence = error.format_message()
    if not sentence:  # asked for nothing: the library has shown the help
        return ExitCode.USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "accessa"
    return _tell("USAGE_WRONG", f"{sentence.rstrip('.')}. See: {path} --help", ExitCode.USAGE)


def _tell_unexpected(error: Exception) -> ExitCode:
    if is_disk_full(error):
        return _tell("DISK_FULL", CATALOGUE["DISK_FULL"].sentence, ExitCode.FAILED)
    if isinstance(error, OSError) and error.errno == errno.EBADF:  # open for reading only, for instance
        return _tell("OUTPUT_CLOSED", CATALOGUE["OUTPUT_CLOSED"].sentence, ExitCode.USAGE)
    return _tell("INTERNAL", _unexpected(error), ExitCode.FAILED)


def _unexpected(error: Exception) -> str:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else "unknown place"
    return f"Something unexpected happened ({type(error).__name__} at {where}); see: accessa doctor"
