"""Money: a ledger that agrees with the bills and outlives documents, receipts, and budgets that hold purchases back."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from backend.tests.simulators import Simulator, new_word, page

from accessa.cli.known_files import _MOST_AT_ONCE
from accessa.domain.addresses import trust_for
from accessa.domain.errors import BudgetReachedError
from accessa.domain.job import Job
from accessa.domain.prices import Price
from accessa.pipeline.purchase import intend_purchase
from accessa.pipeline.services import Services
from accessa.store.jobs import claim_jobs, hand_back
from accessa.store.ledger import PaidWork

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

pytestmark = pytest.mark.asyncio(loop_scope="module")

A_DOLLAR = Price("credit", Decimal(1))
FEW_LOOKS = {"look_again_seconds": 600}


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> AsyncIterator[House]:
    """The module's house, entered by a user of the test's own."""
    url = shared_house.api.base_url
    headers = {"X-User-Id": str(uuid4())}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, verify=trust_for(str(url))) as api:
        yield shared_house.with_settings(embed={"bulk_poll_seconds": 0.05, "bulk_poll_max_seconds": 0.1}).seen_with(api)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def quick_orders(outside: Outside) -> None:
    """Orders of the bulk lane take no time."""
    await Simulator(outside, "openai").play(batch_delay=0)


def text_of(word: str, parts: int = 1) -> bytes:
    """Return a text of which no passage stands in another document."""
    sentence = "Repair {number} of the roof of the house {word} is covered by the policy in full. "
    numbers = (range(40 * part, 40 * part + 40) for part in range(parts))
    bodies = ("".join(sentence.format(number=number, word=word[:8]) for number in some) for some in numbers)
    return "\n\n".join(f"# Part {part}\n\n{body}" for part, body in enumerate(bodies)).encode()


async def upload(house: House, content: bytes, filename: str = "a.md", lane: str = "interactive") -> dict[str, Any]:
    """Upload to a lane."""
    answer = await house.api.post("/documents", params={"lane": lane}, files={"file": (filename, content)})
    assert 202 == answer.status_code, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


async def completed(house: House, *files: tuple[bytes, str, str]) -> list[dict[str, Any]]:
    """Upload files (content, name, lane) and have all of them completed."""
    accepted = [await upload(house, *file) for file in files]
    async with house.worker():
        ended = [await house.ended(answer["job_id"]) for answer in accepted]
    assert {"complete"} == {job["status"] for job in ended}
    return accepted


async def calls(house: House) -> list[Any]:
    """Return the user's rows of the ledger, oldest first."""
    user = UUID(house.api.headers["X-User-Id"])
    return await house.rows("SELECT * FROM upload_pipeline.provider_calls WHERE user_id = $1 ORDER BY call_id", user)


async def claimed(services: Services) -> Job:
    """Claim the only due job."""
    [job] = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=1)
    return job


async def keys_of_units(house: House) -> dict[str, str]:
    """Return the call key under which each unit of the user's documents was bought, by the unit's name on the bills."""
    user = UUID(house.api.headers["X-User-Id"])
    texts = await house.rows(
        "SELECT b.call_key, c.text FROM upload_pipeline.embedding_batches b JOIN upload_pipeline.upload_jobs j"
        " USING (job_id) JOIN upload_pipeline.document_chunk_buffer c ON c.set_id = j.set_id"
        " AND c.chunk_ord = ANY (b.chunk_ords) WHERE j.user_id = $1",
        user,
    )
    parses = await house.rows(
        "SELECT r.call_key, r.provider_job_id FROM upload_pipeline.parse_runs r JOIN upload_pipeline.upload_jobs j"
        " USING (job_id) WHERE j.user_id = $1",
        user,
    )
    named = {f"text-embedding-3-small\n1536\n{row['text']}": row["call_key"] for row in texts}
    return {hashlib.sha256(name.encode()).hexdigest(): key for name, key in named.items()} | {
        row["provider_job_id"]: row["call_key"] for row in parses
    }


