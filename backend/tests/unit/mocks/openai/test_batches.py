"""Batches of the OpenAI simulator: what they do, what they cost, and how they go wrong."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"
DEADLINE = 20.0
OPEN = {"validating", "in_progress", "finalizing", "cancelling"}
TEXTS = [f"text number {number}" for number in range(10)]


def line(number: int, text: Any, **fields: Any) -> dict[str, Any]:
    """Return one request."""
    body = {"model": SMALL, "input": text, "encoding_format": "base64"}
    return {"custom_id": f"line-{number}", "method": "POST", "url": "/v1/embeddings", "body": body, **fields}


def lines(texts: list[Any]) -> bytes:
    """Return an input file, one request per text."""
    return b"\n".join(json.dumps(line(number, text)).encode() for number, text in enumerate(texts))


class Batches:
    """The few calls that the tests make."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def play(self, *faults: dict[str, Any], **values: Any) -> None:
        """Set faults and values."""
        (await self.http.patch("/_control", json={"faults": faults, **values})).raise_for_status()

    async def create(self, content: bytes, **fields: Any) -> dict[str, Any]:
        """Upload a file and create a batch out of it."""
        stored = await self.http.post("/v1/files", data={"purpose": "batch"}, files={"file": ("a.jsonl", content)})
        body = {"input_file_id": stored.json()["id"], "endpoint": "/v1/embeddings", "completion_window": "24h"}
        created = await self.http.post("/v1/batches", json={**body, **fields})
        return dict(created.raise_for_status().json())

    async def until(self, batch_id: str, *statuses: str) -> dict[str, Any]:
        """Wait until a batch has one of these statuses."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            batch = (await self.http.get(f"/v1/batches/{batch_id}")).json()
            if batch["status"] in statuses or (not statuses and batch["status"] not in OPEN):
                return dict(batch)
            await asyncio.sleep(0.005)
        raise AssertionError(f"batch {batch_id} is still {batch['status']}")

    async def run(self, content: bytes, **fields: Any) -> dict[str, Any]:
        """Create a batch and wait for its end."""
        return await self.until((await self.create(content, **fields))["id"])

    async def results(self, file_id: str | None) -> dict[str, Any]:
        """Return the lines of a result file by id, in their order."""
        text = (await self.http.get(f"/v1/files/{file_id}/content")).raise_for_status().text
        return {found["custom_id"]: found for found in map(json.loads, text.splitlines())}

    async def bill(self) -> dict[str, Any]:
        """Return the bill."""
        return dict((await self.http.get("/_control/bill")).json())


@pytest.fixture
def batches(client: httpx.AsyncClient) -> Batches:
    """Give the simulator of the module."""
    return Batches(client)


async def test_a_batch_gives_the_vectors_of_direct_calls(batches: Batches) -> None:
    """Each line has the answer of the direct call, each id once, in another order than the input's."""
    batch = await batches.run(lines(TEXTS), metadata={"job": "7"})
    found = await batches.results(batch["output_file_id"])
    direct = await batches.http.post("/v1/embeddings", json={**line(0, TEXTS)["body"]})

    ids = [f"line-{number}" for number in range(10)]
    vectors = [found[name]["response"]["body"]["data"][0]["embedding"] for name in ids]
    assert [item["embedding"] for item in direct.json()["data"]] == vectors
    assert (ids, True) == (sorted(found), ids != list(found))
    assert {"id", "custom_id", "response", "error"} == found["line-0"].keys()
    assert {"status_code", "request_id", "body"} == found["line-0"]["response"].keys()


async def test_a_batch_tells_its_story(batches: Batches) -> None:
    """The object has the keys of the service, the counts, the usage and the moments of its way."""
    created = await batches.create(lines(["a", "b c"]), metadata={"job": "7"})
    batch = await batches.until(created["id"])

    assert ("validating", None, {"total": 0, "completed": 0, "failed": 0}) == (
        created["status"],
        created["output_file_id"],
        created["request_counts"],
    )
    assert created.keys() == batch.keys()
    assert ("completed", SMALL, {"job": "7"}) == (batch["status"], batch["model"], batch["metadata"])
    assert {"total": 2, "completed": 2, "failed": 0} == batch["request_counts"]
    assert (3, 0, 3) == tuple(batch["usage"][f"{name}_tokens"] for name in ("input", "output", "total"))
    assert 24 * 3600 == batch["expires_at"] - batch["created_at"]
    assert None is batch["error_file_id"] is batch["errors"]
    assert batch["in_progress_at"] <= batch["finalizing_at"] <= batch["completed_at"]


