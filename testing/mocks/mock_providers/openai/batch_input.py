"""Checks the input file of a batch line by line, and remembers where each line lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from mock_providers.openai.batch_request import ENDPOINT
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.models import Model

_MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line lies in the file."""

    custom_id: str
    offset: int
    length: int


@dataclass(slots=True)
class BatchInput:
    """What a look through the file has found: lines if it can be worked on, errors if it cannot."""

    lines: list[Line] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    model: str | None = None
    inputs: int = 0

    def refuse(self, code: str, message: str, *, param: str | None = None, line: int | None = None) -> None:
        """Add an error in the shape of the API."""
        if len(self.errors) < _MOST_ERRORS:
            self.errors.append({"code": code, "message": message, "param": param, "line": line})

    def told(self) -> str:
        """Return the errors as JSON."""
        return orjson.dumps(self.errors).decode()


def check_input(path: Path, limits: DeskValues, models: dict[str, Model]) -> BatchInput:
    """Look through the input file of a batch."""
    found = BatchInput()
    if (size := path.stat().st_size) > limits.max_batch_bytes:
        found.refuse("file_too_large", f"The file has {size} bytes; at most {limits.max_batch_bytes} are allowed.")
        return found
    _read_lines(path, limits, models, found)
    if not found.lines and not found.errors:
        found.refuse("empty_file", "The input file has no requests.")
    if found.inputs > limits.max_batch_inputs:
        told = f"The batch has {found.inputs} embedding inputs; at most {limits.max_batch_inputs} are allowed."
        found.refuse("too_many_inputs", told)
    return found


def _read_lines(path: Path, limits: DeskValues, models: dict[str, Model], found: BatchInput) -> None:
    seen: set[str] = set()
    offset = 0
    with path.open("rb") as source:
        for number, raw in enumerate(source, start=1):
            start, offset = offset, offset + len(raw)
            if not raw.strip():
                continue
            if len(found.lines) >= limits.max_batch_lines:
                told = f"The batch has too many tasks; at most {limits.max_batch_lines} are allowed."
                found.refuse("too_many_tasks", told)
                return
            custom_id = _check_line(raw, number, models, found)
            if custom_id in seen:
                found.refuse("duplicate_custom_id", _DUPLICATE, param="custom_id", line=number)
            seen.add(custom_id)
            found.lines.append(Line(custom_id, start, len(raw)))


_DUPLICATE = "The custom_id of this request is a duplicate of another one; it must be unique within a batch."


def _check_line(raw: bytes, number: int, models: dict[str, Model], found: BatchInput) -> str:
    """Return the `custom_id` of a line and add its errors; a made-up one where it has none."""
    unknown = f"\0{number}"
    try:
        request = orjson.loads(raw)
    except orjson.JSONDecodeError:
        request = None
    if not isinstance(request, dict):
        found.refuse("invalid_json_line", "This line is not parseable as valid JSON.", line=number)
        return unknown
    for name, kind in (("custom_id", str), ("method", str), ("url", str), ("body", dict)):
        if not isinstance(request.get(name), kind) or not request[name]:
            message = f"Missing required parameter: '{name}'."
            found.refuse("missing_required_parameter", message, param=name, line=number)
            return unknown
    _check_target(request, number, found)
    _check_model(request["body"].get("model"), number, models, found)
    found.inputs += _count_inputs(request["body"].get("input"))
    return str(request["custom_id"])


def _check_target(request: dict[str, Any], number: int, found: BatchInput) -> None:
    if request["method"] != "POST":
        found.refuse("invalid_method", "The method of each request must be POST.", param="method", line=number)
    if request["url"] != ENDPOINT:
        message = f"The URL of this request does not match the endpoint of the batch, {ENDPOINT}."
        found.refuse("url_mismatch", message, param="url", line=number)


def _check_model(name: Any, number: int, models: dict[str, Model], found: BatchInput) -> None:
    if not isinstance(name, str) or name not in models:
        message = "The model of this request does not exist or is not supported by the Batch API."
        found.refuse("model_not_found", message, param="body.model", line=number)
    elif found.model is None:
        found.model = name
    elif found.model != name:
        message = f"All requests of a batch must name the same model; the first one names '{found.model}'."
        found.refuse("model_mismatch", message, param="body.model", line=number)


def _count_inputs(value: Any) -> int:
    is_list = isinstance(value, list) and value and isinstance(value[0], str | list)
    return len(value) if is_list else 1
