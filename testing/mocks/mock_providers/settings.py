"""The settings of both simulators, and the only reader of the environment in this package."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_FEWEST_CHILDREN, _MOST_CHILDREN = 2, 16

Seconds = Annotated[float, Field(ge=0, le=3600)]
Rate = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


def _from_json(value: Any) -> Any:
    """Return the list that a variable holds as JSON; decoded here, as a wrong one is then told like any other value."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        raise ValueError("it should be a list in JSON, such as [1.0, 2.0]") from None


Waits = Annotated[tuple[Seconds, ...], NoDecode, BeforeValidator(_from_json)]


class SharedSettings(BaseSettings):
    """What both simulators know: where they keep their state, and where they may not run."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    data_dir: Path | None = Field(default=None, validation_alias="MOCK_DATA_DIR")
    """Folder of the durable state; without it a temporary folder that ends with the process."""
    environment: str = Field(default="local", validation_alias="ENVIRONMENT")
    """The simulators refuse to start where this names staging or production."""


class LlamaParseSettings(SharedSettings):
    """Settings of the LlamaParse simulator, each from `MOCK_LLAMAPARSE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="MOCK_LLAMAPARSE_", extra="ignore", frozen=True, populate_by_name=True)

    api_key: str | None = None
    """The one bearer key that is accepted; without it every key is."""
    mode: Literal["document", "generated"] = "generated"
    """`document`: the real text of the uploaded file. `generated`: content made from the document id."""
    delay: Seconds = 2.0
    """Seconds that a job stays in work at least."""
    failure_rate: Rate = 0.0
    seed: int = 0
    pages: Annotated[int, Field(ge=1, le=100_000)] = 2
    """Pages of a generated document."""
    max_file_bytes: Count = 512 * 1024 * 1024
    max_pages: Count = 10_000
    max_unpacked_bytes: Count = 300 * 1024 * 1024
    """Most bytes that a DOCX may unpack to."""
    memory_mb: Annotated[int, Field(ge=128)] = 1024
    """Address space of one parsing child (not enforced on macOS)."""
    range_pages: Count = 100
    """Pages that a parsing child reads at a time."""
    range_cpu_seconds: Annotated[int, Field(ge=1)] = 60
    range_wall_seconds: Annotated[float, Field(gt=0)] = 120.0
    children: Annotated[int, Field(ge=0, le=16)] = 0
    """Parsing children at once; further documents wait. 0: as many as there are cores, and two at least."""
    cache_hours: Annotated[float, Field(ge=0)] = 48.0
    webhook_retry_waits: Waits = (1.0, 2.0)
    """Seconds between the tries of one delivery; one try more than there are waits."""
    webhook_timeout: Annotated[float, Field(gt=0)] = 30.0
    source_timeout: Annotated[float, Field(gt=0)] = 30.0
    """Seconds after which the fetch of a `source_url` is given up."""

    @property
    def children_at_once(self) -> int:
        """How many children there may be: with two, a short document does not wait for a long one."""
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        return self.children or min(max(cores, _FEWEST_CHILDREN), _MOST_CHILDREN)


class OpenAISettings(SharedSettings):
    """Settings of the OpenAI simulator, each from `MOCK_OPENAI_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="MOCK_OPENAI_", extra="ignore", frozen=True, populate_by_name=True)

    api_key: str | None = None
    """The one bearer key that is accepted; without it every key is."""
    mode: Literal["lexical", "semantic", "minilm", "fixed"] = "lexical"
    """Which model is served beside the lexical ones, which are always there; the vectors of `fixed` mean nothing."""
    delay: Seconds = 0.0
    failure_rate: Rate = 0.0
    seed: int = 0
    batch_delay: Seconds = 2.0
    """Seconds that a batch is in progress at least."""
    max_inputs: Count = 2048
    max_input_tokens: Count = 8192
    """Most tokens of one input."""
    max_request_tokens: Count = 300_000
    """Most tokens of all inputs of a request together."""
    max_batch_lines: Count = 50_000
    max_batch_inputs: Count = 50_000
    """Most inputs of all lines of a batch together."""
    max_batch_bytes: Count = 200 * 1024 * 1024
    """Largest input file of a batch."""
    max_file_bytes: Count = 512 * 1024 * 1024
    max_body_bytes: Count = 8 * 1024 * 1024
    requests_per_minute: Annotated[int, Field(ge=0)] = 0
    """Rate limit; 0 enforces none and shows a large one in the headers."""
    tokens_per_minute: Annotated[int, Field(ge=0)] = 0
    encoders: Annotated[int, Field(ge=1, le=16)] = 2
    """Requests encoded at once; further ones wait."""
