"""The check of the outside services beside a database that remembers what the workers met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from accessa.domain.errors import RecoverableError
from accessa.pipeline.database_check import check_database
from accessa.pipeline.provider_checks import check_providers

if TYPE_CHECKING:
    from backend.tests.house import House


async def test_what_the_workers_met_stands_beside_what_a_free_call_shows(house: House) -> None:
    """Limits set for a plan are told, and calls that stopped for want of credit make the line a bad one."""
    openai = house.settings.openai.model_copy(update={"requests_per_minute": 500.0})
    settings = house.settings.model_copy(update={"openai": openai})
    async with house.services() as services:
        await services.parse_gate.open(requests_per_minute=0, tokens_per_minute=0)
        await services.embed_gate.open(requests_per_minute=500, tokens_per_minute=0)
        before = {finding.name: finding for finding in await check_providers(settings)}
        await services.parse_gate.failed(RecoverableError("PARSE_NO_CREDIT"))
        after = {finding.name: finding for finding in await check_providers(settings)}

    assert [True] * 5 == [finding.ok for finding in before.values()]
    assert "Postgres at 127.0.0.1 is reached directly." == before["database"].sentence
    assert "its plan allows 500 requests a minute" in before["openai"].sentence
    assert ["llamaparse"] == [finding.name for finding in after.values() if not finding.ok]
    assert "the workers' calls to it are stopped: PARSE_NO_CREDIT." in after["llamaparse"].sentence
    assert "They try again in" in after["llamaparse"].mend


async def test_before_the_api_has_started_nobody_asks_it(house: House) -> None:
    """The callback leads to our own API, so a start that waits for these checks leaves it out; all else is asked."""
    names = {finding.name for finding in await check_providers(house.settings, with_callback=False)}

    assert {"llamaparse", "openai", "storage", "database"} == names


async def test_a_database_that_does_not_answer_is_a_bad_line(house: House) -> None:
    """An address at which nobody listens is told in a plain sentence, without the password."""
    nowhere = house.settings.database.model_copy(update={"url": SecretStr("postgresql://me:secret-word@127.0.0.1:9/x")})
    [finding] = await check_database(house.settings.model_copy(update={"database": nowhere}))

    assert (False, "Check DATABASE_URL, and that Postgres runs.") == (finding.ok, finding.mend)
    assert "secret-word" not in finding.sentence
