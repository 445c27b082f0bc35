"""What a failure of the storage means to the caller: every foreign error becomes one of our tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import orjson

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, is_disk_full
from accessa.providers.http_calls import retry_after_seconds
from accessa.telemetry.logs import redact

_BODY_CHARS = 500
_SERVER_FAULT = 500
_FULL_STATUS = 507
_BUSY = {408, 423, 425, 429}
# A request that httpx itself refuses to send: the address or the key is wrong, and waiting will not mend it.
_MISCONFIGURED = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failed answer; `status` is the meaning, which Storage tells in the body under HTTP 400."""

    status: int
    code: str
    error: str
    body: str
    retry_after_seconds: float | None

    @property
    def is_missing_object(self) -> bool:
        """Whether the object, not the bucket or the route, was not found."""
        return self.status == httpx.codes.NOT_FOUND and "NoSuchKey" in {self.code, _CODE_OF_OLD.get(self.error)}

    @property
    def is_missing_bucket(self) -> bool:
        """Whether the bucket was not found."""
        return self.status == httpx.codes.NOT_FOUND and "NoSuchBucket" in {self.code, _CODE_OF_OLD.get(self.error)}

    @property
    def is_duplicate(self) -> bool:
        """Whether the name was taken."""
        return self.status == httpx.codes.CONFLICT

    def as_error(self) -> AccessaError:
        """Return the error of our tree, with the provider's own status and body."""
        kind, code, message = self._meaning()
        return kind(
            code,
            message,
            provider_status=self.status,
            provider_body=self.body,
            retry_after_seconds=self.retry_after_seconds,
        )

    def _meaning(self) -> tuple[type[AccessaError], str, str | None]:
        if self.is_missing_object:
            return PermanentError, "SOURCE_MISSING", None
        if self.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return (
                PermanentError,
                "FILE_TOO_LARGE",
                "The object storage refuses a file of this size; split it or raise the bucket's limit.",
            )
        if self.code == "InsufficientStorage" or self.error == "disk_full" or self.status == _FULL_STATUS:
            return RecoverableError, "STORAGE_FULL", None
        if self.status >= _SERVER_FAULT or self.status in _BUSY:
            return RecoverableError, "STORAGE_UNAVAILABLE", None
        return RecoverableError, "STORAGE_REFUSED", None


# Servers before 2024 name no code; their `error` says the same.
_CODE_OF_OLD = {"not_found": "NoSuchKey", "Bucket not found": "NoSuchBucket"}


def refusal_of(response: httpx.Response) -> Refusal | None:
    """Return what a read answer refuses, or None when it is a success."""
    if response.is_success:
        return None
    fields = _fields(response.content)
    told = str(fields.get("statusCode", ""))
    return Refusal(
        status=int(told) if told.isascii() and told.isdigit() and len(told) == 3 else response.status_code,  # noqa: PLR2004
        code=str(fields.get("code", "")),
        error=str(fields.get("error", "")),
        body=redact(response.text)[:_BODY_CHARS],
        retry_after_seconds=retry_after_seconds(response),
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn every error of the HTTP library, and a full disk on our side, into one of our tree."""
    try:
        yield
    except _MISCONFIGURED as error:
        # Not chained: such errors may quote the header that holds the key.
        raise RecoverableError("STORAGE_REFUSED", provider_body=type(error).__name__) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.CookieConflict) as error:
        raise RecoverableError("STORAGE_UNAVAILABLE", provider_body=type(error).__name__) from None
    except OSError as error:
        if is_disk_full(error):
            raise RecoverableError("DISK_FULL") from error
        raise


def broken_contract(response: httpx.Response) -> AccessaError:
    """Return the error of a successful answer whose body does not follow the contract."""
    return RecoverableError(
        "STORAGE_UNAVAILABLE",
        "The object storage answered in a form that does not follow its contract; check SUPABASE_URL.",
        provider_status=response.status_code,
    )


def _fields(content: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
