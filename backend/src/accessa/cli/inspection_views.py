"""What `accessa inspect` found, told to a person on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accessa.cli.document_page import document_facts
from accessa.cli.figures import count, moment, money, seconds
from accessa.cli.job_story import event_line, told_crashes
from accessa.cli.output import say
from accessa.cli.receipt import standing
from accessa.cli.tables import Column, Kind, table
from accessa.domain.statuses import TERMINAL

Row = dict[str, Any]

_MOST_EVENTS = 60
_MOST_TEXTS = 200
_SETS = tuple(map(Column, ("chunk set", "live", "chunks", "characters", "each", "pages")))
_VECTORS = tuple(map(Column, ("vectors of set", "model", "made by", "vectors", "numbers", "length")))
_OBJECTS = (Column("object"), Column("bytes"), Column("path", Kind.NAME))
_CALLS = tuple(map(Column, ("call", "to", "state", "units", "tokens", "cost", "took")))


def tell_inspection(row: Row) -> None:
    """Print a document that is there."""
    for line in [*document_facts(row), f"user {row['user_id']}"]:
        say(line)
    for job in row["jobs"]:
        _tell_job(job)
    _tell_table(_SETS, [_set_cells(one) for one in row["chunk_sets"]])
    _tell_table(_VECTORS, [_vector_cells(one) for one in row["vector_sets"]])
    _tell_objects(row)
    _tell_table(_CALLS, [_call_cells(call) for job in row["jobs"] for call in job["calls"]])
    if row["receipt"]:
        say("")
        say(f"receipt {standing(row['receipt'])}")
    _tell_texts(row["texts"])
    _tell_end(row)


def tell_deleted(row: Row) -> None:
    """Print what is left of a document that was deleted."""
    rows = sum(row["deletion"]["rows"].values())
    kept = count(row["deletion"]["ledger_rows_kept"], "paid call")
    say(f"document {row['document_id']} of user {row['user_id']} was deleted ({row['deleted']})")
    say(f"{count(rows, 'row')} and {count(row['deletion']['objects'], 'object')} went; {kept} stay in the ledger")
    _tell_events(row["events"])
    _tell_objects(row)
    _tell_table(_CALLS, [_call_cells(call) for call in row["calls"]])
    _tell_end(row)


def _tell_job(job: Row) -> None:
    say("")
    took = seconds(job["duration_seconds"])
    say(f"job {job['job_id']}, {job['status']} after {took}")
    say(f"correlation id {job['correlation_id']}, created {moment(job['created_at'])}")
    tried = f"{job['attempts_in_row']} of {job['max_attempts']} attempts failed in a row"
    say(f"{tried}, {told_crashes(job['crash_count'])}; {_lease(job)}")
    if job["error"]:
        say(f"error {job['error']['code']}: {job['error']['message']}")
    if job["parse"]:
        say(_parse(job["parse"]))
    _tell_events(job["events"])
    if job["events_truncated"]:
        say("  more happened than is told here")


def _lease(job: Row) -> str:
    epoch = f"epoch {job['lease_epoch']}"
    if job["lease_owner"]:
        return f"held by {job['lease_owner']} until {moment(job['available_at'])}, {epoch}"
    if job["status"] in TERMINAL:
        return f"held by nobody, {epoch}"
    waits = f", waits for {job['waits_for']}" if job["waits_for"] else ""
    return f"held by nobody, due {moment(job['available_at'])}{waits}, {epoch}"


def _parse(parse: Row) -> str:
    steps = (("submitted", "submitted_at"), ("announced", "notified_at"), ("asked for", "polled_at"))
    told = [f"{word} {moment(parse[name])}" for word, name in (*steps, ("collected", "collected_at")) if parse[name]]
    return f"parse by {parse['provider']}: {', '.join(told) or 'not submitted yet'}, {count(parse['polls'], 'poll')}"


def _tell_events(events: Sequence[Row]) -> None:
    for event in events[:_MOST_EVENTS]:
        say(event_line(events[0], event, _event(event)))
    if len(events) > _MOST_EVENTS:
        say(f"  and {len(events) - _MOST_EVENTS:,} more: --json")


def _event(event: Row) -> str:
    grave = "" if event["severity"] == "info" else f"{event['severity']}: "
    moved = " -> ".join(filter(None, (event.get("from_status"), event.get("to_status"))))
    by = f" by {event['worker']}" if event.get("worker") else ""
    return f"{grave}{event['code']}{by}{f'  {moved}' if moved else ''}"


def _set_cells(one: Row) -> Sequence[object]:
    total = one["chunks_total"]
    chunks = f"{one['chunks']:,}" if one["chunks"] == total else f"{one['chunks']:,} of {total or '?'}"
    each = f"{one['shortest']:,} to {one['longest']:,}, {one['average']:,} on average" if one["chunks"] else None
    pages = f"{one['first_page']} to {one['last_page']}" if one["first_page"] else None
    return one["set_id"], "yes" if one["live"] else "no", chunks, f"{one['characters']:,}", each, pages


def _vector_cells(one: Row) -> Sequence[object]:
    model = f"{one['embed_model']} version {one['embed_version']}"
    return one["set_id"], model, one["provider"], f"{one['vectors']:,}", f"{one['most_dimensions']:,}", told_length(one)


def told_length(one: Row) -> str:
    """Tell whether vectors have length one, as those have to that are compared by their angle."""
    if not one["sound"]:
        return "ZERO, NOT FINITE OR OF SEVERAL WIDTHS"
    measured = f"{one['least_norm']:.4f} to {one['most_norm']:.4f}"
    return f"one ({measured})" if one["unit_length"] else f"NOT ONE ({measured})"


def _tell_objects(row: Row) -> None:
    named = [(one["kind"], _bytes(one), one["path"]) for one in row["objects"]]
    _tell_table(_OBJECTS, [*named, *(("named by no row", None, path) for path in row["objects_unnamed"])])


def _bytes(one: Row) -> str:
    if one["exists"] is None:
        return "unknown"
    if not one["exists"]:
        return "MISSING"
    by_row = one["bytes_by_row"]
    return f"{one['bytes']:,}" if by_row in {None, one["bytes"]} else f"{one['bytes']:,}, NOT {by_row:,}"


def _call_cells(call: Row) -> Sequence[object]:
    cost, took = money(call["cost_usd"]), seconds(call["seconds"])
    state = f"{call['state']}, {call['error_code']}" if call["error_code"] else call["state"]
    return call["operation"], f"{call['provider']} ({call['model']})", state, call["units"], call["tokens"], cost, took


def _tell_texts(texts: Sequence[Row]) -> None:
    if texts:
        say("")
    for one in texts[:_MOST_TEXTS]:
        say(f"chunk {one['chunk_ord']}: {one['text']}")
    if len(texts) > _MOST_TEXTS:
        say(f"and {len(texts) - _MOST_TEXTS:,} more: --json")


def _tell_table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        say("")
        table(columns, rows)


def _tell_end(row: Row) -> None:
    say("")
    for complaint in row["complaints"]:
        say(f"WRONG: {complaint}")
    for command in row["next"]:
        say(f"next: {command}")
