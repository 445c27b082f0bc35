"""The faults that the LlamaParse simulator can play, by the call that they concern."""

from __future__ import annotations

SUBMIT = frozenset({"rate_limit", "payment_required", "server_error", "unavailable"})
"""Answers of the submit call: 429 without Retry-After, 402, 500, 503."""

JOB = frozenset({"fail_job", "fail_page"})
"""`fail_job`: `value` is the reason, as `TIMEOUT`. `fail_page`: `value` is the page number."""

WEBHOOK = frozenset({"lost_webhook", "duplicate_webhook", "late_webhook", "wrong_signature"})
"""`late_webhook`: `value` is the number of seconds."""

ALL = SUBMIT | JOB | WEBHOOK
