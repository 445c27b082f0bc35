"""The paid tests themselves, run against the simulators as a person runs them against the real services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from accessa.domain.addresses import trust_for
from mock_providers.llamaparse.app import create_app as create_llamaparse
from mock_providers.openai.app import create_app as create_openai
from mock_providers.settings import LlamaParseSettings, OpenAISettings
from real_apis.walks import PRIVATE_WORDS

PAID_TESTS = Path(__file__).with_name("test_real_apis.py")
CHECKOUT = Path(__file__).parents[3]
PARSE_KEY, EMBED_KEY = "llx-key-of-the-harness", "sk-key-of-the-harness"
# Only what the paid tests use: other plugins take longer to load than the tests to run.
COMMAND = [
    *(sys.executable, "-m", "pytest", "-q", "--noconftest", "-p", "pytest_asyncio.plugin", "-p", "pytest_timeout"),
    *("-p", "no:cacheprovider", str(PAID_TESTS)),
]


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app on a free loopback port in a thread and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none", loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@dataclass(frozen=True)
class Services:
    """Where both simulators answer."""

    llamaparse: str
    openai: str

    def bill(self) -> list[float]:
        """Return what each of them has billed, in USD."""
        return [self._billed(self.llamaparse), self._billed(self.openai)]

    def _billed(self, url: str) -> float:
        answer = httpx.get(f"{url}/_control/bill", verify=trust_for(url), trust_env=False)
        return float(sum(row["cost_usd"] for row in answer.json()["rows"]))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Both simulators with keys of their own, reading real files."""
    folder = tmp_path_factory.mktemp("services")
    parser = LlamaParseSettings(
        delay=0, mode="document", data_dir=folder, api_key=PARSE_KEY, webhook_retry_waits=(), webhook_timeout=0.1
    )
    embedder = OpenAISettings(data_dir=folder, api_key=EMBED_KEY)
    with served(create_llamaparse(parser)) as one, served(create_openai(embedder)) as two:
        yield Services(one, two)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(services: Services, tmp_path: Path) -> Run:
    """Run the paid tests in a process of their own, with changes to an environment in which all is allowed."""

    def start(**changes: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "ACCESSA_REAL_APIS": "1",
            "ACCESSA_REAL_RECORD_TO": str(tmp_path),
            "LLAMAPARSE_API_KEY": PARSE_KEY,
            "LLAMAPARSE_BASE_URL": services.llamaparse,
            "OPENAI_API_KEY": EMBED_KEY,
            "OPENAI_BASE_URL": f"{services.openai}/v1",
        }
        return subprocess.run(
            COMMAND, env=environment | changes, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=100
        )

    return start


def test_the_paid_tests_pass_and_record_shapes_without_secrets(services: Services, run: Run, tmp_path: Path) -> None:
    """Every operation is called by our clients, billed, and recorded; no key, text or id of it is in the files."""
    done = run()
    files = {f"{path.parent.name}/{path.stem}": path.read_text() for path in tmp_path.glob("*/*.json")}

    assert (0, "4 passed") == (done.returncode, done.stdout.strip().splitlines()[-1].split(" in ")[0]), done.stdout
    assert {
        *(f"llamaparse/{name}" for name in ("parse_versions", "parse_versions_401", "upload_file", "create_parse")),
        *(f"llamaparse/{name}" for name in ("create_parse_422", "get_parse", "get_parse_404", "get_parse_result")),
        "llamaparse/cancel_parse",
        *(f"openai/{name}" for name in ("get_model", "get_model_401", "get_model_404", "embeddings", "embeddings_400")),
        *(f"openai/{name}" for name in ("upload_file", "create_batch", "list_batches", "get_batch", "cancel_batch")),
    } == files.keys()
    assert {True} == {json.loads(text)["source"].startswith("recorded from mock-") for text in files.values()}
    sent = (PARSE_KEY, EMBED_KEY, *PRIVATE_WORDS, "0123456789", "127.0.0.1", "accessa-contract-test")
    assert [] == [(name, word) for name, text in files.items() for word in sent if word in text]
    assert [True, True] == [cost > 0 for cost in services.bill()]


def test_the_cost_limit_stops_a_call_before_it_is_made(services: Services, run: Run) -> None:
    """With too low a limit the tests fail with a plain sentence, and the services bill nothing more."""
    before = services.bill()

    done = run(ACCESSA_REAL_COST_LIMIT_USD="0.0000001")

    assert before == services.bill()
    assert 1 == done.returncode
    assert "3 failed, 1 passed" in done.stdout
    for path in ("/api/v2/parse", "/v1/embeddings", "/v1/batches"):
        assert f"CostLimitError: POST {path} was not sent: it may cost $0.0" in done.stdout
    assert "of the limit of $0.0000001. Raise ACCESSA_REAL_COST_LIMIT_USD to allow it." in done.stdout
