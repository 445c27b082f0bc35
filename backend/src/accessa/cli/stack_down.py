"""`accessa down`: nothing of the stack runs, its data stays."""

from __future__ import annotations

import typer

from accessa.cli.output import say
from accessa.settings import load_settings
from accessa.stack import down as stop

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa down")
def down() -> None:
    """Stop the local stack; its data stays."""
    stop(load_settings(), say)
    say("next: accessa up")
