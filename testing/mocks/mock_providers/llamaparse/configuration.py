"""The options of a parse request, checked as strictly as the real service does.

Source: the request types of llama-cloud 2.19. Options that change nothing here are accepted and kept.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mock_providers.llamaparse.page_ranges import read_page_list
from mock_providers.llamaparse.tiers import Tier, is_version, resolve_version

PUSHED_EVENTS = ("parse.success", "parse.partial_success")
_NOT_PARSING = frozenset(
    {
        "client_name",
        "correlation_id",
        "disable_cache",
        "file_id",
        "source_url",
        "push_url",
        "saved_webhooks",
        "user_metadata",
        "webhook_configuration_ids",
        "webhook_configurations",
    }
)


class Strict(BaseModel):
    """Rejects unknown keys with the type `extra_forbidden`."""

    model_config = ConfigDict(extra="forbid")


class PageRanges(Strict):
    """Which pages to parse, counted from 1."""

    max_pages: Annotated[int, Field(ge=1)] | None = None
    target_pages: str | None = None

    @field_validator("target_pages")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            read_page_list(value)
        return value


class Webhook(Strict):
    """Where and how to tell about the events of a job."""

    webhook_url: Annotated[str, Field(pattern="^https?://")] | None = None
    webhook_events: list[str] | None = None
    webhook_headers: dict[str, Any] | None = None
    webhook_output_format: Literal["string", "json"] | None = None
    webhook_signing_secret: str | None = None


class OutputOptions(Strict):
    """What else to write; no effect here."""

    additional_outputs: list[str] | None = None
    extract_printed_page_number: bool | None = None
    granular_bboxes: list[Literal["cell", "line", "word"]] | None = None
    images_to_save: list[Literal["embedded", "layout", "screenshot"]] | None = None
    markdown: dict[str, Any] | None = None
    save_output_pdf: bool | None = None
    spatial_text: dict[str, Any] | None = None
    tables_as_spreadsheet: dict[str, Any] | None = None
    watermark_handling: Literal["move_to_end", "move_to_start", "remove"] | None = None


class ProcessingOptions(Strict):
    """How to read the pages; no effect here."""

    aggressive_table_extraction: bool | None = None
    auto_mode_configuration: list[dict[str, Any]] | None = None
    confidence_score_effort: Literal["high"] | None = None
    cost_optimizer: dict[str, Any] | None = None
    disable_heuristics: bool | None = None
    forms: Literal["default", "enrich"] | None = None
    ignore: dict[str, Any] | None = None
    ocr_parameters: dict[str, Any] | None = None
    specialized_chart_parsing: Literal["agentic", "agentic_plus", "efficient"] | None = None


class FailureConditions(Strict):
    """When a job with failed pages fails as a whole."""

    allowed_page_failure_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    fail_on_buggy_font: bool | None = None
    fail_on_image_extraction_error: bool | None = None
    fail_on_image_ocr_error: bool | None = None
    fail_on_markdown_reconstruction_error: bool | None = None


class Timeouts(Strict):
    """How long a job may take; the limits of the simulator's own settings stand beside it."""

    base_in_seconds: Annotated[int, Field(ge=1, le=7200)] | None = None
    extra_time_per_page_in_seconds: Annotated[int, Field(ge=0, le=300)] | None = None


class ProcessingControl(Strict):
    """Limits of a job."""

    job_failure_conditions: FailureConditions | None = None
    timeouts: Timeouts | None = None


class ParseConfiguration(Strict):
    """Everything that a parse request may say."""

    tier: Tier
    version: str
    agentic_options: dict[str, Any] | None = None
    client_name: str | None = None
    configuration_id: str | None = None
    crop_box: dict[str, float | None] | None = None
    disable_cache: bool | None = None
    fast_options: Any = None
    file_id: str | None = None
    http_proxy: str | None = None
    input_options: dict[str, Any] | None = None
    output_options: OutputOptions | None = None
    page_ranges: PageRanges | None = None
    processing_control: ProcessingControl | None = None
    processing_options: ProcessingOptions | None = None
    source_url: str | None = None
    user_metadata: dict[str, str] | None = None
    webhook_configuration_ids: list[str] | None = None
    webhook_configurations: list[Webhook] | None = None

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, value: Any) -> Any:
        """Refuse text that no encoding can write, as a lone surrogate, also where any JSON is taken."""
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise ValueError("the options hold text that is not Unicode") from error
        return value

    @field_validator("version")
    @classmethod
    def _known(cls, value: str) -> str:
        if not is_version(value):
            raise ValueError("version must be 'latest' or a dated version such as '2026-09-28'")
        return value

    def options_hash(self) -> str:
        """Return the hash of the options that change the result."""
        options = self.model_dump(mode="json", exclude_none=True, exclude=set(_NOT_PARSING))
        options["version"] = resolve_version(self.tier, self.version)
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


class JobOptions(ParseConfiguration):
    """The options of a job as they are kept: with the saved webhooks that it named, and the push of API v1."""

    saved_webhooks: list[Webhook] = Field(default_factory=list)
    push_url: str | None = None
    """Where the whole result is sent, unsigned, once there is one."""
    correlation_id: str | None = None
    """Under which id the caller knows the work, for the log."""

    def hooks(self) -> list[Webhook]:
        """Return the webhooks that have an address; the push is the last of them."""
        own = [hook for hook in self.webhook_configurations or [] if hook.webhook_url]
        push = Webhook(webhook_url=self.push_url, webhook_events=list(PUSHED_EVENTS)) if self.push_url else None
        return [*own, *self.saved_webhooks, *([push] if push else [])]

    def is_push(self, hook: int) -> bool:
        """Tell whether webhook number `hook` is the push."""
        return self.push_url is not None and hook == len(self.hooks()) - 1
