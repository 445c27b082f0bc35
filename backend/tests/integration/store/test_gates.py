"""The gate that all processes share for a provider: circuit, pause and rate limits in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from accessa.domain.errors import GateClosedError, PermanentError, RecoverableError, TransientError
from accessa.domain.rate_limits import RateLimits
from accessa.pipeline.provider_gate import ProviderGate
from accessa.providers.openai import CODES
from accessa.settings import DatabaseSettings, ProviderSettings
from accessa.store.database import Database
from accessa.store.gates import list_gates

OUTAGE = RecoverableError("EMBED_UNAVAILABLE")


class Machine:
    """One process: its own connections and its own gate, on the database of all."""

    def __init__(self, url: str, **settings: Any) -> None:
        """Connect lazily."""
        self.database = Database(DatabaseSettings(url=SecretStr(url), pool_size=4))
        patience = ProviderSettings(**{"failures_to_open": 3, "open_seconds": 100, **settings})
        self.gate = ProviderGate(self.database, "openai", CODES, patience)

    async def passes(self, tokens: int = 0) -> str | None:
        """Try to pass; return the code of the refusal, None when the call may go out."""
        try:
            async with self.database.transaction() as connection:
                await self.gate.enter(connection, tokens=tokens)
        except GateClosedError as closed:
            return closed.code
        return None

    async def answers(self, **limits: float) -> None:
        """Take in a good answer with the limits its headers tell."""
        async with self.database.connection() as connection:
            await self.gate.succeeded(connection, RateLimits(**limits))

    async def state(self) -> Any:
        """Return the gate as an operator sees it."""
        [row] = await list_gates(self.database)
        return row

    async def until_probe(self) -> None:
        """Let the time before the next probe pass."""
        async with self.database.connection() as connection:
            await connection.execute(
                "UPDATE upload_pipeline.provider_gates SET probe_at = clock_timestamp() - interval '1 second'"
            )


@pytest.fixture
async def machines(database_url: str) -> AsyncIterator[tuple[Machine, Machine]]:
    """Two processes before one gate."""
    pair = Machine(database_url), Machine(database_url)
    await pair[0].gate.open(requests_per_minute=0, tokens_per_minute=0)
    yield pair
    for machine in pair:
        await machine.database.close()


async def test_outages_in_a_row_stop_the_calls_of_all_processes(machines: tuple[Machine, Machine]) -> None:
    """The third outage that anybody meets closes the way for everybody; one answer before it starts the count anew."""
    one, other = machines
    await one.gate.failed(OUTAGE)
    await other.gate.failed(OUTAGE)
    await one.answers()
    before = []
    for machine in (one, other, one):
        before.append(await machine.passes())
        await machine.gate.failed(OUTAGE)

    assert [None, None, None] == before
    assert ["EMBED_UNAVAILABLE"] * 2 == [await one.passes(), await other.passes()]


async def test_one_call_at_a_time_tries_an_open_circuit(machines: tuple[Machine, Machine]) -> None:
    """After the pause one call goes out as a probe and the others wait for it; its success lets everybody through."""
    one, other = machines
    for _ in range(3):
        await one.gate.failed(OUTAGE)
    await one.until_probe()
    probing = [await one.passes(), await other.passes(), await one.passes()]
    await one.answers()

    assert [None, "EMBED_UNAVAILABLE", "EMBED_UNAVAILABLE"] == probing
    assert [None, None] == [await one.passes(), await other.passes()]
    assert ("closed", None) == ((await one.state())["state"], (await one.state())["reason"])


async def test_a_failed_probe_opens_the_circuit_for_longer(machines: tuple[Machine, Machine]) -> None:
    """Each failed probe doubles the pause, and a probe whose process died is followed by another one."""
    one, other = machines
    pauses = []
    for _ in range(3):
        await one.gate.failed(OUTAGE)
    for _ in range(2):
        pauses.append((await one.state())["probe_in_seconds"])
        await one.until_probe()
        assert await one.passes() is None
        await one.gate.failed(OUTAGE)
    await one.until_probe()
    assert await one.passes() is None  # this one dies and tells nothing
    await one.until_probe()

    assert [100, 200] == [round(pause, -1) for pause in pauses]
    assert await other.passes() is None


@pytest.mark.parametrize("code", ["EMBED_NO_CREDIT", "EMBED_REJECTED_KEY", "EMBED_MODEL_UNKNOWN", "PROVIDER_IS_MOCK"])
async def test_what_no_retry_mends_stops_the_calls_at_once(machines: tuple[Machine, Machine], code: str) -> None:
    """A used up account, a refused key or an unknown model is asked about once, not once a job."""
    one, other = machines
    await one.gate.failed(RecoverableError(code))

    assert code == await other.passes()


@pytest.mark.parametrize(
    "error", [PermanentError("EMBED_REFUSED"), TransientError("PARSE_FAILED"), RecoverableError("EMBED_RATE_LIMITED")]
)
async def test_an_answer_that_blames_the_request_is_no_outage(
    machines: tuple[Machine, Machine], error: RecoverableError
) -> None:
    """A provider that refuses one document, or limits the rate, is well: the circuit stays closed."""
    one, _ = machines
    for _ in range(5):
        await one.gate.failed(error)

    assert ("closed", 0) == ((await one.state())["state"], (await one.state())["failures"])


async def test_a_rate_limit_pauses_all_processes_as_long_as_told(machines: tuple[Machine, Machine]) -> None:
    """What one process is told to wait, all wait; a shorter word of a call still under way does not shorten it."""
    one, other = machines
    await one.gate.failed(RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=40))
    await other.gate.failed(RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=1))

    assert "EMBED_RATE_LIMITED" == await other.passes()
    assert 35 < (await one.state())["paused_for_seconds"] <= 40


async def test_calls_under_way_do_not_make_a_silent_pause_longer(machines: tuple[Machine, Machine]) -> None:
    """Ten calls that are refused together, without a word how long, are one limit: the pause is not doubled by each."""
    one, other = machines
    for machine in (one, other) * 5:
        await machine.gate.failed(RecoverableError("EMBED_RATE_LIMITED"))

    assert 0 < (await one.state())["paused_for_seconds"] <= 1


async def test_the_limits_of_the_headers_are_shared(machines: tuple[Machine, Machine]) -> None:
    """Tokens that one process has left are all that the other can spend, whatever it believes itself."""
    one, other = machines
    limits = {"requests_per_minute": 600.0, "requests_left": 2.0, "tokens_per_minute": 600.0, "tokens_left": 300.0}
    await one.answers(**limits)
    passed = [await other.passes(tokens=250), await one.passes(tokens=250)]

    assert [None, "EMBED_RATE_LIMITED"] == passed
    await one.answers(requests_per_minute=600, requests_left=0)
    assert "EMBED_RATE_LIMITED" == await other.passes()


async def test_a_request_above_the_whole_limit_is_let_through(machines: tuple[Machine, Machine]) -> None:
    """A batch of more tokens than a minute has waits for a full minute's worth, not for ever."""
    one, _ = machines
    await one.answers(tokens_per_minute=1000, tokens_left=1000)

    assert await one.passes(tokens=5000) is None