async def test_the_bills_and_the_ledger_agree_call_by_call(house: House) -> None:
    """Each billed unit belongs to an intent by its key, and each recorded call has the bill's units and cost."""
    # What an earlier file left at work would go on with the bill.
    for name in ("openai", "llamaparse"):
        await Simulator(house.outside, name).reset()
    before = {name: len(await house.bill(name)) for name in ("openai", "llamaparse")}
    await completed(
        house,
        (text_of(new_word(), 12), "a.md", "interactive"),
        (text_of(new_word(), 12), "b.md", "bulk"),
        (page(new_word()), "c.html", "interactive"),
    )
    keys, billed = await keys_of_units(house), defaultdict[str, list[Any]](list)
    for simulator, count in before.items():
        for unit in (await house.bill(simulator))[count:]:
            billed[keys[unit["unit_key"] if unit["kind"] == "embed" else unit["request_id"]]].append(unit)
    recorded = {row["call_key"]: row for row in await calls(house)}
    intents = await house.rows("SELECT payload ->> 'call_key' FROM upload_pipeline.events WHERE type = 'paid_intent'")

    assert set(billed) <= {row[0] for row in intents}
    assert {"recorded"} == {row["state"] for row in recorded.values()}
    assert {(key, len(units), sum(unit["quantity"] for unit in units)) for key, units in billed.items()} == {
        (key, row["units"], float(row["billed_units"])) for key, row in recorded.items()
    }
    assert {key: pytest.approx(sum(unit["cost_usd"] for unit in units)) for key, units in billed.items()} == {
        key: float(row["cost_usd"]) for key, row in recorded.items()
    }


async def test_a_recorded_call_keeps_its_price(house: House) -> None:
    """Unit, price, factor and month stay with the row, and give its cost."""
    await completed(house, (text_of(new_word()), "a.md", "bulk"))
    [row] = await calls(house)

    basis = ("price_unit", "unit_price_usd", "price_factor", "price_as_of", "retry_number")
    assert ("token", Decimal("0.00000002"), Decimal("0.5"), "2026-11", 0) == tuple(row[name] for name in basis)
    assert row["cost_usd"] == row["billed_units"] * row["unit_price_usd"] * row["price_factor"]
    assert row["estimated_usd"] > 0


async def test_an_intent_of_a_dead_worker_is_closed(house: House) -> None:
    """Once the same work is intended again, or the job has ended, nobody knows of the first whether it was billed."""
    accepted = await upload(house, text_of(new_word()))
    work = PaidWork(str(uuid4()), "mock-openai", "embed", "m", 1, A_DOLLAR, 3)
    async with house.services() as services:
        await services.enter_providers()
        for _ in range(2):
            job = await claimed(services)
            await intend_purchase(job, services, services.embed_gate, work)
            await hand_back(services.database, job)
    again = [(row["state"], row["retry_number"], row["estimated_usd"]) for row in await calls(house)]
    async with house.worker():
        await house.ended(accepted["job_id"])

    assert [("abandoned", 0, 3), ("intended", 1, 3)] == again
    assert ["abandoned", "abandoned", "recorded"] == [row["state"] for row in await calls(house)]


async def test_what_was_spent_stays_when_the_document_goes(house: House) -> None:
    """A deletion keeps the ledger, and the costs by day, document and model stay what they were."""
    [accepted] = await completed(house, (page(new_word()), "c.html", "interactive"))

    async def costs() -> dict[str, list[tuple[int, float]]]:
        answers = {by: (await house.api.get("/costs", params={"by": by})).json() for by in ("day", "document", "model")}
        return {by: [(row["calls"], row["cost_usd"]) for row in answer["rows"]] for by, answer in answers.items()}

    before = await costs()
    proof = (await house.api.delete(f"/documents/{accepted['document_id']}")).json()
    rows = (await house.api.get("/costs", params={"by": "document"})).json()["rows"]
    again = await upload(house, page(new_word()), "d.html")
    fresh = (await house.api.get(f"/documents/{again['document_id']}")).json()
    await house.api.delete(f"/documents/{again['document_id']}")

    assert (1, 1, 2) == tuple(len(before[by]) for by in ("day", "document", "model"))
    assert ((2, proof["cost_usd"]), before) == (before["day"][0], await costs())
    assert (2, 0, None, 0.0) == (proof["ledger_rows_kept"], proof["left"], rows[0]["filename"], fresh["cost_usd"])


