"""`accessa env`: the addresses of the running stack, for other programs."""

from __future__ import annotations

import typer

from accessa.cli.output import emit, say
from accessa.settings import load_settings
from accessa.stack import stack_environment

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: export $(accessa env)")
def env(as_json: bool = typer.Option(False, "--json", help="One JSON object.")) -> None:
    """Print the addresses of the running stack as KEY=VALUE lines.

    They are DATABASE_URL, API_URL, STORAGE_URL, LLAMAPARSE_URL, OPENAI_URL and MONITORING_URL.
    """
    variables = stack_environment(load_settings())
    if as_json:
        emit(variables)
        return
    for name, value in variables.items():
        say(f"{name}={value}")
