"""What a provider's refusal of one cheap call says to the person who set it up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from accessa.domain.errors import AccessaError, UsageError

PATIENCE_SECONDS = 15.0

_OK = 200
_FORBIDDEN = 403
_KEY_STATUSES = {401, _FORBIDDEN}
_SILENCE = {"ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"}
_UNSENDABLE = "LocalProtocolError"


@dataclass(frozen=True, slots=True)
class ProviderFinding:
    """One service looked at; `mend` is what to do if it is not `ok`, else empty."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a service as the settings describe it: its name, who it is, and the variables that lead there.

    `key_mend` and `reach_mend` are what to do about a refused key and about silence, where more is known than usual.
    """

    name: str
    identity: str
    key_variable: str
    url_variable: str
    example_url: str
    patience_seconds: float
    model: str = ""
    key_mend: str = ""
    reach_mend: str = ""

    def good(self, sentence: str) -> ProviderFinding:
        """Return a finding that all is well."""
        return ProviderFinding(self.name, ok=True, sentence=f"{self.identity} {sentence}")

    def bad(self, sentence: str, mend: str) -> ProviderFinding:
        """Return a finding that something is not, and what mends it."""
        return ProviderFinding(self.name, ok=False, sentence=f"{self.identity} {sentence}", mend=mend)

    def without_key(self) -> ProviderFinding:
        """Return the finding of a key that is missing: nothing was asked."""
        return self.bad(f"was not asked: {self.key_variable} is not set.", f"Set {self.key_variable}.")

    def stranger(self, status: int | None = None) -> ProviderFinding:
        """Return the finding of an address at which something else answers."""
        told = f" (status {status})" if status else ""
        sentence = f"answers{told}, but not as the service that {self.url_variable} has to lead to."
        return self.bad(sentence, f"Correct {self.url_variable}; it has the form {self.example_url}")

    def refused(self, error: AccessaError) -> ProviderFinding:
        """Return the finding of an error; the provider's own words are left out, as they may quote the key."""
        status = error.provider_status
        match error.code.split("_", 1)[1]:
            case "REJECTED_KEY":
                return self._refused_key(status)
            case "REFUSED" if status in _KEY_STATUSES:
                return self._refused_key(status)
            case "UNAVAILABLE" if not status:
                return self._silent(error.provider_body or "")
            case "UNAVAILABLE" if status == _OK:  # an answer that could not be read
                return self.stranger()
            case kind:
                return self._known_trouble(kind, error) or self.stranger(status)

    def _known_trouble(self, kind: str, error: AccessaError) -> ProviderFinding | None:
        again = f"in {error.retry_after_seconds:.0f} s" if error.retry_after_seconds else "in a few minutes"
        told = {
            "IS_MOCK": ("is a simulator, though its address looks real.", f"Correct {self.url_variable}."),
            "NO_CREDIT": (f"accepts {self.key_variable}, but its account has no credit left.", "Add credit."),
            "MODEL_UNKNOWN": (f"does not serve the model {self.model}.", "Set EMBED_MODEL to one that it serves."),
            "RATE_LIMITED": ("limits the rate at this moment.", f"Ask again {again}."),
            "UNAVAILABLE": (f"is out of order (status {error.provider_status}).", f"Ask again {again}."),
        }
        return self.bad(*told[kind]) if kind in told else None

    def _refused_key(self, status: int | None) -> ProviderFinding:
        if status == _FORBIDDEN:
            sentence = f"allows {self.key_variable} nothing here (status {status})."
            mend = "Check what project and country of the account may use, or take another key."
            return self.bad(sentence, self.key_mend or mend)
        mend = f"Set a valid {self.key_variable}; a key is refused, too, in another region than its own: "
        sentence = f"refuses {self.key_variable} (status {status})."
        return self.bad(sentence, self.key_mend or f"{mend}see {self.url_variable}.")

    def _silent(self, kind: str) -> ProviderFinding:
        if kind == _UNSENDABLE:
            sentence = f"was not asked: {self.key_variable} holds a character that no request may carry."
            return self.bad(sentence, f"Set {self.key_variable} anew, without line breaks.")
        usual = f"Check {self.url_variable}, the network, and HTTPS_PROXY if there is a proxy."
        mend = self.reach_mend or usual
        if kind in _SILENCE:
            return self.bad(f"did not answer within {self.patience_seconds:g} s ({kind}).", mend)
        return self.bad(f"cannot be reached ({kind}).", mend)


async def asked(account: Account, key: str, look: Callable[[], Awaitable[ProviderFinding]]) -> ProviderFinding:
    """Return what `look` finds; nothing is asked without a key, and an error is a finding."""
    if not key:
        return account.without_key()
    try:
        return await look()
    except UsageError as error:
        return account.bad(f"was not asked: {error.message}", f"Correct {account.url_variable} or the key.")
    except AccessaError as error:
        return account.refused(error)
    except (httpx.InvalidURL, ValueError):  # not chained, not told: such an error may quote the key
        variables = f"{account.url_variable} or {account.key_variable}"
        return account.bad(f"was not asked: {variables} cannot be sent.", f"Correct {variables}.")
