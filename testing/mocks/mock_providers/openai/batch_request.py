"""Reading and checking the body that creates a batch."""

from __future__ import annotations

from typing import Any

from mock_providers.openai.batch_store import NewBatch
from mock_providers.openai.errors import invalid_value, missing_parameter
from mock_providers.openai.expiry import read_expiry
from mock_providers.openai.request import json_fields, reject_unknown

ENDPOINT = "/v1/embeddings"
WINDOW = "24h"
_KEYS = frozenset({"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"})
_MOST_PAIRS, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512
_SHOWN = 200


def read_batch(body: bytes) -> NewBatch:
    """Return what is asked for; raises the 400 of a body that cannot be."""
    fields = json_fields(body)
    reject_unknown(fields, _KEYS)
    return NewBatch(
        input_file_id=_text(fields, "input_file_id"),
        endpoint=_one_of(fields, "endpoint", ENDPOINT),
        completion_window=_one_of(fields, "completion_window", WINDOW),
        metadata=_metadata(fields.get("metadata")),
        output_seconds=read_expiry("output_expires_after", fields.get("output_expires_after")),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        raise missing_parameter(name)
    if not isinstance(value, str) or not value:
        raise invalid_value(name, "a string is expected.")
    return value


def _one_of(fields: dict[str, Any], name: str, supported: str) -> str:
    value = _text(fields, name)
    if value != supported:
        raise invalid_value(name, f"'{value[:_SHOWN]}' is not supported here; supported is '{supported}'.")
    return value


def _metadata(value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > _MOST_PAIRS:
        raise invalid_value("metadata", f"an object with at most {_MOST_PAIRS} pairs is expected.")
    for key, text in value.items():
        if not isinstance(text, str) or len(key) > _LONGEST_KEY or len(text) > _LONGEST_VALUE:
            told = f"keys have at most {_LONGEST_KEY} characters; values are strings of at most {_LONGEST_VALUE}."
            raise invalid_value("metadata", told)
    return value
