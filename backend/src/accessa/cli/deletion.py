"""`accessa documents delete`: asks, deletes one document after the other, and tells the proof of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import count, money, printable
from accessa.cli.output import emit, note, say
from accessa.cli.question import agrees, require_terminal
from accessa.domain.errors import AccessaError, UsageError

Told = dict[str, Any] | AccessaError


def is_agreed(identifiers: Sequence[str], user: UUID | None) -> bool:
    """Ask whether these documents are to go; without a terminal `UsageError` names the way without a question."""
    way_on = f"to delete without a question: accessa documents delete {' '.join(identifiers)} --yes"
    require_terminal(way_on)
    names = ask_api(lambda api: _names_of(api, identifiers), user)
    what = f"Delete {count(len(names), 'document')} ({', '.join(map(printable, names))})"
    return agrees(f"{what} with file, passages, vectors and jobs, for good?", way_on)


async def _names_of(api: ApiClient, identifiers: Sequence[str]) -> list[str]:
    """Return the file names of the documents; one that the API does not know goes by its id."""
    return [await _name_of(api, identifier) for identifier in identifiers]


async def _name_of(api: ApiClient, identifier: str) -> str:
    try:
        return str((await api.job(identifier))["filename"])
    except UsageError:
        return identifier


async def delete_all(api: ApiClient, identifiers: Sequence[str], *, as_json: bool) -> ExitCode:
    """Delete each document and tell what became of it; what one meets does not keep the others."""
    codes = [_tell(identifier, await _delete(api, identifier), as_json=as_json) for identifier in identifiers]
    return max(codes)


async def _delete(api: ApiClient, identifier: str) -> Told:
    try:
        return await api.delete(identifier)
    except AccessaError as error:
        if error.code == "API_UNREACHABLE":
            raise
        return error


def _tell(identifier: str, told: Told, *, as_json: bool) -> ExitCode:
    if isinstance(told, AccessaError):
        note(f"{told.code}: {identifier}: {told.message}")
        return ExitCode.USAGE if isinstance(told, UsageError) else ExitCode.FAILED
    if as_json:
        emit(told)
    else:
        say(f"{told['document_id']}: deleted, {_figures(told)}; {told['left'] or 'nothing'} is left here")
    if not told["provider_copies_left"]:
        return ExitCode.OK
    left = told["provider_copies_left"]
    note(f"note: {left} left at the parse provider; try again later: accessa documents delete {identifier} --yes")
    return ExitCode.FAILED


def _figures(proof: dict[str, Any]) -> str:
    parts = [count(sum(proof["rows"].values()), "row"), count(proof["objects"], "object")]
    if kept := proof.get("ledger_rows_kept"):
        parts.append(f"{count(kept, 'paid call')} ({money(proof['cost_usd'])}) kept in the ledger")
    if copies := proof["provider_copies_deleted"]:
        parts.append(f"{copies} at the parse provider")
    if proof["parse_cancelled"]:
        parts.append("its parse called off")
    return ", ".join(parts)
