"""What the control desk of the OpenAI simulator offers beyond the shared values."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mock_providers.control import ControlValues


class DeskValues(ControlValues):
    """The shared values, and the rate limits; 0 enforces none."""

    requests_per_minute: Annotated[int, Field(ge=0)] = 0
    tokens_per_minute: Annotated[int, Field(ge=0)] = 0
