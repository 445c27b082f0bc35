"""What the check of the outside services says about each answer that they may give."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from accessa.pipeline.callback_check import check_callback
from accessa.pipeline.provider_checks import check_providers
from accessa.pipeline.provider_findings import ProviderFinding
from accessa.providers.name_lookup import Number, look_up
from accessa.settings import Settings, settings_of

SECRETS = {
    "LLAMAPARSE_API_KEY": "llx-secret-of-the-tests",
    "OPENAI_API_KEY": "sk-secret-of-the-tests",
    "SUPABASE_SERVICE_ROLE_KEY": "service-secret-of-the-tests",
}
VERSIONS = {"latest": {"cost_effective": "2026-09-28", "agentic": "2026-10-16"}}
PLAN = {"x-ratelimit-limit-requests": "3000", "x-ratelimit-limit-tokens": "1000000"}
GOOD: dict[str, tuple[int, dict[str, str], Any]] = {
    "/parse/api/v2/parse/versions": (200, {}, VERSIONS),
    "/v1/models/text-embedding-3-small": (200, PLAN, {"id": "text-embedding-3-small", "object": "model"}),
    "/storage/v1/bucket/raw": (200, {}, {"id": "raw", "public": False}),
    "/storage/v1/bucket/parsed": (200, {}, {"id": "parsed", "public": False}),
    "/health": (200, {}, {"status": "ok", "service": "api-server"}),
}
# The words of a refusal may quote the key.
QUOTED = {"error": {"message": f"Incorrect API key: {' '.join(SECRETS.values())}", "code": "invalid_api_key"}}


class Outside(ThreadingHTTPServer):
    """Every outside service on one port; `answers` tells status, headers and body of a path."""

    daemon_threads = True
    answers: dict[str, tuple[int, dict[str, str], Any]]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers each GET as the server is told to."""

    server: Outside

    def do_GET(self) -> None:
        """Answer; a path that nobody knows is answered with 404."""
        status, headers, body = self.server.answers.get(self.path, (404, {}, {"detail": "Not Found"}))
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def listening() -> Iterator[Outside]:
    """The outside services, listening for all tests of this file."""
    with Outside(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def outside(listening: Outside) -> Outside:
    """The outside services, each of which is well."""
    listening.answers = dict(GOOD)
    return listening


def settings_for(outside: Outside, **changes: str) -> Settings:
    """Return settings that lead to the outside services of the tests."""
    addresses = {
        "LLAMAPARSE_BASE_URL": f"{outside.url}/parse",
        "OPENAI_BASE_URL": f"{outside.url}/v1",
        "SUPABASE_URL": outside.url,
        "API_PUBLIC_URL": outside.url,
    }
    return settings_of(SECRETS | addresses | changes)


async def found(outside: Outside, **changes: str) -> dict[str, ProviderFinding]:
    """Run the check and return its findings by name."""
    return {finding.name: finding for finding in await check_providers(settings_for(outside, **changes))}


async def resolve_to(*numbers: str) -> frozenset[Number]:
    """Return addresses as a resolver does."""
    return frozenset(ip_address(number) for number in numbers)


async def test_services_that_are_well_have_one_good_line_each(outside: Outside) -> None:
    """Each line says who answers, what was accepted and, where it is told, what the plan allows."""
    assert {
        "llamaparse": "mock-llamaparse accepts LLAMAPARSE_API_KEY; tier cost_effective is used in the newest version, "
        "2026-09-28.",
        "openai": "mock-openai accepts OPENAI_API_KEY and serves text-embedding-3-small; its plan allows "
        "3,000 requests and 1,000,000 tokens a minute.",
        "storage": "The storage at 127.0.0.1 accepts SUPABASE_SERVICE_ROLE_KEY; the buckets raw and parsed are there, "
        "and private.",
        "callback": "This API answers at 127.0.0.1, which is this machine.",
    } == {name: finding.sentence for name, finding in (await found(outside)).items() if finding.ok}


PARSE, MODEL, BUCKET = list(GOOD)[:3]
REFUSALS = [
    ("llamaparse", PARSE, 401, QUOTED, "refuses LLAMAPARSE_API_KEY (status 401).", "another region"),
    ("llamaparse", PARSE, 403, QUOTED, "allows LLAMAPARSE_API_KEY nothing here (status 403).", "project and country"),
    ("llamaparse", PARSE, 402, {"detail": "No quota"}, "its account has no credit left.", "Add credit."),
    ("llamaparse", PARSE, 429, {"detail": "slow"}, "limits the rate at this moment.", "Ask again in a few minutes."),
    ("llamaparse", PARSE, 404, {"detail": "Not Found"}, "answers (status 404), but not as", "LLAMAPARSE_BASE_URL"),
    ("llamaparse", PARSE, 200, "<html>", "but not as the service", "https://api.cloud.llamaindex.ai"),
    ("llamaparse", PARSE, 200, {"latest": {"fast": "1"}}, "has no tier cost_effective.", "LLAMAPARSE_TIER: fast."),
    ("openai", MODEL, 401, QUOTED, "refuses OPENAI_API_KEY (status 401).", "OPENAI_BASE_URL"),
    (
        "openai",
        MODEL,
        404,
        {"error": {"code": "model_not_found"}},
        "does not serve the model text-embedding-3-small.",
        "EMBED_MODEL",
    ),
    ("openai", MODEL, 404, {"detail": "Not Found"}, "but not as the service", "https://api.openai.com/v1"),
    ("openai", MODEL, 429, {"error": {"type": "insufficient_quota"}}, "no credit left.", "Add credit."),
    ("openai", MODEL, 503, {}, "is out of order (status 503).", "Ask again in a few minutes."),
    ("openai", MODEL, 200, "<html>", "but not as the service", "OPENAI_BASE_URL"),
    ("storage", BUCKET, 400, {"statusCode": "403", "error": "Unauthorized"}, "nothing here (status 403).", "key"),
    ("storage", BUCKET, 401, QUOTED, "refuses SUPABASE_SERVICE_ROLE_KEY (status 401).", "SUPABASE_URL"),
    (
        "storage",
        BUCKET,
        400,
        {"statusCode": "404", "error": "Bucket not found"},
        "shows no bucket raw.",
        "not the key of the service role",
    ),
    ("storage", BUCKET, 200, {"id": "raw", "public": True}, "lets anybody read the bucket raw.", "private"),
    ("storage", BUCKET, 200, "<html>", "but not as the service", "https://PROJECT.supabase.co"),
    ("callback", "/health", 502, {}, "but the answer there has the status 502.", "polled"),
    ("callback", "/health", 200, {"status": "ok"}, "something else than this API answers there.", "API_PUBLIC_URL"),
]


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [(row[1], (row[2], {}, row[3]), (row[0], *row[4:])) for row in REFUSALS],
    ids=[f"{row[0]}-{row[4]}" for row in REFUSALS],
)
async def test_what_is_wrong_is_told_with_what_mends_it(
    outside: Outside, path: str, answer: tuple[int, dict[str, str], Any], told: tuple[str, str, str]
) -> None:
    """Each refusal is one bad line; the others stay good, and no line repeats a key that the provider quoted."""
    name, sentence, mend = told
    outside.answers[path] = answer

    findings = await found(outside)

    assert {name} == {finding.name for finding in findings.values() if not finding.ok}
    assert sentence in findings[name].sentence
    assert mend in findings[name].mend
    assert [] == [secret for secret in SECRETS.values() if secret in str(findings)]


