"""Reading and checking the body of an embedding request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from mock_providers.openai.errors import (
    ApiError,
    input_too_long,
    invalid_field,
    request_too_long,
    unknown_argument,
    unknown_model,
)
from mock_providers.openai.models import Model
from mock_providers.openai.tokens import Tokenizer

TOKENS_PER_INPUT = 8192
TOKENS_PER_REQUEST = 300_000
_KEYS = frozenset({"model", "input", "encoding_format", "dimensions", "user"})


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """A request that may be served."""

    model: Model
    texts: list[str]
    tokens: list[int]
    """Token count of each text."""
    dimensions: int
    encoding_format: Literal["float", "base64"]


def read_request(body: bytes, models: dict[str, Model], max_inputs: int, tokenizer: Tokenizer) -> EmbeddingRequest:
    """Return the checked request; raises `ApiError` with the provider's body."""
    fields = _fields(body)
    model = _model(fields, models)
    encoding_format = _encoding_format(fields.get("encoding_format"))
    dimensions = _dimensions(fields.get("dimensions"), model)
    inputs = _inputs(fields.get("input"), max_inputs)
    texts, tokens = _measured(inputs, tokenizer)
    _check_tokens(tokens)
    return EmbeddingRequest(model, texts, tokens, dimensions, encoding_format)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(fields, dict):
        raise ApiError(400, "The JSON body of your request must be an object.")
    for name in fields:
        if name not in _KEYS:
            raise unknown_argument(name)
    return fields


def _model(fields: dict[str, Any], models: dict[str, Model]) -> Model:
    name = fields.get("model")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "you must provide a model parameter")
    if name not in models:
        raise unknown_model(name)
    return models[name]


def _encoding_format(wanted: object) -> Literal["float", "base64"]:
    if wanted == "base64":
        return "base64"
    if wanted is None or wanted == "float":
        return "float"
    raise invalid_field("encoding_format")


def _dimensions(wanted: object, model: Model) -> int:
    if wanted is None or wanted == model.dimensions:
        return model.dimensions
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise invalid_field("dimensions")
    if not model.shortens:
        raise ApiError(400, "This model does not support specifying dimensions.", param="dimensions")
    if wanted > model.dimensions:
        message = f"Invalid value for 'dimensions' = {wanted}. Must be less than or equal to {model.dimensions}."
        raise ApiError(400, message, param="dimensions")
    return wanted


def _inputs(value: object, most: int) -> list[str] | list[list[int]]:
    """Return the inputs as a list of texts or of token lists."""
    if isinstance(value, str) or (isinstance(value, list) and value and _is_token(value[0])):
        value = [value]
    if not isinstance(value, list) or not 0 < len(value) <= most or not all(value):
        raise invalid_field("input")
    if all(isinstance(entry, str) for entry in value):
        return value
    if all(isinstance(entry, list) and all(map(_is_token, entry)) for entry in value):
        return value
    raise invalid_field("input")


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _measured(inputs: list[str] | list[list[int]], tokenizer: Tokenizer) -> tuple[list[str], list[int]]:
    if isinstance(inputs[0], str):
        texts = [str(text) for text in inputs]
        return texts, tokenizer.counts(texts)
    token_lists = [[int(token) for token in tokens] for tokens in inputs]
    try:
        return tokenizer.texts(token_lists), [len(tokens) for tokens in token_lists]
    except ValueError as error:
        raise invalid_field("input") from error


def _check_tokens(tokens: list[int]) -> None:
    if (longest := max(tokens)) > TOKENS_PER_INPUT:
        raise input_too_long(longest, TOKENS_PER_INPUT)
    if (total := sum(tokens)) > TOKENS_PER_REQUEST:
        raise request_too_long(total, TOKENS_PER_REQUEST)
