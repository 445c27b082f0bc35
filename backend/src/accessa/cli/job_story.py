"""Tells one job to a person: its figures, its walk, its error and the next step."""

from __future__ import annotations

from typing import Any

from accessa.cli.figures import count, gap, moment, money, seconds
from accessa.cli.output import say
from accessa.cli.walk import where
from accessa.domain.error_catalogue import CATALOGUE, Retry
from accessa.domain.statuses import FAILED, TERMINAL

Row = dict[str, Any]


def tell_job(job: Row, events: list[Row]) -> None:
    """Print the job with its walk, oldest move first."""
    for line in [*_facts(job), *_walk(events), *_end(job)]:
        say(line)


def _facts(job: Row) -> list[str]:
    return [
        f"job {job['job_id']}",
        f"document {job['document_id']}, {job['filename']}",
        f"correlation id {job['correlation_id']}",
        f"created {moment(job['created_at'])}",
        f"status {where(job)}",
        *(["bulk lane: embedded through the provider's Batch API, within a day"] if job["lane"] == "bulk" else []),
        f"{count(job['vectors'], 'vector')}, {money(job['cost_usd'])}, {seconds(job['duration_seconds'])}",
        f"{job['retry_count']} counted errors, {job['crash_count']} crashes",
    ]


def _walk(events: list[Row]) -> list[str]:
    """Return one line a move with the time since the first event, and one an error or warning between moves."""
    told = [event for event in events if event["to_status"] or event["severity"] != "info"]
    return [f"  {_since(events[0], event):>10}  {_move(event)}" for event in told]


def _since(first: Row, event: Row) -> str:
    return f"+{gap(first['ts'], event['ts']):.2f} s"


def _move(event: Row) -> str:
    if not event["to_status"]:
        return f"{event['severity']}: {event['code']}"
    if not event["from_status"]:
        return f"{event['to_status']}  ({event['code']})"
    return f"{event['from_status']} -> {event['to_status']}  ({event['code']})"


def _end(job: Row) -> list[str]:
    lines = [f"error {job['error']['code']}: {job['error']['message']}"] if job["error"] else []
    if job["status"] in FAILED:
        return [*lines, *_next_try(job)]
    if job["status"] not in TERMINAL:
        return [
            *lines,
            f"next look due {moment(job['available_at'])}; follow it with: accessa jobs watch {job['job_id']}",
        ]
    return lines


def _next_try(job: Row) -> list[str]:
    """Advise a retry where it can help; elsewhere the error's own sentence has said what to do."""
    entry = CATALOGUE.get(job["error"]["code"]) if job["error"] else None
    worth = entry.retry if entry else Retry.MAY_HELP
    if worth is Retry.USELESS:
        return []
    when = "next" if worth is Retry.MAY_HELP else "when that is mended"
    return [f"{when}: accessa jobs retry {job['job_id']}"]
