"""Reading and checking the body of an embedding request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from mock_providers.openai.answer import EncodingFormat
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.encoders.fixed import guessed_tokens
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

_KEYS = frozenset({"model", "input", "encoding_format", "dimensions", "user"})


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """A request that may be served."""

    model: Model
    texts: list[str]
    tokens: list[int]
    """Token count of each text."""
    dimensions: int
    encoding_format: EncodingFormat


def read_request(body: bytes, models: dict[str, Model], limits: DeskValues, tokenizer: Tokenizer) -> EmbeddingRequest:
    """Return the checked request; raises `ApiError` with the provider's body."""
    return check_request(json_fields(body), models, limits, tokenizer)


def check_request(
    fields: dict[str, Any], models: dict[str, Model], limits: DeskValues, tokenizer: Tokenizer
) -> EmbeddingRequest:
    """Return the checked request whose body holds `fields`; raises `ApiError` with the provider's body."""
    reject_unknown(fields, _KEYS)
    if not isinstance(fields.get("user"), str | None):
        raise invalid_field("user")
    model = _model(fields, models)
    encoding_format = _encoding_format(fields.get("encoding_format"))
    dimensions = _dimensions(fields.get("dimensions"), model)
    inputs = _inputs(fields.get("input"), limits.max_inputs)
    texts, tokens = _measured(inputs, tokenizer, guessed=model.mode == "fixed")
    _check_tokens(tokens, limits)
    return EmbeddingRequest(model, texts, tokens, dimensions, encoding_format)


def json_fields(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; raises the 400 if there is none."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(fields, dict):
        raise ApiError(400, "The JSON body of your request must be an object.")
    return fields


def reject_unknown(fields: dict[str, Any], known: frozenset[str]) -> None:
    """Raise the 400 of a key that the schema does not have, if there is one."""
    for name in fields:
        if name not in known:
            raise unknown_argument(name)


def _model(fields: dict[str, Any], models: dict[str, Model]) -> Model:
    name = fields.get("model")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "you must provide a model parameter")
    if name not in models:
        raise unknown_model(name)
    return models[name]


def _encoding_format(wanted: object) -> EncodingFormat:
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


def _measured(
    inputs: list[str] | list[list[int]], tokenizer: Tokenizer, *, guessed: bool
) -> tuple[list[str], list[int]]:
    if isinstance(inputs[0], str):
        texts = [str(text) for text in inputs]
        return texts, guessed_tokens(texts) if guessed else tokenizer.counts(texts)
    token_lists = [[int(token) for token in tokens] for tokens in inputs]
    try:
        return tokenizer.texts(token_lists), [len(tokens) for tokens in token_lists]
    except ValueError as error:
        raise invalid_field("input") from error


def _check_tokens(tokens: list[int], limits: DeskValues) -> None:
    if (longest := max(tokens)) > limits.max_input_tokens:
        raise input_too_long(longest, limits.max_input_tokens)
    if (total := sum(tokens)) > limits.max_request_tokens:
        raise request_too_long(total, limits.max_request_tokens)
