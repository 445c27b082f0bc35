"""What is to come if things go on as they do: backlog, workers, room, and what the providers allow."""

from __future__ import annotations

from collections.abc import Iterator

from accessa.observe.performance.capacity import capacity_of
from accessa.observe.performance.evidence import Evidence
from accessa.observe.performance.outlook import LEAST_DOCUMENTS, Outlook
from accessa.observe.performance.spans import DAY, HOUR, told_bytes, told_span

# A rate seen for less long says nothing of a day.
_LEAST_SECONDS = 600.0
_LONG_DAYS = 3650


def foresee(evidence: Evidence, *, documents_a_day: int | None, room_bytes: float | None) -> list[Outlook]:
    """Return the outlooks; `room_bytes` are what may still be stored, None where nobody knows."""
    capacity = capacity_of(evidence.pace)
    return [
        _backlog(evidence),
        capacity.outlook(),
        *([capacity.workers_for(documents_a_day)] if documents_a_day else []),
        *_room(evidence, room_bytes),
        *_ceilings(evidence),
    ]


def _backlog(evidence: Evidence) -> Outlook:
    flow = evidence.flow
    seconds = _observed(evidence)
    ended = flow["completed"] + flow["failed"]
    rests_on = f"{flow['arrived']:,} arrived and {ended:,} ended in {told_span(seconds)}"
    if flow["arrived"] + ended < LEAST_DOCUMENTS or seconds < _LEAST_SECONDS:
        return Outlook("backlog", None, "not enough data", rests_on)
    growth = (flow["arrived"] - ended) / seconds * HOUR
    unfinished = flow["unfinished"]
    if not unfinished:
        return Outlook("backlog", 0.0, "there is no backlog", rests_on)
    if growth >= 0 and flow["arrived"] > ended:
        return Outlook("backlog", None, f"{unfinished:,} unfinished, and {growth:,.0f} more each hour", rests_on)
    rate = -growth / HOUR
    if not rate:
        return Outlook("backlog", None, f"{unfinished:,} unfinished, neither growing nor falling", rests_on)
    return Outlook(
        "backlog", unfinished / rate, f"{unfinished:,} unfinished, gone in {told_span(unfinished / rate)}", rests_on
    )


def _observed(evidence: Evidence) -> float:
    """Return the seconds within the window since the first document came."""
    first = evidence.flow["first_seconds_ago"]
    return max(1.0, min(evidence.window, first)) if first is not None else evidence.window


def _room(evidence: Evidence, room_bytes: float | None) -> Iterator[Outlook]:
    sizes = evidence.sizes
    rests_on = f"{sizes['documents']:,} stored documents"
    if sizes["documents"] < LEAST_DOCUMENTS:
        yield Outlook("room", None, "not enough data", rests_on)
        return
    each = (sizes["database_bytes"] + sizes["file_bytes"]) / sizes["documents"]
    database = sizes["database_bytes"] / sizes["documents"]
    yield Outlook(
        "one document", each, f"takes {told_bytes(each)}, of which {told_bytes(database)} are in the database", rests_on
    )
    yield _room_left(evidence, each, room_bytes)


def _room_left(evidence: Evidence, each: float, room_bytes: float | None) -> Outlook:
    seconds, arrived = _observed(evidence), evidence.flow["arrived"]
    rests_on = f"{arrived:,} arrived in {told_span(seconds)}"
    if room_bytes is None:
        return Outlook("room", None, "nobody knows how much there is: set SLA_DISK_GB", rests_on)
    if arrived < LEAST_DOCUMENTS or seconds < _LEAST_SECONDS:
        return Outlook("room", None, "not enough data", rests_on)
    daily = arrived / seconds * DAY * each
    days = room_bytes / daily
    lasts = f"last {told_span(days * DAY)}" if days < _LONG_DAYS else "outlast ten years"
    sentence = f"{told_bytes(room_bytes)} are left, which {lasts}"
    return Outlook("room", days, sentence, f"{rests_on}, {told_bytes(daily)} a day")


def _ceilings(evidence: Evidence) -> Iterator[Outlook]:
    gates = {gate["provider"]: gate for gate in evidence.gates}
    for row in evidence.calls:
        gate, documents = gates.get(row["provider"]), row["documents"]
        if gate is None or not (gate["requests_limit"] or gate["tokens_limit"]):
            continue
        rests_on = f"{row['calls']:,} calls for {documents:,} documents"
        if documents < LEAST_DOCUMENTS:
            yield Outlook(row["provider"], None, "not enough data", rests_on)
            continue
        rates = [
            gate[f"{unit}_limit"] * 60 / (row[used] / documents)
            for unit, used in (("requests", "calls"), ("tokens", "tokens"))
            if gate[f"{unit}_limit"] and row[used]
        ]
        if rates:
            yield Outlook(
                row["provider"], min(rates), f"allows {min(rates):,.0f} documents an hour by its rate limits", rests_on
            )