async def test_any_first_day_and_as_many_files_as_the_command_asks_for_at_once_are_answered(house: House) -> None:
    """Costs since the beginning of time are sums like others; a question of the command line is not too large."""
    days = [await house.api.get("/costs", params={"since": since}) for since in ("0001-01-01", "9999-12-31")]
    files = [f"{number:064x}" for number in range(_MOST_AT_ONCE)]
    known = await house.api.post("/documents/known", json={"sha256": files})

    assert [(200, []), (200, [])] == [(answer.status_code, answer.json()["rows"]) for answer in days]
    assert (200, {"known": []}) == (known.status_code, known.json())


async def test_an_unknown_document_and_a_failed_one_are_told_apart(house: House, samples: Path) -> None:
    """Neither has a receipt: one does not exist, the other has failed, and says where to look."""
    accepted = await house.upload((samples / "broken" / "protected.pdf").read_bytes(), "p.pdf")
    async with house.worker():
        await house.ended(accepted["job_id"])
    ids = (accepted["document_id"], accepted["job_id"])
    failed = [await house.api.get(f"/documents/{subject}/receipt") for subject in ids]
    unknown = await house.api.get(f"/documents/{uuid4()}/receipt")

    assert [(409, "NO_RECEIPT")] * 2 == [(answer.status_code, answer.json()["error"]["code"]) for answer in failed]
    assert f"this is failed_parse. See: accessa jobs show {ids[0]}" in failed[0].json()["error"]["message"]
    assert (404, "NOT_FOUND") == (unknown.status_code, unknown.json()["error"]["code"])


BOUGHT_LATER = (
    "INSERT INTO upload_pipeline.provider_calls (call_key, job_id, document_id, user_id, provider, operation, model,"
    " units, tokens, cost_usd, lease_epoch, state, ended_at)"
    " SELECT $2::uuid::text, $2::uuid, document_id, user_id, provider, 'embed', model, 1, 1, 3, 1, 'recorded', now()"
    " FROM upload_pipeline.provider_calls WHERE job_id = $1 LIMIT 1"
)


async def test_a_receipt_says_what_was_made_and_still_holds(house: House) -> None:
    """The receipt of a complete document is what document and job say, and tells when rows or money were lost since."""
    content = page(new_word())
    [accepted] = await completed(house, (content, "c.html", "interactive"))
    document = (await house.api.get(f"/documents/{accepted['document_id']}")).json()
    address = f"/documents/{accepted['document_id']}/receipt"
    receipt = (await house.api.get(address)).json()
    foreign = await house.api.get(address, headers={"X-User-Id": str(uuid4())})

    same = ("bytes_len", "file_sha256", "pages", "chunks", "vectors", "cost_usd")
    assert [document[name] for name in same] == [receipt[name] for name in same]
    assert (len(content), hashlib.sha256(content).hexdigest()) == (receipt["bytes_len"], receipt["file_sha256"])
    assert (1536, 2, True, True) == tuple(
        receipt[name] for name in ("dimensions", "calls", "written_at_completion", "holds")
    )
    assert 9 == len(receipt["stage_seconds"])
    assert 404 == foreign.status_code

    job = UUID(accepted["job_id"])
    await house.rows("UPDATE upload_pipeline.provider_calls SET cost_usd = cost_usd + 12 WHERE job_id = $1", job)
    dearer = (await house.api.get(address)).json()
    assert (False, pytest.approx(receipt["cost_usd"] + 24)) == (dearer["holds"], dearer["cost_usd_now"])
    await house.rows("UPDATE upload_pipeline.provider_calls SET cost_usd = cost_usd - 12 WHERE job_id = $1", job)
    await house.rows(BOUGHT_LATER, job, uuid4())
    assert (await house.api.get(address)).json()["holds"]
    await house.rows(
        "UPDATE upload_pipeline.provider_calls SET state = 'abandoned', cost_usd = 0, estimated_usd = 3"
        " WHERE job_id <> $1 AND document_id = $2",
        job,
        UUID(accepted["document_id"]),
    )
    assert 3 == (await house.api.get(f"/documents/{accepted['document_id']}")).json()["unsure_usd"]
    await house.rows(
        "DELETE FROM upload_pipeline.document_vector_buffer WHERE document_id = $1", UUID(accepted["document_id"])
    )
    lost = (await house.api.get(address)).json()
    assert (1, 0, False) == (lost["vectors"], lost["vectors_now"], lost["holds"])
    await house.rows("DELETE FROM upload_pipeline.receipts WHERE job_id = $1", job)
    older = (await house.api.get(address)).json()
    assert (False, 0) == (older["written_at_completion"], older["vectors"])


