"""The official SDK in three versions, unchanged, against the OpenAI simulator over HTTP."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from starlette.types import ASGIApp

from mock_providers.openai.app import create_app
from mock_providers.settings import OpenAISettings

HERE = Path(__file__).parent
KEY = "sk-contract"
SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"
IN_ENVIRONMENT = "3."
OLDER = ("1.109.1", "2.54.0")
VERSIONS = (*OLDER, IN_ENVIRONMENT)
DEADLINE = 60.0

BAD_REQUEST = ["BadRequestError", 400, None, "invalid_request_error"]
NOT_FOUND = ["NotFoundError", 404, None, "invalid_request_error"]
NO_MODEL = ["NotFoundError", 404, "model_not_found", "invalid_request_error"]
WRONG_KEY = ["AuthenticationError", 401, "invalid_api_key", "invalid_request_error"]
TOO_FAST = ["RateLimitError", 429, "rate_limit_exceeded", "requests"]
NO_MONEY = ["RateLimitError", 429, "insufficient_quota", "insufficient_quota"]

EXPECTED: dict[str, Any] = {
    "single_text": ["list", "embedding", 0, "float", 1536, SMALL, 2, 2, "req_"],
    "forms_of_input": [True] * 4,
    "encodings": [True, "str", 8192],
    "dimensions": [256, 1.0],
    "order_by_index": [[2, 1, 0], [True] * 3],
    "headers": [[], "mock-openai"],
    "wrong_requests": {
        "empty": BAD_REQUEST,
        "many": BAD_REQUEST,
        "long": BAD_REQUEST,
        "large": ["BadRequestError", 400, "max_tokens_per_request", "max_tokens_per_request"],
        "model": NO_MODEL,
        "argument": BAD_REQUEST,
    },
    "refusals": {
        "unauthorized": WRONG_KEY,
        "forbidden": ["PermissionDeniedError", 403, "unsupported_country_region_territory", "request_forbidden"],
        "rate_limit": TOO_FAST,
        "token_rate_limit": ["RateLimitError", 429, "rate_limit_exceeded", "tokens"],
        "slow_down": ["RateLimitError", 429, "slow_down", "rate_limit_error"],
        "server_error": ["InternalServerError", 500, None, "server_error"],
        "overloaded None": ["InternalServerError", 503, "server_is_overloaded", "server_error"],
        "quota None": NO_MONEY,
        "quota credit_balance_exhausted": ["RateLimitError", 429, "credit_balance_exhausted", "insufficient_quota"],
    },
    "wrong_key": WRONG_KEY,
    "broken_connections": {
        "hang": ["APITimeoutError"],
        "slow_answer": ["APITimeoutError"],
        "lost_answer": ["APIConnectionError"],
        "cut_answer": ["APIConnectionError"],
        "malformed_answer": ["JSONDecodeError"],
        "empty_data": ["ValueError"],
    },
    "retries": {"rate": 1, "rate again": TOO_FAST, "money": NO_MONEY},
    "models": [[SMALL, LARGE], SMALL, "model", "system", NO_MODEL],
    "files": {
        "shown": ["file", 3, "requests.jsonl", "batch", "processed", True],
        "listed": True,
        "content": "{}\n{}\n",
        "deleted": [True, True],
        "missing": NOT_FOUND,
        "name": BAD_REQUEST,
    },
    "batch": {
        "batch": ["batch", "completed", {"run": "7"}, "/v1/embeddings", "24h", None],
        "counts": [4, 3, 1],
        "moments": True,
        "shuffled": True,
        "ids": ["line-0", "line-1", "line-3"],
        "same vectors": [True] * 3,
        "line": [200, None],
        "bad line": [400, "invalid_request_error"],
        "price": 0.5,
        "bought twice": 4,
    },
    "failed_batch": ["failed", [["duplicate_custom_id", 2, "custom_id"], ["invalid_json_line", 3, None]], None],
    "cancelled_batch": ["cancelling", "cancelled", ["ConflictError", 409, None, "invalid_request_error"]],
    "listed_batches": [True, NOT_FOUND],
}


@pytest.fixture(scope="module")
def simulator(serve: Callable[[ASGIApp], int], memory_folder: Path) -> int:
    """Serve a simulator whose batches need no time; give its port."""
    return serve(create_app(OpenAISettings(data_dir=memory_folder, api_key=KEY, batch_delay=0)))


@pytest.fixture(scope="session")
def older_sdks() -> dict[str, Path]:
    """Install the older SDKs in folders of their own beside the environment, unless they are there."""
    return {version: _installed(f"openai-{version}") for version in OLDER}


def _installed(name: str) -> Path:
    folder = Path(sys.prefix) / "sdk" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _install(HERE / "sdk" / f"{name}.txt", folder)
    return folder


def _install(requirements: Path, folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.part")
    # Most of an SDK is never imported here, and compiling it would take longer than everything else.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes"]
    command += ["--upgrade", "--target", str(unfinished), "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{requirements.stem} could not be installed for this test; pip says: {done.stderr[-1000:]}")
    unfinished.rename(folder)


@pytest.fixture(scope="module")
def seen(simulator: int, older_sdks: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """Run all checks with each SDK in a process of its own."""
    return {version: _seen(simulator, older_sdks.get(version)) for version in VERSIONS}


def _seen(port: int, sdk: Path | None) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "openai_checks.py"), f"http://127.0.0.1:{port}"]
    path = {"PYTHONPATH": str(sdk)} if sdk else {}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=path, timeout=DEADLINE)
    if done.returncode:
        pytest.fail(f"The checks with {sdk or 'the SDK of this environment'} broke: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wanted_sdk_is_the_one_that_is_tried(seen: dict[str, dict[str, Any]], version: str) -> None:
    """Each process has imported the version that it is meant for."""
    assert seen[version]["version"].startswith(version)


@pytest.mark.parametrize("check", EXPECTED)
@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_sdk_sees_the_service(seen: dict[str, dict[str, Any]], version: str, client: str, check: str) -> None:
    """What the SDK makes of the simulator is what it makes of the service."""
    assert EXPECTED[check] == seen[version][client].get(check)


@pytest.mark.parametrize(("version", "outcome"), [("1.109.1", ["no error"]), ("2.54.0", TOO_FAST), ("3.", TOO_FAST)])
def test_a_pause_of_minutes(seen: dict[str, dict[str, Any]], version: str, outcome: list[Any]) -> None:
    """The newer SDKs give up when they are told to wait for five minutes; the oldest one tries again after its own."""
    assert outcome == seen[version]["sync"]["long_waits"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_answer_is_bought_again(seen: dict[str, dict[str, Any]], version: str) -> None:
    """The SDK repeats a request whose answer it never saw, and the bill has it twice."""
    assert 1 == seen[version]["sync"]["lost_answers"]


class Wire:
    """A plain connection to the simulator, on which nothing is repeated or smoothed over."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)

    def ask(self, method: str, path: str, body: Any = None) -> http.client.HTTPResponse:
        """Make one call and return the answer before its body is read."""
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        self.connection.close()
        self.connection.request(method, path, json.dumps(body), headers)
        return self.connection.getresponse()

    def play(self, **fault: Any) -> None:
        """Set one fault on an empty simulator."""
        assert 200 == self.ask("POST", "/_control/reset").status
        assert 200 == self.ask("PATCH", "/_control", {"faults": [fault]}).status

    def units(self) -> int:
        """Return how many units have been billed."""
        return int(json.load(self.ask("GET", "/_control/bill"))["summary"]["units"])


