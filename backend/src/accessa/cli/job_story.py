"""Tells one job to a person: its figures, its walk, its error and the next step."""

from __future__ import annotations

from typing import Any

from accessa.cli.api_client import ApiClient
from accessa.cli.figures import count, gap, moment, money, seconds
from accessa.cli.output import say
from accessa.cli.retrying import told_price
from accessa.cli.walk import where
from accessa.domain.error_catalogue import Retry, retry_worth
from accessa.domain.errors import UsageError
from accessa.domain.statuses import FAILED, TERMINAL

Row = dict[str, Any]

_TOLD = {"RETRY_SCHEDULED"}
_WHEN = {Retry.MAY_HELP: "next", Retry.AFTER_MENDING: "when that is mended", Retry.IF_WANTED: "to start it again"}


async def replay_of(api: ApiClient, job: Row) -> Row | None:
    """Return what a retry of a failed job would buy; nothing of one that was retried, None of one that did not fail."""
    if job["status"] not in FAILED:
        return None
    try:
        answer = await api.replay(job["job_id"])
    except UsageError as error:
        if error.code != "JOB_NOT_FAILED":
            raise
        return {}
    return dict(answer["replay"]) if answer["job_id"] == job["job_id"] else {}


def tell_job(job: Row, events: list[Row], replay: Row | None) -> None:
    """Print the job with its walk, oldest move first; `replay` is what a retry of a failed one would buy."""
    for line in [*_facts(job), *_walk(events), *_end(job, replay)]:
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
        f"{count(job['retry_count'], 'counted error')}, {told_crashes(job['crash_count'])} since the last progress",
    ]


def told_crashes(number: int) -> str:
    """Return `no crashes`, `1 crash`, `2 crashes`."""
    return {0: "no crashes", 1: "1 crash"}.get(number, f"{number:,} crashes")


def _walk(events: list[Row]) -> list[str]:
    """Return one line a move with the time since the first event, and one an error or warning between moves."""
    told = [event for event in events if event["to_status"] or event["severity"] != "info" or event["code"] in _TOLD]
    return [event_line(events[0], event, _move(event)) for event in told]


def event_line(first: Row, event: Row, words: str) -> str:
    """Return what happened with the time since the `first` event."""
    since = f"+{gap(first['ts'], event['ts']):.2f} s"
    return f"  {since:>10}  {words}"


def _move(event: Row) -> str:
    if event["code"] == "RETRY_SCHEDULED":
        return _next_look(event["payload"])
    if not event["to_status"]:
        return f"{event['severity']}: {event['code']}"
    if not event["from_status"]:
        return f"{event['to_status']}  ({event['code']})"
    return f"{event['from_status']} -> {event['to_status']}  ({event['code']})"


def _next_look(payload: Row) -> str:
    if "attempt" not in payload:  # written by the version before
        return f"rests for {payload['due_in_seconds']} s"
    attempt = f"attempt {payload['attempt']} of {payload['max_attempts']}"
    return f"rests for {payload['due_in_seconds']} s: {attempt} at {moment(payload['due_at'])}"


def _end(job: Row, replay: Row | None) -> list[str]:
    lines = [f"error {job['error']['code']}: {job['error']['message']}"] if job["error"] else []
    if job["status"] in FAILED:
        return [*lines, *_next_try(job, replay)]
    if job["status"] not in TERMINAL:
        return [
            *lines,
            f"next look due {moment(job['available_at'])}; follow it with: accessa jobs watch {job['job_id']}",
        ]
    return lines


def _next_try(job: Row, replay: Row | None) -> list[str]:
    """Advise a retry where it can help, with its price; elsewhere the error's own sentence has said what to do."""
    if not replay:
        return [f"it was tried again since; its newest job: accessa jobs show {job['document_id']}"]
    worth = retry_worth(job["error"]["code"]) if job["error"] else Retry.MAY_HELP
    if worth is Retry.USELESS:
        return []
    return [f"a retry would cost {told_price(replay)}", f"{_WHEN[worth]}: accessa jobs retry {job['job_id']}"]
