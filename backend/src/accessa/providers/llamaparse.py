"""Client of LlamaParse, API v2: upload a file once, ask for its parse, fetch the result by our stored id."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import orjson

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.http_calls import ErrorCodes, ProviderClient, facts_of, json_object, read_json
from accessa.telemetry.log_context import outgoing_headers
from accessa.telemetry.logs import redact

CODES = ErrorCodes(
    unavailable="PARSE_UNAVAILABLE",
    rate_limited="PARSE_RATE_LIMITED",
    rejected_key="PARSE_REJECTED_KEY",
    refused="PARSE_FAILED",
    bad_response="PARSE_BAD_RESPONSE",
)
_FILES = "/api/v1/beta/files"
_FILES_AT_MOST = 1000
_PARSES_OF_PAGE, _PAGES_AT_MOST = 100, 20
#: By how much the provider's clock may be behind ours, where its parses are looked for by their time.
CLOCKS_DIFFER = timedelta(minutes=5)
_WEBHOOK_EVENTS = ["parse.success", "parse.partial_success", "parse.error", "parse.cancelled"]
_SLOWEST_UPLOAD = 100_000  # bytes a second
_REASON = re.compile(r"\b[A-Z][A-Z]+(?:_[A-Z]+)+\b|\bTIMEOUT\b|\bEXPIRED\b")
_PERMANENT_REASONS = {
    "UNSUPPORTED_FILE_TYPE": "UNSUPPORTED_TYPE",
    "PDF_IS_PROTECTED": "FILE_PROTECTED",
    "PDF_IS_BROKEN": "FILE_BROKEN",
    "NO_DATA_FOUND_IN_FILE": "NEEDS_OCR",
    "DOCUMENT_TOO_LARGE": "FILE_TOO_LARGE",
    "TOO_MANY_PAGES": "TOO_MANY_PAGES",
}
# The limit is the provider's own, so raising one of ours would not help.
_SENTENCES = {
    "DOCUMENT_TOO_LARGE": "The document needs more room than the parse provider allows; split it and upload the parts."
}
_PASSING_REASONS = {"TIMEOUT": "PARSE_TIMEOUT", "EXPIRED": "PARSE_TIMEOUT", "ERROR_DURING_PROCESSING": "PARSE_FAILED"}


class ParseState(StrEnum):
    """The provider's word on a parse."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPEN_STATES = frozenset({ParseState.PENDING, ParseState.RUNNING})
"""The states of a parse that the provider still works on, or is going to."""


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """What is asked for; the same file with the same options is served from the provider's cache for 48 hours."""

    tier: str
    version: str
    max_pages: int
    max_failed_page_ratio: float = 0.05

    def as_items(self) -> list[tuple[str, object]]:
        """Return the options that decide the result, as pairs."""
        return list(asdict(self).items())


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where and how the provider calls back; `bearer` comes back in a header of its own."""

    url: str
    signing_secret: str
    bearer: str


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """One page as the provider returned it; `error` is set when the page could not be parsed."""

    number: int
    markdown: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The state of a parse, with its pages in order once it is completed, and the reason once it has failed."""

    state: ParseState
    pages: tuple[ParsedPage, ...] = ()
    failure: AccessaError | None = None
    credits: float | None = None


