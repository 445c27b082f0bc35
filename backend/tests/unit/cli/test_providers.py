"""`accessa providers`, and what other commands say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

SAMPLES = Path(__file__).parents[4] / "testing" / "fixtures" / "samples"
WELL: dict[str, Any] = {
    "provider": "openai",
    "state": "closed",
    "sentence": None,
    "probe_in_seconds": None,
    "paused_for_seconds": None,
    "requests_per_minute": 3000.0,
    "requests_left": 2999.4,
    "tokens_per_minute": None,
    "tokens_left": None,
    "calls_today": 12,
    "spent_today_usd": 0.25,
}
STOPPED = {
    **WELL,
    "provider": "llamaparse",
    "state": "open",
    "sentence": "The parse account has no credit left; add credit, the jobs then go on.",
    "probe_in_seconds": 42.0,
}


def test_a_stopped_provider_is_told_with_what_to_do(api: StandInApi, cli: Cli) -> None:
    """One row a provider; for one that is not called there is the reason, the next try, and exit code 1."""
    api.providers = [WELL, STOPPED]

    assert 1 == cli("providers")
    assert [True] * 4 == [word in cli.out for word in ("go out", "stopped", "2,999 of 3,000", "$0.2500")]
    assert "llamaparse: The parse account has no credit left; add credit, the jobs then go on. Next try in 42.0 s." in (
        " ".join(cli.err.split())
    )


def test_providers_as_json_are_one_object_a_line(api: StandInApi, cli: Cli) -> None:
    """With --json every provider is an object, and nothing else is printed."""
    api.providers = [WELL]

    assert 0 == cli("providers", "--json")
    assert [WELL] == [json.loads(line) for line in cli.out.splitlines()]


def test_no_provider_yet_is_no_fault(api: StandInApi, cli: Cli) -> None:
    """Before the first call there is nothing to show."""
    api.providers = []

    assert (0, "no provider was called yet\n") == (cli("providers"), cli.out)


def test_the_bulk_lane_tells_its_price_before_it_uploads(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """`--bulk` says what it is going to cost beside the usual price, then sends every file to the lane."""
    (tmp_path / "note.md").write_text("word " * 800)

    assert 0 == cli("ingest", "--bulk", str(tmp_path / "note.md"))
    assert "about 1,000 tokens for model-1: $0.0100 in the bulk lane instead of $0.0200" in cli.err
    assert {"bulk"} == api.lanes


def test_a_model_without_a_price_is_not_told_to_be_free(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """Where no price is known that is said, with the setting that gives one, and not that it costs nothing."""
    api.embed_usd = 0.0
    (tmp_path / "note.md").write_text("word " * 800)

    assert 0 == cli("ingest", "--bulk", str(tmp_path / "note.md"))
    told = "about 1,000 tokens for model-1, for which no price is known (EMBED_PRICE_PER_MILLION_TOKENS_USD sets one) ("
    assert (True, False) == (told in " ".join(cli.err.split()), "$0" in cli.err)


def test_a_pdf_is_counted_by_its_pages(api: StandInApi, cli: Cli) -> None:
    """The price of parsing stands beside that of the vectors."""
    assert 0 == cli("ingest", "--bulk", str(SAMPLES / "travel-insurance-certificate.pdf"))
    assert "parsing 3 pages: $0.0375" in cli.err
    assert ["travel-insurance-certificate.pdf"] == api.uploads
