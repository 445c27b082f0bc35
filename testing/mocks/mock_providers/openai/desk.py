"""What the control desk of the OpenAI simulator offers beyond the shared values."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mock_providers.control import ControlValues
from mock_providers.settings import OpenAISettings

Limit = Annotated[int, Field(ge=1, le=1_000_000_000)]
RateLimit = Annotated[int, Field(ge=0, le=1_000_000_000)]


class DeskValues(ControlValues):
    """The shared values, the delay of batches, and the limits, which can be made small for a test."""

    batch_delay: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """Seconds that a batch is in progress at least; a change also concerns batches that are."""
    requests_per_minute: RateLimit = 0
    """0 enforces none."""
    tokens_per_minute: RateLimit = 0
    """0 enforces none."""
    max_inputs: Limit = 2048
    max_input_tokens: Limit = 8192
    max_request_tokens: Limit = 300_000
    max_batch_lines: Limit = 50_000
    max_batch_inputs: Limit = 50_000
    max_batch_bytes: Limit = 200 * 1024 * 1024


def start_values(settings: OpenAISettings) -> DeskValues:
    """Return the values that the settings give."""
    return DeskValues(**settings.model_dump(include=set(DeskValues.model_fields)))
