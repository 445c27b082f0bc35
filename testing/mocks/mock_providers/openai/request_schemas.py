"""The request bodies of the routes that read them raw, for the simulator's own OpenAPI description."""

from __future__ import annotations

from typing import Any

from mock_providers.openai.batch_request import ENDPOINT, WINDOW
from mock_providers.openai.file_uploads import PURPOSES
from mock_providers.openai.models import CATALOGUE

_TEXT = {"type": "string", "minLength": 1}
_TOKENS = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1}


def _body(media_type: str, required: list[str], properties: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties, "additionalProperties": not closed}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


EMBEDDING = _body(
    "application/json",
    ["model", "input"],
    {
        "model": {"enum": [model.name for model in CATALOGUE]},
        "input": {
            "anyOf": [
                _TEXT,
                {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 2048},
                _TOKENS,
                {"type": "array", "items": _TOKENS, "minItems": 1, "maxItems": 2048},
            ]
        },
        "encoding_format": {"enum": ["float", "base64"], "default": "float"},
        "dimensions": {"type": "integer", "minimum": 1},
        "user": {"type": "string"},
    },
)

UPLOAD = _body(
    "multipart/form-data",
    ["purpose", "file"],
    {
        "purpose": {"enum": list(PURPOSES)},
        "file": {"type": "string", "format": "binary"},
        "expires_after[anchor]": {"enum": ["created_at"]},
        "expires_after[seconds]": {"type": "integer", "minimum": 3600, "maximum": 2_592_000},
    },
    closed=False,
)

BATCH = _body(
    "application/json",
    ["input_file_id", "endpoint", "completion_window"],
    {
        "input_file_id": _TEXT,
        "endpoint": {"enum": [ENDPOINT]},
        "completion_window": {"enum": [WINDOW]},
        "metadata": {
            "anyOf": [
                {"type": "null"},
                {"type": "object", "maxProperties": 16, "additionalProperties": {"type": "string", "maxLength": 512}},
            ]
        },
        "output_expires_after": {
            "type": "object",
            "required": ["anchor", "seconds"],
            "properties": {
                "anchor": {"enum": ["created_at"]},
                "seconds": {"type": "integer", "minimum": 3600, "maximum": 2_592_000},
            },
        },
    },
)
