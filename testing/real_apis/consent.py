"""Whether paid services may be called at all: nothing but a variable set for this purpose allows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from accessa.domain.provider_identity import identity_of, is_mock

OPT_IN = "ACCESSA_REAL_APIS"
LIMIT = "ACCESSA_REAL_COST_LIMIT_USD"
RECORD_TO = "ACCESSA_REAL_RECORD_TO"
PARSE_KEY = "LLAMAPARSE_API_KEY"
EMBED_KEY = "OPENAI_API_KEY"
CONTRACTS = Path(__file__).resolve().parents[1] / "fixtures" / "contracts"

_DEFAULT_LIMIT = "1"


class ConsentMissingError(Exception):
    """Nothing was called, and the sentence says what to set."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a paid service."""

    kind: str
    base_url: str
    key: str = field(repr=False)

    @property
    def identity(self) -> str:
        """Who answers there, as the product would name it."""
        return identity_of(self.kind, self.base_url)


@dataclass(frozen=True, slots=True)
class Consent:
    """What may be called, for how much money, and where the recordings go."""

    parse: Account | None
    embed: Account | None
    limit_usd: Decimal
    recordings: Path


def is_asked_for(environment: Mapping[str, str]) -> bool:
    """Tell whether somebody has asked for calls that cost money."""
    return environment.get(OPT_IN) == "1"


def read_consent(environment: Mapping[str, str]) -> Consent:
    """Return what may be called; raises `ConsentMissingError` when that is nothing."""
    if not is_asked_for(environment):
        raise ConsentMissingError(
            f"Nothing was called. These tests cost money: set {OPT_IN}=1, and {PARSE_KEY} or {EMBED_KEY} with it."
        )
    parse = _account(environment, "llamaparse", PARSE_KEY, "LLAMAPARSE_BASE_URL", "https://api.cloud.llamaindex.ai")
    embed = _account(environment, "openai", EMBED_KEY, "OPENAI_BASE_URL", "https://api.openai.com/v1")
    if parse is None and embed is None:
        raise ConsentMissingError(f"Nothing was called. {OPT_IN}=1 is set, but neither {PARSE_KEY} nor {EMBED_KEY} is.")
    recordings = Path(environment.get(RECORD_TO) or CONTRACTS)
    if recordings.resolve() == CONTRACTS and any(account and is_mock(account.identity) for account in (parse, embed)):
        raise ConsentMissingError(
            f"Nothing was called. A simulator is no source of contracts: set {RECORD_TO} to another folder."
        )
    return Consent(parse, embed, _limit(environment.get(LIMIT) or _DEFAULT_LIMIT), recordings)


def _account(environment: Mapping[str, str], kind: str, key: str, url: str, default: str) -> Account | None:
    given = environment.get(key)
    return Account(kind, environment.get(url) or default, given) if given else None


def _limit(text: str) -> Decimal:
    try:
        limit = Decimal(text)
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite() or limit < 0:
        raise ConsentMissingError(f"Nothing was called. {LIMIT} must be a number of dollars, such as 0.50.")
    return limit
