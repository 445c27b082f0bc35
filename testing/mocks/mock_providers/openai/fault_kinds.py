"""The faults that the OpenAI simulator can play, by what they do to a call.

`document` may be the name of a call (`embed`, `files.create`, `batches.retrieve`, …), a file or batch id, a `custom_id`
or a value of the metadata of a batch, or the SHA-256 or any piece of an input.
"""

from __future__ import annotations

from collections.abc import Callable

from mock_providers.faults import Fault
from mock_providers.openai import errors, wrong_answers
from mock_providers.openai.subjects import Subjects

_LONGEST_WAIT = 1_000_000.0
_INPUT_TOKENS, _REQUEST_TOKENS = 8192, 300_000
_SILENT = "silent"

# These strike a request only if it has more inputs than `value` says: a caller that halves its requests gets through.
BY_SIZE = frozenset({"input_too_long", "request_too_large"})


def _rate_limit(what: str, limit: int) -> Callable[[Fault], errors.ApiError]:
    """Refuse for `value` seconds, by default one; `silent` sends no header that says how long."""

    def refuse(fault: Fault) -> errors.ApiError:
        seconds = min(max(fault.number(1.0), 0.0), _LONGEST_WAIT)
        error = errors.rate_limited(what, limit, limit, 1, seconds)
        error.headers |= {f"x-ratelimit-limit-{what}": str(limit), f"x-ratelimit-remaining-{what}": "0"}
        if fault.value == _SILENT:
            error.headers.clear()
        return error

    return refuse


REFUSALS: dict[str, Callable[[Fault], errors.ApiError]] = {
    "rate_limit": _rate_limit("requests", 3000),
    "token_rate_limit": _rate_limit("tokens", 1_000_000),
    "quota": lambda fault: errors.no_money(str(fault.value) if fault.value else None),
    "slow_down": lambda _: errors.slow_down(),
    "unauthorized": lambda _: errors.wrong_key(),
    "forbidden": lambda fault: errors.forbidden(fault.value),
    "server_error": lambda _: errors.server_error(),
    "overloaded": lambda _: errors.overloaded(),
    "input_too_long": lambda _: errors.input_too_long(_INPUT_TOKENS + 1, _INPUT_TOKENS),
    "request_too_large": lambda _: errors.request_too_long(_REQUEST_TOKENS + 1, _REQUEST_TOKENS),
}
"""`quota`: `value` is a newer code, as `credit_balance_exhausted`. `forbidden`: `value` may be `model`."""

DELAYS = frozenset({"slow_answer"})
"""`value` is the number of seconds before the answer."""

HANGS = frozenset({"hang"})
"""No answer ever comes, and nothing is done or billed."""

BROKEN_ANSWERS = frozenset({"malformed_answer", "cut_answer", "lost_answer"})
"""All is done and billed: then come 200 and half of the JSON, a reset in the middle of the body, or a reset at once."""

WRONG_ANSWERS = wrong_answers.WRONG_ANSWERS
"""Status 200 with a content that is wrong; lines of batches are struck as well."""

BATCH = frozenset({"batch_fail", "batch_expire", "batch_line_errors", "batch_stuck"})
"""What becomes of a batch, decided when it is created.

`batch_fail`: `value` is the code. `batch_expire`: `value` is the share of lines that is finished. `batch_line_errors`:
`value` is the share of lines that fails. `batch_stuck`: it stays in progress until it is cancelled.
"""

ALL = REFUSALS.keys() | DELAYS | HANGS | WRONG_ANSWERS.keys() | BROKEN_ANSWERS | BATCH
MENDED_BY_RETRY = ("rate_limit", "server_error", "overloaded")


def concerns(fault: Fault, subjects: Subjects) -> bool:
    """Tell whether a refusal may strike a call about `subjects`."""
    return fault.kind not in BY_SIZE or len(subjects.inputs) > fault.number(0)