class LlamaParseClient(ProviderClient):
    """One provider account; `identity` is under what the ledger and the parse runs know it."""

    kind = "llamaparse"
    codes = CODES

    async def upload_file(self, content: Path, *, external_id: str, extension: str, mime: str) -> str:
        """Upload a file under its id, never under its name; return the provider's file id."""
        with content.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            response = await self._call(
                "POST",
                _FILES,
                operation="files.create",
                special=_special,
                budget_seconds=self._budget_seconds + size / _SLOWEST_UPLOAD,
                data={"purpose": "parse", "external_file_id": external_id},
                files={"file": (f"{external_id}.{extension}", stream, mime)},
            )
        return _text_of(json_object(response, CODES), "id")

    async def submit(self, file_id: str, options: ParseOptions, webhook: WebhookTarget) -> str:
        """Ask for the parse of an uploaded file; return the provider's job id."""
        body = {
            "file_id": file_id,
            "tier": options.tier,
            "version": options.version,
            "page_ranges": {"max_pages": options.max_pages},
            "processing_control": {
                "job_failure_conditions": {"allowed_page_failure_ratio": options.max_failed_page_ratio}
            },
            "webhook_configurations": [
                {
                    "webhook_url": webhook.url,
                    "webhook_events": _WEBHOOK_EVENTS,
                    # The provider sends them back with each delivery.
                    "webhook_headers": {"Authorization": f"Bearer {webhook.bearer}", **outgoing_headers()},
                    "webhook_output_format": "json",
                    "webhook_signing_secret": webhook.signing_secret,
                }
            ],
        }
        response = await self._call(
            "POST", "/api/v2/parse", operation="parse.create", paid=True, special=_special, json=body
        )
        return _text_of(json_object(response, CODES), "id")

    async def find_parse(self, external_id: str, options: ParseOptions, since: datetime) -> str | None:
        """Return the newest parse that was asked for since then, for the file uploaded under our id; None without one.

        One that has failed, or was cancelled, does not count, nor does one of another tier.
        """
        ours = [
            item
            for item in await self._parses_since(since)
            if _is_of(item, external_id)
            and item.get("tier") == options.tier
            and item.get("status") not in {ParseState.FAILED, ParseState.CANCELLED}
        ]
        return _text_of(max(ours, key=lambda item: str(item.get("created_at"))), "id") if ours else None

    async def parses_of(self, external_id: str, since: datetime) -> list[str]:
        """Return the ids of the parses that were asked for since then, for the file uploaded under our id."""
        return [_text_of(item, "id") for item in await self._parses_since(since) if _is_of(item, external_id)]

    async def _parses_since(self, since: datetime) -> list[dict[str, Any]]:
        wanted: dict[str, Any] = {"created_at_on_or_after": since.isoformat(), "page_size": _PARSES_OF_PAGE}
        found: list[dict[str, Any]] = []
        for _ in range(_PAGES_AT_MOST):
            response = await self._call("GET", "/api/v2/parse", operation="parse.list", special=_special, params=wanted)
            body = json_object(response, CODES)
            items = body.get("items")
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise _breach("no list of parses")
            found += items
            if not (token := body.get("next_page_token")):
                break
            wanted["page_token"] = token
        return found

    async def fetch(self, job_id: str) -> ParseResult:
        """Return the state of a parse and, once completed, its pages; a forgotten job is a passing failure."""
        body = await self._look(job_id)
        # Asked for the content of a parse that is not done yet, the provider answers 404 as if it had forgotten it.
        if _state_of(body) is ParseState.COMPLETED:
            body = await self._look(job_id, "markdown", "usage")
        return _read_result(body)

    async def _look(self, job_id: str, *expand: str) -> dict[str, Any]:
        path = f"/api/v2/parse/{job_id}"
        response = await self._call("GET", path, operation="parse.get", special=_special, params={"expand": expand})
        return json_object(response, CODES)

    async def check_access(self) -> dict[str, str]:
        """Make the cheapest call that needs a valid key; return the newest version of each parse tier."""
        response = await self._call("GET", "/api/v2/parse/versions", operation="parse.versions", special=_special)
        latest = json_object(response, CODES).get("latest")
        return {str(tier): str(version) for tier, version in latest.items()} if isinstance(latest, dict) else {}

    async def state_of(self, job_id: str) -> ParseState | None:
        """Return the state of a parse, or None when the provider does not know it."""
        try:
            return _state_of(await self._look(job_id))
        except TransientError as error:
            if error.provider_status != httpx.codes.NOT_FOUND:
                raise
            return None

    async def cancel(self, job_id: str) -> None:
        """Ask the provider to stop a parse."""
        await self._call("POST", f"/api/v2/parse/{job_id}/cancel", operation="parse.cancel", special=_special)

    async def delete_parse(self, job_id: str) -> bool:
        """Delete a parse that has ended, with its result; False when the provider did not know it."""
        return await self._delete(f"/api/v2/parse/{job_id}", operation="parse.delete")

    async def files_of(self, external_id: str) -> list[str]:
        """Return the ids of the files that were uploaded under our id, those whose answer got lost included."""
        wanted = {"external_file_id": external_id, "page_size": _FILES_AT_MOST}
        response = await self._call("GET", _FILES, operation="files.list", special=_special, params=wanted)
        items = json_object(response, CODES).get("items")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise _breach("no list of files")
        return [_text_of(item, "id") for item in items]

    async def delete_file(self, file_id: str) -> bool:
        """Delete an uploaded file; False when the provider did not know it."""
        return await self._delete(f"{_FILES}/{file_id}", operation="files.delete")

    async def _delete(self, path: str, *, operation: str) -> bool:
        try:
            await self._call("DELETE", path, operation=operation, special=_special)
        except TransientError as error:
            if error.provider_status != httpx.codes.NOT_FOUND:
                raise
            return False
        return True


