"""When paid services may be called, and with which sentence they are not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from real_apis.consent import CONTRACTS, ConsentMissingError, read_consent

ASKED = {"ACCESSA_REAL_APIS": "1", "LLAMAPARSE_API_KEY": "llx-key", "OPENAI_API_KEY": "sk-key"}


def test_consent_names_accounts_limit_and_folder() -> None:
    """By default both real services may be called for one dollar together, and the fixtures are written anew."""
    consent = read_consent(ASKED)

    assert consent.parse is not None
    assert consent.embed is not None
    assert ("llamaparse", "openai") == (consent.parse.identity, consent.embed.identity)
    assert (Decimal(1), CONTRACTS) == (consent.limit_usd, consent.recordings)
    assert [] == [key for key in ("llx-key", "sk-key") if key in repr(consent)]


def test_one_key_asks_for_one_service() -> None:
    """Without a key of the other service that one is left alone."""
    consent = read_consent({"ACCESSA_REAL_APIS": "1", "OPENAI_API_KEY": "sk-key", "ACCESSA_REAL_COST_LIMIT_USD": "0.5"})

    assert (None, Decimal("0.5")) == (consent.parse, consent.limit_usd)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ACCESSA_REAL_APIS": ""}, "set ACCESSA_REAL_APIS=1, and LLAMAPARSE_API_KEY or OPENAI_API_KEY with it."),
        ({"ACCESSA_REAL_APIS": "yes"}, "set ACCESSA_REAL_APIS=1"),
        ({"LLAMAPARSE_API_KEY": "", "OPENAI_API_KEY": ""}, "neither LLAMAPARSE_API_KEY nor OPENAI_API_KEY is."),
        ({"ACCESSA_REAL_COST_LIMIT_USD": "much"}, "ACCESSA_REAL_COST_LIMIT_USD must be a number of dollars"),
        ({"ACCESSA_REAL_COST_LIMIT_USD": "-1"}, "ACCESSA_REAL_COST_LIMIT_USD must be a number of dollars"),
        ({"ACCESSA_REAL_COST_LIMIT_USD": "Infinity"}, "ACCESSA_REAL_COST_LIMIT_USD must be a number of dollars"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8002/v1"}, "A simulator is no source of contracts"),
    ],
)
def test_without_consent_a_sentence_says_what_to_set(changes: dict[str, str], told: str) -> None:
    """Nothing is called unless it was asked for by name, with a key and a limit, and never to record a simulator."""
    with pytest.raises(ConsentMissingError, match=r"^Nothing was called\.") as caught:
        read_consent(ASKED | changes)

    assert told in str(caught.value)


def test_a_simulator_may_be_called_when_its_answers_go_elsewhere(tmp_path: Path) -> None:
    """This is how the paid tests themselves are tested."""
    consent = read_consent(
        ASKED | {"OPENAI_BASE_URL": "http://127.0.0.1:8002/v1", "ACCESSA_REAL_RECORD_TO": str(tmp_path)}
    )

    assert tmp_path == consent.recordings
