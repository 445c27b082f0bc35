"""The error tree, split by what the caller should do.

    AccessaError                 has a stable code and a plain sentence
    ├── TransientError           try the same work again after a pause; counts as an attempt
    ├── RecoverableError         the provider is out: wait, without counting an attempt
    │   ├── RequestTooLargeError the provider takes no request of this size: cut it in two
    │   ├── GateClosedError      all workers leave the provider alone for now: nothing was asked, wait as long as told
    │   └── BudgetReachedError   a budget has no room for the purchase: nothing was asked, wait as long as told
    ├── PermanentError           trying again cannot help: the job fails with this code
    ├── WorkerStoppingError      the worker is told to stop and buys nothing more: hand the job back
    ├── LeaseLostError           another worker owns the job: drop it, touch nothing
    └── UsageError               the caller asked for something wrong or missing

Every code is a row of `accessa.domain.error_catalogue`.
"""

from __future__ import annotations

import errno

from accessa.domain.error_catalogue import CATALOGUE

_MOST_WORDS = 500
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


def _storable(text: str) -> str:
    """Return the beginning of a provider's words without what the database refuses: control characters, half pairs."""
    whole = text[:_MOST_WORDS].encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else " " for char in whole)


class AccessaError(Exception):
    """An error with a stable code; `message` says what happened and what to do next."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        provider_status: int | None = None,
        provider_body: str | None = None,
        retry_after_seconds: float | None = None,
        pages: int | None = None,
    ) -> None:
        """Take the catalogue's sentence unless a more exact `message` is given; `pages` are those of the document."""
        self.code = code
        self.message = message or CATALOGUE[code].sentence
        self.provider_status = provider_status
        self.provider_body = _storable(provider_body) if provider_body else None
        self.retry_after_seconds = retry_after_seconds
        self.pages = pages
        super().__init__(f"{code}: {self.message}")

    @property
    def http_status(self) -> int:
        """The HTTP status under which the API tells this error."""
        return CATALOGUE[self.code].http_status

    def as_row(self) -> dict[str, object]:
        """Return what `upload_jobs.last_error` keeps: code, message, the provider's status and body, pages."""
        row: dict[str, object] = {"code": self.code, "message": self.message}
        if self.provider_status is not None:
            row["provider_status"] = self.provider_status
        if self.provider_body:
            row["provider_body"] = self.provider_body
        if self.pages is not None:
            row["pages"] = self.pages
        return row


class TransientError(AccessaError):
    """A fault that passes: retried after a pause, and counted as an attempt."""


class RecoverableError(AccessaError):
    """An outage, a rate limit or missing credit: the job waits and no attempt is counted."""


class RequestTooLargeError(RecoverableError):
    """The provider takes no request of this size: cut it in two, or give up on the one text it consists of."""


class GateClosedError(RecoverableError):
    """The gate of a provider lets no call through for now; nothing was asked of it, and the job waits."""

    def __init__(self, code: str, due_in_seconds: float, *, provider: str, tokens: float = 0) -> None:
        """Take why the gate is closed, after how many seconds it is worth another look, and whose gate it is.

        `tokens` are those that a rate limit leaves no room for.
        """
        super().__init__(code, retry_after_seconds=due_in_seconds)
        self.due_in_seconds = due_in_seconds
        self.provider = provider
        self.tokens = tokens


class WorkerStoppingError(AccessaError):
    """The worker has been told to stop: it begins no purchase, whose answer it might not live to see."""

    def __init__(self) -> None:
        """Take the only code this can have."""
        super().__init__("WORKER_STOPPING")


class BudgetReachedError(RecoverableError):
    """A budget has no room for a purchase; nothing was asked of the provider, and the job waits."""

    def __init__(self, message: str, due_in_seconds: float) -> None:
        """Take the sentence that names the setting, and after how many seconds the budget is worth another look."""
        super().__init__("BUDGET_REACHED", message)
        self.due_in_seconds = due_in_seconds


class PermanentError(AccessaError):
    """A fact about the document or the account that another try cannot change."""


def is_disk_full(error: BaseException) -> bool:
    """Tell whether the system says that the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _NO_SPACE


def file_too_large(most_bytes: int) -> AccessaError:
    """Return the refusal of a file over the limit, which it names in MB of 1,000,000 bytes."""
    limit = f"{most_bytes / 1_000_000:g} MB"
    return UsageError(
        "FILE_TOO_LARGE", f"The file is larger than the limit of {limit}; split it or raise UPLOAD_MAX_FILE_MB."
    )


class LeaseLostError(AccessaError):
    """The job was claimed by another worker; this one must not write."""

    def __init__(self) -> None:
        """Carry the one code of a lost lease."""
        super().__init__("LEASE_LOST")


class UsageError(AccessaError):
    """A request that cannot be served as asked."""