async def test_the_order_repeats_with_the_seed(batches: Batches) -> None:
    """The same ids come in the same order under the same seed, and in another one under another."""
    orders = []
    for seed in (1, 1, 2):
        await batches.play(seed=seed)
        orders.append(list(await batches.results((await batches.run(lines(TEXTS)))["output_file_id"])))

    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


async def test_a_batch_costs_half_and_is_known_to_the_bill(batches: Batches) -> None:
    """A text bought in both lanes is a duplicate; the batch pays half the price for it and is named by the bill."""
    await batches.http.post("/v1/embeddings", json=line(0, ["same", "other"])["body"])
    batch = await batches.run(lines(["same"]))

    bill = await batches.bill()

    assert (3, 2, 1) == tuple(bill["summary"][name] for name in ("units", "distinct_units", "duplicate_units"))
    assert batch["id"] == bill["rows"][2]["request_id"]
    assert bill["rows"][0]["cost_usd"] == bill["rows"][2]["cost_usd"] * 2


async def test_a_wrong_line_goes_to_the_error_file(batches: Batches) -> None:
    """The other lines are served; the wrong one has the status and the body of a direct call, and costs nothing."""
    batch = await batches.run(lines(["good", "", "a " * 9000]))

    bad = await batches.results(batch["error_file_id"])

    assert ("completed", 2) == (batch["status"], batch["request_counts"]["failed"])
    assert ["line-0"] == list(await batches.results(batch["output_file_id"]))
    assert [400, 400] == [found["response"]["status_code"] for found in bad.values()]
    assert "maximum context length" in bad["line-2"]["response"]["body"]["error"]["message"]
    assert 1 == (await batches.bill())["summary"]["units"]


async def test_a_batch_of_wrong_lines_has_no_output(batches: Batches) -> None:
    """Where no line succeeds, there is only an error file."""
    batch = await batches.run(lines(["", ""]))

    assert ("completed", None) == (batch["status"], batch["output_file_id"])
    assert 2 == len(await batches.results(batch["error_file_id"]))


GOOD = json.dumps(line(1, "x")).encode()
OTHER_MODEL = {"model": LARGE, "input": "x"}


@pytest.mark.parametrize(
    ("second", "code", "param"),
    [
        (b"{", "invalid_json_line", None),
        (b"[1]", "invalid_json_line", None),
        (GOOD, "duplicate_custom_id", "custom_id"),
        (json.dumps(line(2, "x", custom_id="")).encode(), "missing_required_parameter", "custom_id"),
        (json.dumps(line(2, "x", body="x")).encode(), "missing_required_parameter", "body"),
        (json.dumps(line(2, "x", url="/v1/responses")).encode(), "url_mismatch", "url"),
        (json.dumps(line(2, "x", method="GET")).encode(), "invalid_method", "method"),
        (json.dumps(line(2, "x", body=OTHER_MODEL)).encode(), "model_mismatch", "body.model"),
        (json.dumps(line(2, "x", body={"model": "gpt"})).encode(), "model_not_found", "body.model"),
    ],
)
async def test_a_file_with_a_broken_line_fails(batches: Batches, second: bytes, code: str, param: str | None) -> None:
    """The batch fails before any work, and says what is wrong in which line."""
    batch = await batches.run(GOOD + b"\n\n" + second + b"\n")

    [error] = batch["errors"]["data"]
    assert ("failed", code, 3, param) == (batch["status"], error["code"], error["line"], error["param"])
    assert 0 == (await batches.bill())["summary"]["units"]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_batch_lines": 9}, "too_many_tasks"),
        ({"max_batch_inputs": 9}, "too_many_inputs"),
        ({"max_batch_bytes": 100}, "file_too_large"),
    ],
)
async def test_a_batch_that_is_too_large_fails(batches: Batches, limits: dict[str, int], code: str) -> None:
    """Lines, inputs and bytes of a batch are limited, and the control desk can make the limits small."""
    await batches.play(**limits)

    batch = await batches.run(lines(TEXTS))

    assert ("failed", code) == (batch["status"], batch["errors"]["data"][0]["code"])


