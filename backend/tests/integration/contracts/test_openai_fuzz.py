"""Requests that fit the OpenAI simulator's own description, and ones that break it: none may break the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from starlette.types import ASGIApp

from mock_providers.openai.app import create_app
from mock_providers.settings import OpenAISettings

KEY = {"Authorization": "Bearer sk-fuzz"}
EXAMPLES = 8
# What a description can be broken in: a body, or a query with a limit. All other calls take any text.
BREAKABLE = {
    "PATCH /_control",
    "GET /_control/bill",
    "POST /v1/embeddings",
    "POST /_control/embeddings",
    "POST /v1/files",
    "GET /v1/files",
    "POST /v1/batches",
    "GET /v1/batches",
}
CALLS = {
    "GET /_control",
    "POST /_control/reset",
    "GET /v1/models",
    "GET /v1/models/{name}",
    "GET /v1/files/{file_id}",
    "GET /v1/files/{file_id}/content",
    "DELETE /v1/files/{file_id}",
    "GET /v1/batches/{batch_id}",
    "POST /v1/batches/{batch_id}/cancel",
    "GET /health",
} | BREAKABLE


@pytest.fixture(scope="module")
def address(serve: Callable[[ASGIApp], int], memory_folder: Path) -> str:
    """Serve a simulator whose batches need no time; give its address."""
    return f"http://127.0.0.1:{serve(create_app(OpenAISettings(data_dir=memory_folder, batch_delay=0)))}"


@pytest.fixture(scope="module")
def operations(address: str) -> dict[str, Any]:
    """Read the simulator's description of itself."""
    described = schemathesis.openapi.from_url(f"{address}/openapi.json")
    return {found.ok().label: found.ok() for found in described.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx.Client]:
    """Give a client of the simulator."""
    with httpx.Client(base_url=address, headers=KEY) as client:
        yield client


@pytest.fixture(autouse=True)
def _start_anew(http: httpx.Client) -> None:
    http.post("/_control/reset").raise_for_status()


def statuses(cases: st.SearchStrategy[Any], examples: int = EXAMPLES) -> Counter[int]:
    """Send the cases and count the statuses of the answers; fail with the first one that is a 5xx."""
    seen: Counter[int] = Counter()

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases)
    def send(case: Any) -> None:
        answer = case.call(headers=KEY)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, answer.text

    send()
    return seen


def test_all_calls_are_tried(operations: dict[str, Any]) -> None:
    """A call that the simulator learns is fuzzed here."""
    assert operations.keys() == CALLS


@pytest.mark.parametrize("label", sorted(CALLS))
def test_requests_that_fit(operations: dict[str, Any], label: str) -> None:
    """No request that fits the description is answered with a 5xx."""
    assert statuses(operations[label].as_strategy(generation_mode=GenerationMode.POSITIVE))


@pytest.mark.parametrize("label", sorted(BREAKABLE))
def test_requests_that_do_not_fit(operations: dict[str, Any], label: str) -> None:
    """No request that breaks the description is answered with a 5xx, and most are refused."""
    seen = statuses(operations[label].as_strategy(generation_mode=GenerationMode.NEGATIVE))

    assert seen.keys() & {400, 404, 422}


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/batches", "/v1/files", "/_control"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"[" * 100_000,
        b'{"model": "\\ud800"}',
        b"\xff\xfe",
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"faults": [{"kind": "slow_answer", "value": 1e999}]}',
    ],
    ids=["empty", "null", "not a number", "infinite", "deep", "half a pair", "no text", "long number", "long wait"],
)
def test_bodies_that_no_description_has(http: httpx.Client, path: str, body: bytes) -> None:
    """Bytes that are hardly JSON are refused with a 4xx."""
    method = "PATCH" if path == "/_control" else "POST"

    answer = http.request(method, path, content=body, headers={"content-type": "application/json"})

    assert 4 == answer.status_code // 100
