"""`accessa jobs failed`: what failed and why, in groups, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from accessa.cli.figures import count, moment, money
from accessa.cli.output import say
from accessa.cli.tables import Column, Kind, table
from accessa.domain.error_catalogue import LEFT_ALONE, Retry

Group = dict[str, Any]
CANCELLED = "JOB_CANCELLED"

_WORTH = {Retry.MAY_HELP: "may help", Retry.AFTER_MENDING: "once mended", Retry.USELESS: "useless",
          Retry.IF_WANTED: "if wanted"}  # fmt: skip
_FIGURES = ("pages", "tokens", "cost_usd", "uncounted")
_COLUMNS = (
    Column("code"),
    Column("documents"),
    Column("retry"),
    Column("cost"),
    Column("stage and cause", Kind.WORDS, spare=1),
    Column("last failed", spare=3),
    Column("first failed", spare=5),
    Column("sample job", spare=4),
)


def tell_failed(found: dict[str, Any]) -> None:
    """Print the groups, largest first, and the commands that go on from there."""
    groups = found["groups"]
    table(_COLUMNS, [_cells(group) for group in groups])
    hidden = found["documents"] - sum(group["documents"] for group in groups)
    for line in ["", *_meanings(groups), *_summary(groups, hidden)]:
        say(line)


def _cells(group: Group) -> tuple[object, ...]:
    return (
        group["code"],
        f"{group['documents']:,}",
        _WORTH.get(group["retry"], group["retry"]),
        None if group["retry"] == Retry.USELESS else _cost(group["replay"]),
        f"{group['stage']}: {group['cause']}" if group["cause"] else group["stage"],
        moment(group["last_failed_at"]),
        moment(group["first_failed_at"]),
        group["sample_job_id"],
    )


def _cost(replay: dict[str, Any]) -> str:
    return f"{'at least ' if replay['uncounted'] else ''}{money(replay['cost_usd'])}"


def _meanings(groups: Sequence[Group]) -> list[str]:
    """Say once what each code means."""
    known = {group["code"]: group["sentence"] for group in groups if group["sentence"]}
    return [f"{code}: {sentence}" for code, sentence in known.items()]


def _summary(groups: Sequence[Group], hidden: int) -> list[str]:
    more = [f"{count(hidden, 'document')} more in smaller groups"] if hidden else []
    helped, left_out = apart(groups)
    lines = ["", *more, *([f"next: accessa jobs retry --all  ({told(helped)})"] if helped else [])]
    return [*lines, *taken_along_lines(helped), *left_out_lines(left_out)]


def apart(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Return the groups that a retry of everything takes, and those that it leaves out."""
    left_out = [group for group in groups if group["code"] in LEFT_ALONE]
    return [group for group in groups if group["code"] not in LEFT_ALONE], left_out


def told(groups: Sequence[Group]) -> str:
    """Return how many documents a retry of these groups takes, and for how much."""
    cost = sum(group["replay"]["cost_usd"] for group in groups)
    uncounted = sum(group["replay"]["uncounted"] for group in groups)
    if not uncounted:
        return f"{_documents(groups)}, {'about ' if cost else ''}{money(cost)} to be bought"
    why = f"{count(uncounted, 'document')} with uncounted pages, taken as one page each"
    return f"{_documents(groups)}, at least {money(cost)} to be bought; {why}"


def foretold(helped: Sequence[Group], left_out: Sequence[Group]) -> dict[str, Any]:
    """Return as JSON what a retry of `helped` takes and buys, by code too, and what it leaves out."""
    figures = {name: sum(group["replay"][name] for group in helped) for name in _FIGURES}
    documents = sum(group["documents"] for group in helped)
    return {"reopened": 0, "documents": documents, **figures, "codes": _codes(helped), "left_out": _codes(left_out)}


def _codes(groups: Sequence[Group]) -> list[dict[str, Any]]:
    worth = {group["code"]: group["retry"] for group in groups}
    numbers = _counted(groups).most_common()
    return [{"code": code, "documents": number, "retry": worth[code]} for code, number in numbers]


def taken_along_lines(groups: Sequence[Group]) -> list[str]:
    """Return one line for what a retry of everything takes along though its cause has to be mended first."""
    unmended = [group for group in groups if group["retry"] == Retry.AFTER_MENDING]
    why = "whose cause has to be mended first"
    return [f"taken along: {_documents(unmended)} {why} ({_by_code(unmended)})"] if unmended else []


def left_out_lines(groups: Sequence[Group]) -> list[str]:
    """Return what a retry of everything leaves out: one line for what it cannot help, one for what was cancelled."""
    cancelled = [group for group in groups if group["retry"] == Retry.IF_WANTED]
    hopeless = [group for group in groups if group["retry"] != Retry.IF_WANTED]
    lines = []
    if hopeless:
        why = f"that a retry cannot help ({_by_code(hopeless)}); to try some: accessa jobs retry --code CODE"
        lines.append(f"left out: {_documents(hopeless)} {why}")
    if cancelled:
        number = count(sum(group["documents"] for group in cancelled), "cancelled document")
        lines.append(f"left out: {number}; to start again what was cancelled: accessa jobs retry --code {CANCELLED}")
    return lines


def _documents(groups: Sequence[Group]) -> str:
    return count(sum(group["documents"] for group in groups), "document")


def _by_code(groups: Sequence[Group]) -> str:
    return ", ".join(f"{code} {number:,}" for code, number in _counted(groups).most_common())


def _counted(groups: Sequence[Group]) -> Counter[str]:
    documents: Counter[str] = Counter()
    for group in groups:
        documents[group["code"]] += group["documents"]
    return documents
