"""The faults that the LlamaParse simulator can play, by the call that they concern."""

from __future__ import annotations

from typing import Final, Literal

Operation = Literal["submit", "upload", "fetch"]

REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "unauthorized": (401, "Invalid authentication token"),
    "payment_required": (402, "You've exceeded the maximum number of credits for your plan."),
    "forbidden": (403, "You do not have access to this project."),
    # The real service sends no Retry-After here.
    "rate_limit": (429, "Rate limit exceeded. Please slow down your requests."),
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
    "unavailable": (503, "Service temporarily unavailable"),
    "gateway_timeout": (504, "Gateway Timeout"),
}
"""Status and `detail`. `rate_limit`: `value` is Retry-After in seconds. `payment_required`: `value` is the detail."""

_ANSWERS = frozenset({"slow_answer", "lost_answer", "malformed_answer", "missing_id"})
"""The call is served, but: `value` seconds late, the connection closes instead, broken JSON, no `id`."""

SUBMIT = frozenset(REFUSALS | dict.fromkeys(_ANSWERS | {"webhook_before_answer"}))
"""Of the calls that create a job. `webhook_before_answer`: the job runs to its end before the answer, which
waits at most `value` seconds."""

UPLOAD = frozenset(f"upload_{kind}" for kind in REFUSALS | dict.fromkeys(_ANSWERS))
"""Of the upload of a file."""

FETCH_REFUSALS = {**REFUSALS, "not_found": (404, "Parse job not found")}

FETCH = frozenset(
    f"fetch_{kind}" for kind in FETCH_REFUSALS | dict.fromkeys(("slow_answer", "lost_answer", "malformed", "cut"))
)
"""Of looking at a job; its subjects are also `status` and `result`. `fetch_cut` ends in the middle of the body."""

JOB = frozenset({"fail_job", "fail_page", "empty_result", "whitespace_result", "images_only", "stuck"})
"""`fail_job`: `value` is the reason, as `TIMEOUT`. `fail_page`: the page number, or pages as `1,3-5`.
`empty_result`: `no_pages` leaves out the pages, too. `stuck`: `PENDING` or `RUNNING` (default)."""

DELIVERY = frozenset({"lost_webhook", "duplicate_webhook", "late_webhook", "out_of_order"})
"""`duplicate_webhook`: how many, at once when more than 2. `late_webhook`: seconds. `out_of_order`: other events of
a job wait until its last one was sent."""

MESSAGE = frozenset(
    {
        "wrong_signature",
        "missing_signature",
        "wrong_secret",
        "altered_body",
        "wrong_event",
        "unknown_event",
        "string_format",
        "not_json",
        "not_utf8",
        "missing_fields",
        "oversized",
        "gzip_body",
        "slow_body",
        "wrong_content_type",
    }
)
"""What one webhook says, see `webhook_faults`."""

WEBHOOK = DELIVERY | MESSAGE
ALL = SUBMIT | UPLOAD | FETCH | JOB | WEBHOOK

OF_CALL: dict[Operation, frozenset[str]] = {"submit": SUBMIT, "upload": UPLOAD, "fetch": FETCH}
MENDED_BY_RETRY = ("rate_limit", "unavailable", "fail_job")
"""What the failure rate chooses from."""


def bare_kind(kind: str, operation: Operation) -> str:
    """Return the name of a fault without the call that it concerns."""
    return kind if operation == "submit" else kind.removeprefix(f"{operation}_")
