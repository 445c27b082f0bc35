"""Turns what was sent and received into its shape: names and structure stay, everything that was said goes."""

from __future__ import annotations

import json
import re
from typing import Any

from accessa.telemetry.logs import redact

# Values of these keys come from a fixed list of the service's own words.
_WORD_KEYS = frozenset(
    {
        *("status", "object", "type", "code", "param", "tier", "model", "purpose", "endpoint", "completion_window"),
        *("encoding_format", "loc", "webhook_output_format", "webhook_events"),
    }
)
# The names in these are a customer's own, and a list may show those of other jobs of the account.
_OWN_NAMES = frozenset({"metadata", "user_metadata"})
_WORD = re.compile(r"[A-Za-z$/][A-Za-z0-9_.$/\-]{0,63}|24h")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?")
_IDENTIFIER = re.compile(
    r"(?P<prefix>(?:[a-z]{2,12}[-_])?)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<=[-_])(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{8,})"
)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+|\d+(?:\.\d+)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}")
_HEADERS = re.compile(r"content-type|x-request-id|x-should-retry|retry-after(-ms)?|openai-.*|x-ratelimit-.*")
_PLAIN_HEADERS = {"x-should-retry", "openai-version"}


def redact_value(value: Any, key: str = "") -> Any:
    """Return the shape of a JSON value, found under `key`; equal elements of a list are told once."""
    match value:
        case dict():
            return _redact_fields(value, key)
        case list():
            return _once([redact_value(part, key) for part in value])
        case str():
            return _redact_text(value, key)
        case int() | float() if not isinstance(value, bool):
            return type(value)()
    return value


def redact_headers(headers: Any) -> dict[str, str]:
    """Return those headers that belong to a contract, by the shape of their values."""
    kept = {name: value for name, value in headers.items() if _HEADERS.fullmatch(name)}
    return {name: _redact_header(name, value) for name, value in sorted(kept.items())}


def redact_path(path: str) -> str:
    """Return a path with `{id}` in place of each id."""
    return "/".join("{id}" if _IDENTIFIER.fullmatch(part) else part for part in path.split("/"))


def _redact_fields(fields: dict[str, Any], key: str) -> dict[str, Any]:
    if key in _OWN_NAMES:
        return dict.fromkeys(["<name>"] if fields else [], "<text>")
    return {name: redact_value(part, name) for name, part in fields.items()}


def _redact_text(text: str, key: str) -> str:
    if key in _WORD_KEYS and _WORD.fullmatch(text) and redact(text) == text:
        return text
    if text.startswith(("http://", "https://")):
        return "<url>"
    if found := _IDENTIFIER.fullmatch(text):
        return found["prefix"] + re.sub(r"[A-Za-z0-9]", "0", text.removeprefix(found["prefix"]))
    if _TIME.fullmatch(text) or _DURATION.fullmatch(text):
        return re.sub(r"\d", "0", text)
    return f"<{'base64' if _BASE64.fullmatch(text) else 'text'} of {len(text)}>"


def _redact_header(name: str, value: str) -> str:
    if name == "content-type":
        return value.split(";", 1)[0].strip()
    return value if name in _PLAIN_HEADERS else _redact_text(value, name)


def _once(parts: list[Any]) -> list[Any]:
    seen: dict[str, Any] = {}
    for part in parts:
        seen.setdefault(json.dumps(part, sort_keys=True), part)
    return list(seen.values())
