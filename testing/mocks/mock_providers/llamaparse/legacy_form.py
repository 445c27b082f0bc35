"""The flat form of API v1, read into the options of v2."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException
from pydantic import ValidationError

from mock_providers.llamaparse.configuration import ParseConfiguration
from mock_providers.llamaparse.submission import located
from mock_providers.llamaparse.tiers import Tier

_TIERS: dict[str, Tier] = {
    "parse_page_without_llm": "fast",
    "parse_page_with_llm": "cost_effective",
    "parse_page_with_lvm": "agentic",
    "parse_page_with_agent": "agentic",
    "parse_page_with_layout_agent": "agentic",
    "parse_document_with_llm": "cost_effective",
    "parse_document_with_lvm": "agentic",
    "parse_document_with_agent": "agentic_plus",
}
_PAGE = re.compile(r"\d{1,6}")
_TRUE = frozenset({"true", "1", "yes", "on"})

Form = Mapping[str, str]


def read_legacy_form(form: Form) -> ParseConfiguration:
    """Return the checked options; v1 takes no offence at fields that it does not know. Raises 400 or 422."""
    values: dict[str, Any] = {
        "tier": _tier(form),
        "version": form.get("version") or "latest",
        "disable_cache": _is_true(form, "do_not_cache") or _is_true(form, "invalidate_cache"),
        "page_ranges": _page_ranges(form),
        "webhook_configurations": _webhooks(form.get("webhook_configurations")),
    }
    prompts = [form[name] for name in ("system_prompt", "user_prompt", "parsing_instruction") if form.get(name)]
    if prompts:
        values["agentic_options"] = {"custom_prompt": "\n".join(prompts)}
    if form.get("language"):
        values["processing_options"] = {"ocr_parameters": {"languages": form["language"].split(",")}}
    try:
        return ParseConfiguration.model_validate(values)
    except ValidationError as error:
        raise located(error) from error


def _tier(form: Form) -> str:
    if form.get("tier"):
        return form["tier"]
    if _is_true(form, "premium_mode"):
        return "agentic_plus"
    if _is_true(form, "fast_mode"):
        return "fast"
    mode = form.get("parse_mode") or "parse_page_with_llm"
    if mode not in _TIERS:
        raise HTTPException(400, f"Invalid parse_mode: {mode}")
    return _TIERS[mode]


def _page_ranges(form: Form) -> dict[str, Any] | None:
    ranges: dict[str, Any] = {}
    if form.get("target_pages"):
        ranges["target_pages"] = _counted_from_one(form["target_pages"])
    # 0 stands for no limit.
    if form.get("max_pages", "0") not in {"", "0"}:
        ranges["max_pages"] = form["max_pages"]
    return ranges or None


def _counted_from_one(pages: str) -> str:
    """Return a page list of v1, which counts from 0, as one that counts from 1."""
    return _PAGE.sub(lambda page: str(int(page[0]) + 1), pages)


def _webhooks(text: str | None) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"Invalid JSON in webhook_configurations: {error}") from error


def _is_true(form: Form, name: str) -> bool:
    return form.get(name, "").lower() in _TRUE
