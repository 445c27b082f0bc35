"""`accessa jobs retry`: one failed document, those with one code, or all that a retry may help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.failed_jobs import apart, foretold, left_out_lines, taken_along_lines, told
from accessa.cli.figures import count, money, printable
from accessa.cli.output import emit, note, say
from accessa.cli.question import agrees, require_terminal
from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import UsageError

_AT_ONCE = 200
_TOLD_EVERY = 1000


@dataclass(frozen=True, slots=True)
class RetryWish:
    """What the command line asks for: a `code`, or None for all; `yes` asks nobody, `dry_run` changes nothing."""

    code: str | None
    yes: bool
    dry_run: bool
    as_json: bool


def check_choice(identifier: UUID | None, code: str | None, every: bool) -> None:
    """Raise `UsageError` unless exactly one of the three ways to name failed jobs was taken."""
    if [identifier is not None, code is not None, every].count(True) != 1:
        ways = "Name one job by its ID, those of one code by --code, or all by --all."
        raise UsageError("USAGE_WRONG", f"{ways} See: accessa jobs failed")


def retry_one(identifier: UUID, user: UUID | None, *, dry_run: bool, as_json: bool) -> ExitCode:
    """Retry one job, or tell what that would cost."""
    if dry_run:
        answer = ask_api(lambda api: api.replay(str(identifier)), user)
        emit(answer) if as_json else say(f"nothing was changed; a retry would cost {told_price(answer['replay'])}")
        return ExitCode.OK
    receipt = ask_api(lambda api: api.retry(str(identifier)), user)
    if as_json:
        emit(receipt)
    else:
        say(f"Job {receipt['job_id']} is {receipt['status']}; follow it with: accessa jobs watch {receipt['job_id']}")
    return ExitCode.OK


def told_price(replay: dict[str, Any]) -> str:
    """Return what a retry buys, in words."""
    if replay["uncounted"]:
        return f"at least {money(replay['cost_usd'])}, the price of 1 page: its pages are counted only by the next try"
    parts = [count(replay["pages"], "page")] if replay["pages"] else []
    parts += [f"about {count(replay['tokens'], 'token')}"] if replay["tokens"] else []
    return f"{money(replay['cost_usd'])} ({' and '.join(parts)})" if parts else "nothing: all was bought before"


def retry_many(wish: RetryWish, user: UUID | None) -> ExitCode:
    """Tell what would be retried and for how much, ask, and retry it batch by batch."""
    found = ask_api(lambda api: _failed(api, wish.code), user)
    helped, left_out = (found["groups"], []) if wish.code else apart(found["groups"])
    for line in [*([] if wish.code else taken_along_lines(helped)), *left_out_lines(left_out)]:
        note(line)
    if wish.dry_run:
        return _foretell(wish, helped, left_out)
    if not helped:
        note(_nothing(wish))
        return _end(wish, 0)
    if not wish.yes and not _is_agreed(wish, helped):
        say("nothing was changed")
        return ExitCode.FAILED
    return _end(wish, ask_api(lambda api: _retry_all(api, wish.code, helped), user))


async def _failed(api: ApiClient, code: str | None) -> dict[str, Any]:
    """Return the groups to choose from; raise `UsageError` for a code that does not exist."""
    if code is None or code in CATALOGUE:
        return await api.failed(code)
    found = await api.failed()
    groups = [group for group in found["groups"] if group["code"] == code]
    if groups:
        return {**found, "groups": groups}
    codes = ", ".join(sorted({group["code"] for group in found["groups"]}))
    known = f"Failed documents have: {codes}" if codes else "No document has failed."
    raise UsageError("USAGE_WRONG", f"There is no code {printable(code) or '(empty)'}. {known}")


def _foretell(wish: RetryWish, helped: Sequence[dict[str, Any]], left_out: Sequence[dict[str, Any]]) -> ExitCode:
    """Answer a dry run: what a retry would take, for how much, and what it would leave out."""
    if wish.as_json:
        emit(foretold(helped, left_out))
    else:
        say(f"nothing was changed; a retry would take {told(helped)}" if helped else _nothing(wish))
    return ExitCode.OK


def _nothing(wish: RetryWish) -> str:
    return f"No document has failed with {wish.code}." if wish.code else "Nothing to retry."


def _is_agreed(wish: RetryWish, groups: Sequence[dict[str, Any]]) -> bool:
    way_on = f"to retry without a question: accessa jobs retry {f'--code {wish.code}' if wish.code else '--all'} --yes"
    require_terminal(way_on)
    return agrees(f"Retry {told(groups)}?", way_on)


async def _retry_all(api: ApiClient, code: str | None, groups: Sequence[dict[str, Any]]) -> int:
    """Retry batch after batch, telling now and then how far it is; return how many documents have a new job."""
    expected = sum(group["documents"] for group in groups)
    reopened = told_at = 0
    cursor: str | None = None
    while True:
        batch = await api.retry_failed(code, cursor, _AT_ONCE)
        reopened += len(batch["jobs"])
        cursor = batch["next_cursor"]
        if cursor is None:
            return reopened
        if reopened - told_at >= _TOLD_EVERY:
            told_at = reopened
            note(f"{reopened:,} of {count(expected, 'document')} have a new job")


def _end(wish: RetryWish, reopened: int) -> ExitCode:
    if wish.as_json:
        emit({"reopened": reopened})
    elif reopened:
        say(f"{count(reopened, 'document')} reopened; follow with: accessa jobs watch")
    return ExitCode.OK
