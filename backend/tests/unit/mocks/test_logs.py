"""Logs are JSON lines that never carry what an exception says."""

from __future__ import annotations

import json
import logging
import sys

from mock_providers.logs import JsonLines


def test_an_exception_is_logged_without_its_message() -> None:
    """Only the type of an exception and where it was raised are written, and only catalogued fields."""
    try:
        int("secret words of a document")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "parsing failed", None, sys.exc_info())
    record.fields = {"parse_job_id": "pjb-1", "words": "secret"}

    line = JsonLines("mock").format(record)
    event = json.loads(line)

    assert "secret" not in line
    assert ("parsing failed", "ValueError", "pjb-1", "mock") == (
        event["event"],
        event["error_type"],
        event["parse_job_id"],
        event["service"],
    )