@pytest.fixture
def wire(simulator: int) -> Iterator[Wire]:
    """Open a plain connection."""
    opened = Wire(simulator)
    yield opened
    opened.connection.close()


REQUEST = {"model": SMALL, "input": ["one", "two"]}


def test_a_lost_answer_is_billed(wire: Wire) -> None:
    """The connection is reset before the first byte, and the work is on the bill."""
    wire.play(kind="lost_answer")

    with pytest.raises(ConnectionResetError):
        wire.ask("POST", "/v1/embeddings", REQUEST)

    assert 2 == wire.units()


def test_a_cut_answer_breaks_in_the_middle(wire: Wire) -> None:
    """Status and half of the body arrive, then the connection is reset; the work is on the bill."""
    wire.play(kind="cut_answer")

    answer = wire.ask("POST", "/v1/embeddings", REQUEST)
    half = answer.read(int(answer.headers["content-length"]) // 2)

    assert (200, b'{"object":"list"') == (answer.status, half[:16])
    with pytest.raises(ConnectionResetError):
        answer.read(1)
    assert 2 == wire.units()


def test_a_created_batch_can_be_lost_too(wire: Wire) -> None:
    """A batch whose answer is lost exists, and is found in the list by its metadata."""
    wire.play(kind="lost_answer", document="batches.create")
    body = {"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h", "metadata": {"a": "b"}}

    with pytest.raises(ConnectionResetError):
        wire.ask("POST", "/v1/batches", body)

    found = json.load(wire.ask("GET", "/v1/batches"))["data"]
    assert [{"a": "b"}] == [entry["metadata"] for entry in found]
