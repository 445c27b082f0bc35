"""The files that hold one operation's shape each, as `<provider>/<operation>.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from accessa.providers.http_calls import read_json
from real_apis.metered_transport import Exchange
from real_apis.redaction import redact_headers, redact_path, redact_value

_FIELD = re.compile(rb'content-disposition: form-data; name="([^"]+)"', re.IGNORECASE)


class LeakError(Exception):
    """A recording was not kept, because it held something that nobody may read."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The shape of one operation.

    `source` says where it comes from. `allowed` lists, by their place in the answer, the words that are as right as the
    one that came.
    """

    provider: str
    operation: str
    source: str
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: Any
    allowed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name under which it is told."""
        return f"{self.provider}/{self.operation}"

    def as_document(self) -> dict[str, Any]:
        """Return what its file holds."""
        answer = {"status": self.status, "headers": self.headers, "body": self.body}
        whole = {"source": self.source, "request": self.request, "response": answer}
        return whole | ({"allowed": self.allowed} if self.allowed else {})


def recording_of(exchange: Exchange, provider: str, source: str) -> Recording:
    """Return the shape of an exchange."""
    request = exchange.request
    return Recording(
        provider,
        exchange.operation,
        source,
        {"method": request.method, "path": redact_path(request.url.path), "body": _request_shape(request)},
        exchange.response.status_code,
        redact_headers(exchange.response.headers),
        redact_value(read_json(exchange.response.content)),
    )


def write_recordings(folder: Path, recordings: Iterable[Recording], private: Iterable[str]) -> None:
    """Write each recording; raises `LeakError`, and writes none, when one holds any of the `private` words."""
    texts = {Path(recording.name): _text_of(folder, recording) for recording in recordings}
    for name, text in texts.items():
        if any(word in text for word in private if word):
            raise LeakError(f"Nothing was recorded: the shape of {name} holds a key or a text that was sent.")
    for name, text in texts.items():
        target = folder / name.with_suffix(".json")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def read_recordings(folder: Path) -> list[Recording]:
    """Return every recording of a folder, in order."""
    return [_read(path) for path in sorted(folder.glob("*/*.json"))]


def _read(path: Path) -> Recording:
    document = json.loads(path.read_text(encoding="utf-8"))
    answer = document["response"]
    return Recording(
        path.parent.name,
        path.stem,
        document["source"],
        document["request"],
        answer["status"],
        answer["headers"],
        answer["body"],
        document.get("allowed", {}),
    )


def _text_of(folder: Path, recording: Recording) -> str:
    """Return the file's text; what an earlier file of the same operation allows stays allowed."""
    known = folder / f"{recording.name}.json"
    document = recording.as_document()
    if known.exists() and (allowed := _read(known).allowed):
        document["allowed"] = allowed
    return json.dumps(document, indent=2) + "\n"


def _request_shape(request: httpx.Request) -> Any:
    if request.headers.get("content-type", "").startswith("multipart/"):
        return {"multipart": [name.decode() for name in _FIELD.findall(request.content)]}
    return redact_value(read_json(request.content)) if request.content else None