async def test_tokens_counted_in_vain_are_given_back(machines: tuple[Machine, Machine]) -> None:
    """An estimate that was too high does not slow the next call down."""
    one, _ = machines
    await one.answers(tokens_per_minute=1000, tokens_left=1000)
    await one.passes(tokens=900)
    async with one.database.connection() as connection:
        await one.gate.succeeded(connection, tokens_unused=800)

    assert await one.passes(tokens=800) is None


async def test_a_question_sits_a_short_pause_out(machines: tuple[Machine, Machine]) -> None:
    """What an ingest has used up for a moment makes a search wait for that moment, and not fail."""
    one, _ = machines
    await one.gate.failed(RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=0.2))
    async with one.gate.call(patience_seconds=5):
        waited = (await one.state())["paused_for_seconds"]
    await one.gate.failed(RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=40))

    assert waited is None
    with pytest.raises(GateClosedError):
        async with one.gate.call(patience_seconds=5):
            pass


async def test_limits_of_our_own_hold_without_any_header(database_url: str) -> None:
    """A provider that tells no limits is asked no more often than the settings say."""
    machine = Machine(database_url)
    await machine.gate.open(requests_per_minute=2, tokens_per_minute=0)
    passed = [await machine.passes() for _ in range(3)]
    await machine.database.close()

    assert [None, None, "EMBED_RATE_LIMITED"] == passed


async def test_limits_of_our_own_are_not_raised_by_the_provider(database_url: str) -> None:
    """What the settings allow holds though the provider would take more; once it is taken away, nothing of it stays."""
    machine = Machine(database_url)
    await machine.gate.open(requests_per_minute=2, tokens_per_minute=0)
    await machine.answers(requests_per_minute=3000, requests_left=2999)
    capped = (await machine.state())["requests_per_minute"]
    await machine.gate.open(requests_per_minute=0, tokens_per_minute=0)
    passed = [await machine.passes() for _ in range(3)]
    await machine.database.close()

    assert (2, [None, None, None]) == (capped, passed)


@pytest.mark.parametrize("code", ["DATABASE_UNAVAILABLE", "DISK_FULL"])
async def test_trouble_of_our_own_is_not_put_down_to_the_provider(machines: tuple[Machine, Machine], code: str) -> None:
    """A database that fails while an answer is stored neither stops the calls of all nor clears the provider."""
    one, other = machines
    await one.gate.failed(RecoverableError(code))
    healthy = await other.passes()
    for _ in range(3):
        await one.gate.failed(OUTAGE)
    await one.gate.failed(RecoverableError(code))

    assert (None, "EMBED_UNAVAILABLE") == (healthy, await other.passes())


async def test_nobody_looks_before_the_next_probe(machines: tuple[Machine, Machine]) -> None:
    """A job that meets an open circuit comes back when one call may try it, not again and again until then."""
    one, other = machines
    for _ in range(3):
        await one.gate.failed(OUTAGE)
    async with other.database.transaction() as connection:
        with pytest.raises(GateClosedError) as closed:
            await other.gate.enter(connection)

    assert (await one.state())["probe_in_seconds"] <= closed.value.due_in_seconds
