"""`accessa logs`: the logs of all services as one stream."""

from __future__ import annotations

import typer

from accessa.cli.output import emit, note, say
from accessa.settings import load_settings
from accessa.stack import log_lines

app = typer.Typer(add_completion=False)

_LAST = 200
_IN_FRONT = ("timestamp", "level", "service", "event")


@app.command(epilog="Example: accessa logs base-worker --follow")
def logs(
    service: str | None = typer.Argument(None, metavar="[SERVICE]", help="Only this one; see `accessa status`."),
    *,
    job: str | None = typer.Option(None, metavar="ID", help="Only what was said about this job."),
    correlation_id: str | None = typer.Option(None, metavar="ID", help="Only what was said about this upload."),
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on as lines come, until Ctrl-C."),
    last: int | None = typer.Option(None, min=1, help=f"So many lines; default {_LAST}, or all of a job or upload."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line, as the services wrote it."),
) -> None:
    """Show the logs of all services as one stream.

    Oldest first. They are kept after `accessa down` too.
    """
    if last is None and not (job or correlation_id):
        last = _LAST
    event: dict[str, object] | None = None
    for event in log_lines(load_settings(), service, job, correlation_id, follow=follow, last=last):
        if as_json:
            emit(event)
        else:
            say(as_line(event))
    if event is None:
        note("No service has said anything that fits.")


def as_line(event: dict[str, object]) -> str:
    """Return time, level, service and sentence of an event, then what else it tells as `name=value`."""
    rest = " ".join(f"{name}={value}" for name, value in event.items() if name not in _IN_FRONT)
    time = str(event["timestamp"])[11:23]
    return f"{time} {event['level']:<7} {event['service']:<16} {event['event']}  {rest}".rstrip()
