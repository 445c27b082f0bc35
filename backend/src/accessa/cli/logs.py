"""`accessa logs`: the logs of all services as one stream."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import typer

from accessa.cli.moments import read_moment
from accessa.cli.output import emit, note, say
from accessa.settings import load_settings
from accessa.stack import LogWish, log_lines

app = typer.Typer(add_completion=False)

_LAST = 200
_IN_FRONT = ("timestamp", "level", "service", "event")


class _Level(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@app.command(epilog="Example: accessa logs base-worker --follow")
def logs(
    service: str | None = typer.Argument(None, metavar="[SERVICE]", help="Only this one; see `accessa status`."),
    *,
    job: UUID | None = typer.Option(None, metavar="ID", help="Only what was said about this job."),
    document: UUID | None = typer.Option(None, metavar="ID", help="Only what was said about this document."),
    correlation_id: UUID | None = typer.Option(None, metavar="ID", help="Only what was said about this upload."),
    level: _Level | None = typer.Option(None, case_sensitive=False, help="Only what is at least as grave."),
    since: str | None = typer.Option(None, metavar="TIME", help="Only from then on: 10m, 2h, or 2026-11-26T10:00 UTC."),
    until: str | None = typer.Option(None, metavar="TIME", help="Only up to then, likewise."),
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on as lines come, until Ctrl-C."),
    last: int | None = typer.Option(None, min=1, help=f"So many lines; default {_LAST}, or all that was asked for."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line, as the services wrote it."),
) -> None:
    """Show the logs of all services as one stream.

    Oldest first. They are kept after `accessa down` too.
    """
    now = datetime.now(UTC)
    wish = LogWish(
        job=_as_written(job),
        document=_as_written(document),
        correlation_id=_as_written(correlation_id),
        level=level.value if level else None,
        since=_moment(since, now),
        until=_moment(until, now),
    )
    if last is None and not (wish.names_somebody or since):
        last = _LAST
    event: dict[str, object] | None = None
    for event in log_lines(load_settings(), service, wish, follow=follow, last=last):
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


def _as_written(name: UUID | None) -> str | None:
    """Return an id the way the services write it, however it was typed."""
    return None if name is None else str(name)


def _moment(text: str | None, now: datetime) -> str | None:
    """Return a moment the way the services write it."""
    return None if text is None else read_moment(text, now).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
