"""Client of LlamaParse, API v2: upload a file once, ask for its parse, fetch the result by our stored id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.http_calls import ErrorCodes, ProviderClient, call, json_object

CODES = ErrorCodes(
    unavailable="PARSE_UNAVAILABLE",
    rate_limited="PARSE_RATE_LIMITED",
    rejected_key="PARSE_REJECTED_KEY",
    refused="PARSE_FAILED",
    bad_response="PARSE_BAD_RESPONSE",
)
_WEBHOOK_EVENTS = ["parse.success", "parse.partial_success", "parse.error", "parse.cancelled"]
CREDITS_PER_PAGE = {"fast": 1, "cost_effective": 3, "agentic": 10, "agentic_plus": 45}
_REASON = re.compile(r"\b[A-Z][A-Z]+(?:_[A-Z]+)+\b|\bTIMEOUT\b|\bEXPIRED\b")
_PERMANENT_REASONS = {
    "UNSUPPORTED_FILE_TYPE": "UNSUPPORTED_TYPE",
    "PDF_IS_PROTECTED": "FILE_PROTECTED",
    "PDF_IS_BROKEN": "FILE_BROKEN",
    "NO_DATA_FOUND_IN_FILE": "NEEDS_OCR",
    "DOCUMENT_TOO_LARGE": "FILE_TOO_LARGE",
    "TOO_MANY_PAGES": "TOO_MANY_PAGES",
}
_PASSING_REASONS = {"TIMEOUT": "PARSE_TIMEOUT", "EXPIRED": "PARSE_TIMEOUT", "ERROR_DURING_PROCESSING": "PARSE_FAILED"}


class ParseState(StrEnum):
    """The provider's word on a parse."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """What is asked for; the same file with the same options is served from the provider's cache for 48 hours."""

    tier: str
    version: str
    max_pages: int

    def as_items(self) -> list[tuple[str, object]]:
        """Return the options that decide the result, as pairs."""
        return [("tier", self.tier), ("version", self.version), ("max_pages", self.max_pages)]


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where and how the provider calls back; the bearer token goes into a header of its own."""

    url: str
    signing_secret: str


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
    """One provider account; `name` is under what the ledger and the parse runs know it."""

    name = "llamaparse"

    async def upload_file(self, content: Path, *, external_id: str, extension: str, mime: str) -> str:
        """Upload a file under its id, never under its name; return the provider's file id."""
        with content.open("rb") as stream:
            response = await call(
                self._client,
                "POST",
                "/api/v1/beta/files",
                CODES,
                special=_special,
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
            "webhook_configurations": [
                {
                    "webhook_url": webhook.url,
                    "webhook_events": _WEBHOOK_EVENTS,
                    "webhook_output_format": "json",
                    "webhook_signing_secret": webhook.signing_secret,
                }
            ],
        }
        response = await call(self._client, "POST", "/api/v2/parse", CODES, special=_special, json=body)
        return _text_of(json_object(response, CODES), "id")

    async def fetch(self, job_id: str) -> ParseResult:
        """Return the state of a parse and, once completed, its pages; a forgotten job is a passing failure."""
        response = await call(
            self._client,
            "GET",
            f"/api/v2/parse/{job_id}",
            CODES,
            special=_special,
            params={"expand": ["markdown", "usage"]},
        )
        return _read_result(json_object(response, CODES))

    async def cancel(self, job_id: str) -> None:
        """Ask the provider to stop a parse."""
        await call(self._client, "POST", f"/api/v2/parse/{job_id}/cancel", CODES, special=_special)


def _special(response: httpx.Response) -> AccessaError | None:
    if response.status_code == httpx.codes.PAYMENT_REQUIRED:
        return RecoverableError("PARSE_NO_CREDIT", provider_status=402, provider_body=response.text)
    if response.status_code == httpx.codes.NOT_FOUND:
        return TransientError("PARSE_FAILED", provider_status=404, provider_body=response.text)
    return None


def _text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise TransientError("PARSE_BAD_RESPONSE", provider_body=f"no {name}")
    return value


def _read_result(body: dict[str, Any]) -> ParseResult:
    job = body.get("job")
    if not isinstance(job, dict) or job.get("status") not in set(ParseState):
        raise TransientError("PARSE_BAD_RESPONSE", provider_body="no job with a known status")
    state = ParseState(job["status"])
    if state is ParseState.COMPLETED:
        return ParseResult(state, pages=_read_pages(body.get("markdown")), credits=_read_credits(job))
    if state in {ParseState.FAILED, ParseState.CANCELLED}:
        return ParseResult(state, failure=failure_of(job.get("error_message") or state))
    return ParseResult(state)


def _read_pages(markdown: Any) -> tuple[ParsedPage, ...]:
    try:
        pages = [_read_page(page) for page in markdown["pages"]]
    except (KeyError, TypeError):
        raise TransientError("PARSE_BAD_RESPONSE", provider_body="no markdown pages") from None
    return tuple(sorted(pages, key=lambda page: page.number))


def _read_page(page: dict[str, Any]) -> ParsedPage:
    if page.get("success", True):
        return ParsedPage(int(page["page_number"]), str(page["markdown"]))
    return ParsedPage(int(page["page_number"]), "", str(page.get("error") or "unknown"))


def _read_credits(job: dict[str, Any]) -> float | None:
    bought = (job.get("usage") or {}).get("credits")
    return float(bought) if isinstance(bought, int | float) else None


def failure_of(message: str) -> AccessaError:
    """Return our error for the provider's reason for a failed parse, found by its name inside the message."""
    for reason in _REASON.findall(message):
        if reason in _PERMANENT_REASONS:
            return PermanentError(_PERMANENT_REASONS[reason], provider_body=message)
        if reason in _PASSING_REASONS:
            return TransientError(_PASSING_REASONS[reason], provider_body=message)
    return PermanentError("PARSE_FAILED", provider_body=message)
