"""`accessa restart`: one service gets a new process."""

from __future__ import annotations

import time

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import seconds
from accessa.cli.output import emit, note, say
from accessa.cli.services_table import service_row, show_services
from accessa.settings import load_settings
from accessa.stack import restart as give_new_process

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa restart base-worker")
def restart(
    service: str = typer.Argument(metavar="SERVICE", help="See `accessa status`; base-worker: all workers."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a service, when it is healthy."),
) -> ExitCode:
    """Give a service of the stack a new process, and wait until it is healthy.

    Of several workers one is replaced after the other, so that work goes on. The old process finishes its work first;
    one that hangs is ended after its patience. It counts as no restart after a death, and the other services stay. The
    exit code is 0 when it is healthy.
    """
    begun = time.monotonic()
    rows = give_new_process(load_settings(), service, note if as_json else say)
    took = time.monotonic() - begun
    if as_json:
        for row in rows:
            emit(service_row(row) | {"seconds": round(took, 2)})
    else:
        show_services(rows)
        say(f"restarted in {seconds(took)}")
    return ExitCode.OK if all(row.healthy for row in rows) else ExitCode.FAILED
