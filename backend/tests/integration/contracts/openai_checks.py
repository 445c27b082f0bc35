"""Runs the official SDK against a simulator and prints what it saw as JSON; `test_openai_sdk.py` says what is right.

    python openai_checks.py http://127.0.0.1:8002

Each check is written once and runs with the synchronous and with the asynchronous client.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import openai

SMALL = "text-embedding-3-small"
DEADLINE = 20.0
KEY = "sk-contract"


@dataclass
class Desk:
    """One client, and the control desk of the simulator behind it."""

    address: str
    client: Any

    def play(self, *faults: dict[str, Any], **values: Any) -> None:
        """Set the faults, and values of the control desk."""
        self.ask("PATCH", "", {"faults": faults, **values})

    def bill(self) -> dict[str, Any]:
        """Return the bill."""
        return self.ask("GET", "/bill")

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Make one call of the control desk."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.address}/_control{path}", data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310 the address is the simulator's
            return dict(json.load(answer))

    async def embed(self, text: Any = "hello world", **options: Any) -> Any:
        """Ask for vectors, without any retry unless one is asked for."""
        client = self.client.with_options(max_retries=options.pop("max_retries", 0))
        return await settled(client.embeddings.create(model=options.pop("model", SMALL), input=text, **options))


async def settled(value: Any) -> Any:
    """Return the result of a call of either client."""
    return await value if inspect.isawaitable(value) else value


async def collected(pages: Any) -> list[Any]:
    """Return all entries of a list of either client, page by page."""
    if hasattr(pages, "__aiter__"):
        return [entry async for entry in pages]
    return list(pages)


async def failure(call: Callable[..., Any], *arguments: Any, **options: Any) -> list[Any]:
    """Return class, status, code and type of the error that a call of either client ends in."""
    try:
        await settled(call(*arguments, **options))
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code, error.type]
    except (openai.OpenAIError, ValueError) as error:
        return [type(error).__name__]
    return ["no error"]


async def single_text(desk: Desk) -> Any:
    """One text gives one vector of floats, the model and the usage."""
    answer = await desk.embed()
    [item] = answer.data
    kinds = [answer.object, item.object, item.index, type(item.embedding[0]).__name__, len(item.embedding)]
    return [*kinds, answer.model, answer.usage.prompt_tokens, answer.usage.total_tokens, answer._request_id[:4]]


async def forms_of_input(desk: Desk) -> Any:
    """A text, a list of it, its tokens and a list of these mean the same."""
    forms: list[Any] = ["hello world", ["hello world"], [15339, 1917], [[15339, 1917]]]
    vectors = [(await desk.embed(form)).data[0].embedding for form in forms]
    return [vector == vectors[0] for vector in vectors]


async def encodings(desk: Desk) -> Any:
    """The SDK asks for base64 and decodes it; what is asked for openly comes as it is."""
    quiet, plain, packed = [
        (await desk.embed(**options)).data[0].embedding
        for options in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"})
    ]
    same = all(abs(left - right) < 1e-6 for left, right in zip(quiet, plain, strict=True))
    return [same, type(packed).__name__, len(packed)]


async def dimensions(desk: Desk) -> Any:
    """Fewer dimensions come on request, at length 1."""
    vector = (await desk.embed(dimensions=256)).data[0].embedding
    return [len(vector), round(sum(number * number for number in vector), 3)]


async def order_by_index(desk: Desk) -> Any:
    """An answer in another order keeps index and vector together."""
    texts = ["one", "two", "three"]
    straight = (await desk.embed(texts)).data
    desk.play({"kind": "reordered"})
    turned = (await desk.embed(texts)).data
    same = [straight[item.index].embedding == item.embedding for item in turned]
    return [[item.index for item in turned], same]


async def headers(desk: Desk) -> Any:
    """The headers of an answer are those of the service."""
    answer = await settled(desk.client.embeddings.with_raw_response.create(model=SMALL, input="x"))
    units = ("requests", "tokens")
    limits = [f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining", "reset") for unit in units]
    wanted = ["x-request-id", "openai-processing-ms", "openai-version", "openai-organization", *limits]
    return [[name for name in wanted if name not in answer.headers], answer.headers["x-mock-provider"]]


async def wrong_requests(desk: Desk) -> Any:
    """What is wrong with a request is told by its class, its status and its code."""
    desk.play(max_inputs=3, max_input_tokens=20, max_request_tokens=30)
    return {
        "empty": await failure(desk.embed, ""),
        "many": await failure(desk.embed, ["a"] * 4),
        "long": await failure(desk.embed, "a " * 30),
        "large": await failure(desk.embed, ["a " * 15] * 3),
        "model": await failure(desk.embed, model="gpt"),
        "argument": await failure(desk.embed, extra_body={"top_k": 1}),
    }


async def refusals(desk: Desk) -> Any:
    """Every refusal of the service becomes the class that the SDK has for it."""
    seen = {}
    for kind in ("unauthorized", "forbidden", "rate_limit", "token_rate_limit", "slow_down", "server_error"):
        desk.play({"kind": kind})
        seen[kind] = await failure(desk.embed)
    for kind, value in (("overloaded", None), ("quota", None), ("quota", "credit_balance_exhausted")):
        desk.play({"kind": kind, "value": value})
        seen[f"{kind} {value}"] = await failure(desk.embed)
    return seen


async def wrong_key(desk: Desk) -> Any:
    """Another key than the expected one is an error of authentication."""
    stranger = desk.client.with_options(api_key="sk-other", max_retries=0)
    return await failure(stranger.models.list)


async def broken_connections(desk: Desk) -> Any:
    """An answer that hangs, is lost or cut is an error of the connection; a malformed one is one of its content."""
    seen = {}
    for kind in ("hang", "slow_answer", "lost_answer", "cut_answer", "malformed_answer", "empty_data"):
        desk.play({"kind": kind, "value": 600})
        seen[kind] = await failure(desk.embed, timeout=0.1 if kind in {"hang", "slow_answer"} else DEADLINE)
    return seen


async def retries(desk: Desk) -> Any:
    """The SDK tries again after the time it is told, unless it is told not to."""
    seen: dict[str, Any] = {}
    desk.play({"kind": "rate_limit", "value": 0.001, "times": 2})
    seen["rate"] = len((await desk.embed(max_retries=2)).data)
    desk.play({"kind": "rate_limit", "value": 0.001, "times": 2})
    seen["rate again"] = await failure(desk.embed, max_retries=1)
    desk.play({"kind": "quota", "times": 1})
    seen["money"] = await failure(desk.embed, max_retries=2)
    return seen


async def lost_answers(desk: Desk) -> Any:
    """A request whose answer is lost is sent again, and paid for again."""
    desk.play({"kind": "lost_answer", "times": 1})
    await desk.embed(max_retries=1)
    return desk.bill()["summary"]["duplicate_units"]


async def long_waits(desk: Desk) -> Any:
    """A pause of five minutes is one that the newer SDKs do not sit out."""
    desk.play({"kind": "rate_limit", "value": 300, "times": 1})
    return await failure(desk.embed, max_retries=1)


async def models(desk: Desk) -> Any:
    """Models are listed and shown."""
    listed = [model.id for model in await collected(desk.client.models.list())]
    shown = await settled(desk.client.models.retrieve(SMALL))
    missing = await failure(desk.client.models.retrieve, "gpt")
    return [listed, shown.id, shown.object, shown.owned_by, missing]


async def uploaded(desk: Desk, content: bytes, name: str = "requests.jsonl", purpose: str = "batch") -> Any:
    """Store a file."""
    return await settled(desk.client.files.create(file=(name, content), purpose=purpose))


async def files(desk: Desk) -> Any:
    """A file is stored, shown, listed in pages, read and deleted."""
    stored = [await uploaded(desk, b"{}\n" * count) for count in (1, 2, 3)]
    first = await settled(desk.client.files.wait_for_processing(stored[0].id))
    listed = await collected(desk.client.files.list(limit=2, order="asc", purpose="batch"))
    content = await settled(desk.client.files.content(stored[1].id))
    gone = await settled(desk.client.files.delete(stored[2].id))
    return {
        "shown": [first.object, first.bytes, first.filename, first.purpose, first.status, first == stored[0]],
        "listed": [entry.id for entry in listed] == [entry.id for entry in stored],
        "content": content.text,
        "deleted": [gone.deleted, gone.id == stored[2].id],
        "missing": await failure(desk.client.files.retrieve, stored[2].id),
        "name": await failure(uploaded, desk, b"{}", "requests.csv"),
    }


def lines(*texts: Any, **body: Any) -> bytes:
    """Return the input file of a batch, one request per text."""
    requests = [
        {
            "custom_id": f"line-{number}",
            "method": "POST",
            "url": "/v1/embeddings",
            "body": {"model": SMALL, "input": text, **body},
        }
        for number, text in enumerate(texts)
    ]
    return "\n".join(json.dumps(request) for request in requests).encode()


async def begun(desk: Desk, content: bytes, **options: Any) -> Any:
    """Create a batch."""
    file = await uploaded(desk, content)
    return await settled(
        desk.client.batches.create(input_file_id=file.id, endpoint="/v1/embeddings", completion_window="24h", **options)
    )


async def ended(desk: Desk, batch: Any) -> Any:
    """Wait until a batch has ended."""
    end = time.monotonic() + DEADLINE
    while batch.status in {"validating", "in_progress", "finalizing", "cancelling"} and time.monotonic() < end:
        await asyncio.sleep(0.01)
        batch = await settled(desk.client.batches.retrieve(batch.id))
    return batch


async def lines_of(desk: Desk, file_id: str) -> dict[str, Any]:
    """Return the lines of a result file by their ids, in the order of the file."""
    text = (await settled(desk.client.files.content(file_id))).text
    return {line["custom_id"]: line for line in map(json.loads, text.splitlines())}


async def batch(desk: Desk) -> Any:
    """A batch gives the vectors of the direct calls, joined by `custom_id`, at half the price."""
    texts = ["alpha", ["beta", "gamma delta"], "", "epsilon"]
    made = await ended(desk, await begun(desk, lines(*texts), metadata={"run": "7"}))
    good, bad = await lines_of(desk, made.output_file_id), await lines_of(desk, made.error_file_id)
    paid = desk.bill()["summary"]["cost_usd"]
    direct = {place: (await desk.embed(texts[place], encoding_format="float")).data for place in (0, 1, 3)}
    summary = desk.bill()["summary"]
    same = [
        [item["embedding"] for item in good[f"line-{place}"]["response"]["body"]["data"]]
        == [item.embedding for item in items]
        for place, items in direct.items()
    ]
    counts = made.request_counts
    return {
        "batch": [made.object, made.status, made.metadata, made.endpoint, made.completion_window, made.errors],
        "counts": [counts.total, counts.completed, counts.failed],
        "moments": made.created_at <= made.in_progress_at <= made.finalizing_at <= made.completed_at,
        "shuffled": list(good) != sorted(good),
        "ids": sorted(good),
        "same vectors": same,
        "line": [good["line-0"]["response"]["status_code"], good["line-0"]["error"]],
        "bad line": [bad["line-2"]["response"]["status_code"], bad["line-2"]["response"]["body"]["error"]["type"]],
        "price": round(paid / (summary["cost_usd"] - paid), 6),
        "bought twice": summary["duplicate_units"],
    }


async def failed_batch(desk: Desk) -> Any:
    """An input file that cannot be worked on fails the batch and says in which line."""
    made = await ended(desk, await begun(desk, lines("a", "b").replace(b"line-1", b"line-0") + b"\n{"))
    errors = [[error.code, error.line, error.param] for error in made.errors.data]
    return [made.status, errors, made.output_file_id]


async def cancelled_batch(desk: Desk) -> Any:
    """A batch is cancelled on its way, and only there."""
    desk.play(batch_delay=600)
    made = await begun(desk, lines("a"))
    leaving = await settled(desk.client.batches.cancel(made.id))
    gone = await ended(desk, leaving)
    return [leaving.status, gone.status, await failure(desk.client.with_options(max_retries=0).batches.cancel, made.id)]


async def listed_batches(desk: Desk) -> Any:
    """Batches are listed newest first, page by page."""
    made = [(await begun(desk, lines("a"))).id for _ in range(3)]
    listed = [entry.id for entry in await collected(desk.client.batches.list(limit=1))]
    return [listed == made[::-1], await failure(desk.client.batches.retrieve, "batch_none")]


CHECKS: tuple[Callable[[Desk], Awaitable[Any]], ...] = (
    single_text,
    forms_of_input,
    encodings,
    dimensions,
    order_by_index,
    headers,
    wrong_requests,
    refusals,
    wrong_key,
    broken_connections,
    retries,
    models,
    files,
    batch,
    failed_batch,
    cancelled_batch,
    listed_batches,
)


# The SDK waits half a second in each of these, and is the same one in this in both clients.
SLOW_CHECKS = (lost_answers, long_waits)


async def seen(desk: Desk, *checks: Callable[[Desk], Awaitable[Any]]) -> dict[str, Any]:
    """Run checks and return what each saw; an unexpected error is what a check saw, too."""
    found: dict[str, Any] = {}
    for check in checks:
        desk.ask("POST", "/reset")
        try:
            found[check.__name__] = await check(desk)
        except Exception as error:  # noqa: BLE001 told in the result, beside those of the other checks
            found[check.__name__] = f"raised {type(error).__name__}: {error}"
    return found


async def seen_async(address: str) -> dict[str, Any]:
    """Run all checks with the asynchronous client."""
    async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{address}/v1") as client:
        return await seen(Desk(address, client), *CHECKS)


def seen_sync(address: str) -> dict[str, Any]:
    """Run all checks with the synchronous client."""
    with openai.OpenAI(api_key=KEY, base_url=f"{address}/v1") as client:
        return asyncio.run(seen(Desk(address, client), *CHECKS, *SLOW_CHECKS))


if __name__ == "__main__":
    where = sys.argv[1]
    result = {"version": openai.__version__, "sync": seen_sync(where), "async": asyncio.run(seen_async(where))}
    sys.stdout.write(json.dumps(result))