async def test_what_is_not_set_is_not_asked(outside: Outside) -> None:
    """A missing key or address is named, and nothing is called without it."""
    outside.answers.clear()

    findings = await found(outside, **dict.fromkeys(SECRETS, ""), API_PUBLIC_URL="")

    assert [f"Set {name}." for name in SECRETS] == [findings[kind].mend for kind in ("llamaparse", "openai", "storage")]
    assert "API_PUBLIC_URL is not set, so no webhook can come." == findings["callback"].sentence


async def test_a_key_that_no_request_may_carry_is_not_repeated(outside: Outside) -> None:
    """A line break or a letter beyond ASCII in a key ends in a sentence about the key, without the key."""
    findings = await found(
        outside, OPENAI_API_KEY="sk-one\nsk-two", LLAMAPARSE_API_KEY="llx-schlüssel", SUPABASE_SERVICE_ROLE_KEY="é"
    )

    assert ["callback"] == [name for name, finding in findings.items() if finding.ok]
    assert "OPENAI_API_KEY holds a character that no request may carry." in findings["openai"].sentence
    assert [] == [part for part in ("sk-one", "sk-two", "schl", "é") if part in str(findings)]


@contextmanager
def silent_port() -> Iterator[int]:
    """Lend a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_silence_and_absence_are_told_apart(outside: Outside) -> None:
    """A service that takes the call and says nothing is told by the time; one that is not there as unreachable."""
    with silent_port() as silent, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        findings = await found(
            outside,
            LLAMAPARSE_BASE_URL=f"http://127.0.0.1:{silent}",
            LLAMAPARSE_TIMEOUT_SECONDS="0.05",
            OPENAI_BASE_URL=f"http://127.0.0.1:{taken.getsockname()[1]}/v1",
        )

    assert "did not answer within 0.05 s (ReadTimeout)." in findings["llamaparse"].sentence
    assert "cannot be reached (ConnectError)." in findings["openai"].sentence
    assert "HTTPS_PROXY" in findings["openai"].mend


CALLBACKS = [
    ("production", "https://accessa.example.org", ["93.184.216.34"], None, True, "a public address."),
    ("production", "https://accessa.example.org", [], None, False, "resolves to no address."),
    ("production", "https://accessa.example.org", ["93.184.216.34", "10.0.0.5"], None, False, "resolves to 10.0.0.5"),
    ("production", "https://accessa.example.org", ["::ffff:169.254.169.254"], None, False, "no address of the public"),
    ("production", "http://127.0.0.1:8000", [], None, False, "is no public https address."),
    ("production", "https://api.internal", [], None, False, "is no public https address."),
    ("production", "https://accessa.example.org", ["93.184.216.34"], "nobody answers there", False, "but nobody"),
    ("local", "http://api-server:8000", [], None, True, "which is in a private network."),
    ("local", "http://127.0.0.1:8000", [], None, True, "which is this machine."),
    ("local", "https://accessa.example.org", ["10.0.0.5"], None, False, "resolves to 10.0.0.5"),
    ("local", "http://accessa.example.org", [], None, False, "is no public https address."),
]


@pytest.mark.parametrize(("environment", "address", "numbers", "silence", "is_well", "sentence"), CALLBACKS)
async def test_the_callback_address_is_judged_by_where_it_leads(
    environment: str, address: str, numbers: list[str], silence: str | None, *, is_well: bool, sentence: str
) -> None:
    """Every number behind the name counts; in local this machine and private names are fine."""

    async def probe(_address: str) -> str | None:
        return silence

    settings = settings_of({"ENVIRONMENT": environment, "API_PUBLIC_URL": address})
    finding = await check_callback(settings, lambda _host: resolve_to(*numbers), probe)

    assert is_well == finding.ok
    assert sentence in finding.sentence


async def test_a_name_that_nobody_knows_has_no_address() -> None:
    """The system's resolver is asked; what it does not know, or cannot even read, has no number."""
    assert {"127.0.0.1"} == {str(number) for number in await look_up("127.0.0.1")}
    assert [frozenset(), frozenset()] == [await look_up("nothing.invalid"), await look_up("x" * 300)]