async def test_an_empty_file_fails(batches: Batches) -> None:
    """A file of blank lines holds no request."""
    assert "empty_file" == (await batches.run(b"\n\n"))["errors"]["data"][0]["code"]


async def test_a_file_that_is_not_there_fails(batches: Batches) -> None:
    """A batch out of an unknown file, or of one with another purpose, is created and fails."""
    stored = await batches.http.post("/v1/files", data={"purpose": "evals"}, files={"file": ("a.jsonl", b"{}")})

    failed = [await batches.run(b"{}", input_file_id=file_id) for file_id in ("file-0", stored.json()["id"])]

    assert ["file_not_found", "invalid_purpose"] == [batch["errors"]["data"][0]["code"] for batch in failed]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"endpoint": "/v1/responses"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"input_file_id": 5}, "input_file_id"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
        ({"output_expires_after": {"anchor": "created_at", "seconds": 5}}, "output_expires_after[seconds]"),
        ({"output_expires_after": 5}, "output_expires_after"),
        ({"priority": 1}, None),
    ],
)
async def test_requests_that_are_refused(batches: Batches, fields: dict[str, Any], param: str | None) -> None:
    """A wrong request is a 400 that names what is wrong, and creates nothing."""
    body = {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h", **fields}

    answer = await batches.http.post("/v1/batches", json=body)

    assert (400, param) == (answer.status_code, answer.json()["error"]["param"])
    assert [] == (await batches.http.get("/v1/batches")).json()["data"]


async def test_results_live_as_long_as_wanted(batches: Batches) -> None:
    """The output file expires after the seconds that the batch was created with."""
    batch = await batches.run(lines(["a"]), output_expires_after={"anchor": "created_at", "seconds": 7200})

    stored = (await batches.http.get(f"/v1/files/{batch['output_file_id']}")).json()

    assert (7200, "batch_output") == (stored["expires_at"] - stored["created_at"], stored["purpose"])


async def test_batches_are_listed_in_pages(batches: Batches) -> None:
    """Newest first, and each page says whether there is more; an unknown cursor is a 400."""
    ids = [(await batches.run(lines(["a"])))["id"] for _ in range(3)]

    first = (await batches.http.get("/v1/batches", params={"limit": 2})).json()
    second = (await batches.http.get("/v1/batches", params={"limit": 2, "after": first["last_id"]})).json()
    lost = await batches.http.get("/v1/batches", params={"after": "batch_0"})

    assert (ids[:0:-1], True) == ([batch["id"] for batch in first["data"]], first["has_more"])
    assert (ids[:1], False) == ([batch["id"] for batch in second["data"]], second["has_more"])
    assert 400 == lost.status_code


async def test_the_delay_holds_batches_and_can_be_taken_away(batches: Batches) -> None:
    """A batch in progress waits, and goes on when the control desk shortens its delay."""
    await batches.play(batch_delay=3600)
    batch_id = (await batches.create(lines(TEXTS)))["id"]
    held = await batches.until(batch_id, "in_progress")

    await batches.play(batch_delay=0)

    assert {"total": 10, "completed": 0, "failed": 0} == held["request_counts"]
    assert "completed" == (await batches.until(batch_id))["status"]


async def test_a_batch_is_cancelled(batches: Batches) -> None:
    """A batch on its way is cancelled; what has ended is a 409, what never was a 404."""
    await batches.play(batch_delay=3600)
    batch_id = (await batches.create(lines(TEXTS)))["id"]

    leaving = (await batches.http.post(f"/v1/batches/{batch_id}/cancel")).json()
    gone = await batches.until(batch_id)

    assert ("cancelling", "cancelled") == (leaving["status"], gone["status"])
    assert gone["cancelling_at"] <= gone["cancelled_at"]
    statuses = [(await batches.http.post(f"/v1/batches/{name}/cancel")).status_code for name in (batch_id, "batch_0")]
    assert [409, 404] == statuses


async def test_a_cancelled_batch_gives_what_it_has_done(batches: Batches) -> None:
    """The lines that were finished are in the output file and on the bill, the others are nowhere."""
    await batches.play(batch_delay=2)
    batch_id = (await batches.create(lines(TEXTS)))["id"]
    while not (await batches.until(batch_id, "in_progress"))["request_counts"]["completed"]:
        pass
    await batches.play(batch_delay=3600)

    await batches.http.post(f"/v1/batches/{batch_id}/cancel")
    gone = await batches.until(batch_id)

    done = len(await batches.results(gone["output_file_id"]))
    assert ("cancelled", None, done) == (gone["status"], gone["error_file_id"], gone["request_counts"]["completed"])
    assert (done, True) == ((await batches.bill())["summary"]["units"], 0 < done < len(TEXTS))


async def test_a_batch_can_be_made_to_fail(batches: Batches) -> None:
    """The batch fails with the code that the fault names."""
    await batches.play({"kind": "batch_fail", "nth": 1}, {"kind": "batch_fail", "nth": 2, "value": "own_code"})

    ended = [await batches.run(lines(["a"])) for _ in range(3)]

    codes = [batch["errors"] and batch["errors"]["data"][0]["code"] for batch in ended]
    assert ["token_limit_exceeded", "own_code", None] == codes


async def test_a_batch_can_expire(batches: Batches) -> None:
    """The finished share of the lines is given and billed; the others say that they were too late."""
    await batches.play({"kind": "batch_expire", "value": 0.3})

    batch = await batches.run(lines(TEXTS))
    late = await batches.results(batch["error_file_id"])

    assert ("expired", 3, 3) == (
        batch["status"],
        len(await batches.results(batch["output_file_id"])),
        (await batches.bill())["summary"]["units"],
    )
    assert [(None, "batch_expired")] * 7 == [(found["response"], found["error"]["code"]) for found in late.values()]


async def test_a_share_of_the_lines_can_fail(batches: Batches) -> None:
    """The same lines fail under the same seed, with a 500, and the batch is completed all the same."""
    await batches.play({"kind": "batch_line_errors", "value": 0.4})

    ended = [await batches.run(lines(TEXTS)) for _ in range(2)]
    first, second = [await batches.results(batch["error_file_id"]) for batch in ended]

    assert list(first) == list(second)
    assert 1 <= len(first) < 10
    assert {500} == {found["response"]["status_code"] for found in first.values()}
    assert ["completed"] * 2 == [batch["status"] for batch in ended]


async def test_a_batch_can_be_stuck(batches: Batches) -> None:
    """It stays in progress without a finished line, can be chosen by its metadata, and can be cancelled."""
    await batches.play({"kind": "batch_stuck", "document": "job-7"})
    stuck = (await batches.create(lines(TEXTS), metadata={"job": "job-7"}))["id"]

    other = await batches.run(lines(TEXTS))
    held = await batches.until(stuck, "in_progress")
    await batches.http.post(f"/v1/batches/{stuck}/cancel")

    assert ("completed", 0) == (other["status"], held["request_counts"]["completed"])
    assert "cancelled" == (await batches.until(stuck))["status"]


async def test_wrong_answers_come_in_batches_too(batches: Batches) -> None:
    """A line that the fault is meant for has a vector of no use, the others are right."""
    await batches.play({"kind": "null_vector", "document": "line-3"})

    found = await batches.results((await batches.run(lines(TEXTS)))["output_file_id"])

    useless = {name for name, one in found.items() if one["response"]["body"]["data"][0]["embedding"] is None}
    assert {"line-3"} == useless


async def test_a_reset_ends_and_forgets_batches(batches: Batches) -> None:
    """After a reset nothing is listed, nothing goes on, and new batches work."""
    await batches.play(batch_delay=3600)
    await batches.create(lines(TEXTS))

    await batches.http.post("/_control/reset")

    assert [] == (await batches.http.get("/v1/batches")).json()["data"]
    assert "completed" == (await batches.run(lines(["a"])))["status"]