def _is_of(item: dict[str, Any], external_id: str) -> bool:
    return str(item.get("name")).rpartition(".")[0] == external_id


def _special(response: httpx.Response) -> AccessaError | None:
    if response.status_code == httpx.codes.PAYMENT_REQUIRED:
        return RecoverableError("PARSE_NO_CREDIT", **facts_of(response))
    if response.status_code == httpx.codes.NOT_FOUND:
        return TransientError("PARSE_FAILED", **facts_of(response))
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return PermanentError("PARSE_FAILED", provider_status=422, provider_body=_without_input(response))
    return None


def _without_input(response: httpx.Response) -> str:
    """Return what was refused and why; beside it the provider quotes our input, the webhook's secret included."""
    try:
        problems = read_json(response.content)["detail"]
        return orjson.dumps([[problem["type"], problem["loc"], problem["msg"]] for problem in problems]).decode()
    except (ValueError, KeyError, TypeError):
        return "the request was refused without a readable reason"


def _text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _breach(f"no {name}")
    return value


def _breach(what: str) -> TransientError:
    return TransientError("PARSE_BAD_RESPONSE", provider_status=200, provider_body=what)


def _read_result(body: dict[str, Any]) -> ParseResult:
    state, job = _state_of(body), body["job"]
    if state is ParseState.COMPLETED:
        return ParseResult(state, pages=_read_pages(body.get("markdown")), credits=_read_credits(job))
    if state in {ParseState.FAILED, ParseState.CANCELLED}:
        return ParseResult(state, failure=failure_of(str(job.get("error_message") or state)))
    return ParseResult(state)


def _state_of(body: dict[str, Any]) -> ParseState:
    try:
        return ParseState(body["job"]["status"])
    except (KeyError, TypeError, ValueError):
        raise _breach("no job with a known status") from None


def _read_pages(markdown: Any) -> tuple[ParsedPage, ...]:
    try:
        pages = [_read_page(page) for page in markdown["pages"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _breach("no markdown pages") from None
    return tuple(sorted(pages, key=lambda page: page.number))


def _read_page(page: dict[str, Any]) -> ParsedPage:
    number = int(page["page_number"])
    if not page.get("success", True):
        return ParsedPage(number, "", str(page.get("error") or "unknown"))
    if not isinstance(page["markdown"], str):
        raise TypeError("a page without text")
    return ParsedPage(number, page["markdown"])


def _read_credits(job: dict[str, Any]) -> float | None:
    usage = job.get("usage")
    bought = usage.get("credits") if isinstance(usage, dict) else None
    return float(bought) if isinstance(bought, int | float) else None


def failure_of(message: str) -> AccessaError:
    """Return our error for the provider's reason for a failed parse, found by its name inside the message."""
    message = redact(message)
    for reason in _REASON.findall(message):
        if reason in _PERMANENT_REASONS:
            return PermanentError(_PERMANENT_REASONS[reason], _SENTENCES.get(reason), provider_body=message)
        if reason in _PASSING_REASONS:
            return TransientError(_PASSING_REASONS[reason], provider_body=message)
    return PermanentError("PARSE_FAILED", provider_body=message)