async def parked(house: House, accepted: dict[str, Any], **budget: Any) -> dict[str, Any]:
    """Have a worker meet a budget that is too small; return the job as it waits."""
    async with house.with_settings(budget={**FEW_LOOKS, **budget}).worker():
        return await house.until(accepted["job_id"], lambda job: job["error"] is not None)


async def finished(house: House, accepted: dict[str, Any], **budget: Any) -> str:
    """Have a worker with other budgets finish the job; return its status."""
    async with house.with_settings(budget={**FEW_LOOKS, **budget}).worker():
        status: str = (await house.ended(accepted["job_id"]))["status"]
    return status


@pytest.mark.parametrize(
    ("setting", "content", "filename", "lane"),
    [
        ("document_usd", text_of, "a.md", "interactive"),
        ("user_day_usd", text_of, "a.md", "bulk"),
        ("day_usd", page, "a.html", "interactive"),
    ],
)
async def test_a_job_over_budget_waits_and_goes_on_when_the_limit_is_raised(
    house: House, setting: str, content: Callable[[str], bytes], filename: str, lane: str
) -> None:
    """Nothing is bought or counted, the lease is let go, the wait is told everywhere, and a higher limit ends it."""
    accepted = await upload(house, content(new_word()), filename, lane)
    job = await parked(house, accepted, **{setting: 0.0})
    row = await house.rows("SELECT * FROM upload_pipeline.upload_jobs WHERE job_id = $1", UUID(accepted["job_id"]))
    told = (await house.api.get("/budgets")).json()
    bought = await calls(house)

    assert ("BUDGET_REACHED", 0, 0) == (job["error"]["code"], job["retry_count"], job["crash_count"])
    assert f"raise BUDGET_{setting.upper()}" in job["error"]["message"]
    assert (None, []) == (row[0]["lease_owner"], bought)
    assert (1, job["error"]["message"]) == (told["jobs_waiting"], told["sentence"])
    assert "BUDGET_AWAITED" in {event["code"] for event in await house.events(accepted["job_id"])}
    assert "complete" == await finished(house, accepted, **{setting: 100.0})
    assert 0 == (await house.api.get("/budgets")).json()["jobs_waiting"]


async def test_an_order_of_the_bulk_lane_takes_what_the_budget_allows(house: House) -> None:
    """Of a document that is dearer than its budget the first batches are ordered, the rest waits."""
    accepted = await upload(house, text_of(new_word(), 24), lane="bulk")
    job = await parked(house, accepted, document_usd=0.00006)
    bought, progress = await calls(house), job["progress"]

    assert ("BUDGET_REACHED", {"recorded"}) == (job["error"]["code"], {row["state"] for row in bought})
    assert 0 < sum(row["cost_usd"] for row in bought) <= Decimal("0.00006")
    assert 0 < progress["embeds_done"] < progress["embeds_total"]
    assert "complete" == await finished(house, accepted)


async def test_workers_at_the_same_time_do_not_slip_under_a_limit_together(house: House) -> None:
    """Of many purchases that are decided at once only as many pass as there is room for, until one is not billed."""
    accepted = [await upload(house, text_of(new_word())) for _ in range(6)]
    [row] = await house.rows(
        "SELECT coalesce(sum(cost_usd + estimated_usd), 0) AS most FROM upload_pipeline.provider_calls"
    )
    room = house.with_settings(budget={"user_day_usd": 3.5, "day_usd": float(row["most"]) + 1000})
    async with room.services() as services:
        await services.enter_providers()
        jobs = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=6)
        works = [PaidWork(str(job.job_id), "mock-openai", "embed", "m", 1, A_DOLLAR, 1) for job in jobs]
        decided = await asyncio.gather(
            *(intend_purchase(job, services, services.embed_gate, work) for job, work in zip(jobs, works, strict=True)),
            return_exceptions=True,
        )
    refused = [error for error in decided if isinstance(error, BudgetReachedError)]
    for answer in accepted:
        await house.api.delete(f"/documents/{answer['document_id']}")

    assert (6, 3, 3) == (len(jobs), len(refused), sum(isinstance(number, int) for number in decided))
    assert all(error.due_in_seconds > 0 for error in refused)
