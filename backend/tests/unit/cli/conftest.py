"""A stand-in for the API that really listens: tests of the command line speak to it over HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from accessa.cli.main import main
from accessa.domain.error_catalogue import LEFT_ALONE
from accessa.domain.ids import document_id

WALK = ("uploaded", "chunking", "complete")


class StandInApi:
    """Keeps documents in memory; each look at a job moves it one status on.

    `walks` gives the statuses of the files of one name, `refusals` the error of a file name or path, `stuck` the names
    whose upload is never answered.
    """

    def __init__(self) -> None:
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.forget()

    def forget(self) -> None:
        """Know nothing, as at first."""
        self.walks: dict[str, tuple[str, ...]] = {}
        self.refusals: dict[str, tuple[int, str, str]] = {}
        self.results: list[dict[str, Any]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.skipped = 0
        self.checks = {"worker": "ok"}
        self.counted_errors = 0
        self.empty_pages = 0
        self.fault = "NEEDS_OCR"
        self.forgets_jobs = False
        self.copies_left = 0
        self.failed: list[dict[str, Any]] = []
        self.bulk_wishes: list[dict[str, Any]] = []
        self.replay = {"pages": 2, "tokens": 1200, "cost_usd": 0.0451, "uncounted": 0}
        self.orders_left = 0
        self.stuck: set[str] = set()
        self.uploads: list[str] = []
        self.users: set[str] = set()
        self.lanes: set[str] = set()
        self.embed_usd = 20.0
        self.limits = {"max_file_mb": 100, "max_pages": 3000}
        self.providers: list[dict[str, Any]] = []
        self.costs: dict[str, list[dict[str, Any]]] = {}
        self.receipt: dict[str, Any] = {}
        self.budgets: dict[str, Any] = {"jobs_waiting": 0, "sentence": None}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks: Counter[str] = Counter()
        self.most_at_once = 0
        self.busy: list[int] = []
        self._at_once = 0

    @property
    def url(self) -> str:
        """Where it listens, or listened before it was stopped."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on the port of before, at first on a free one; do nothing while it listens."""
        if self._thread and self._thread.is_alive():
            return
        routes = [
            Route("/documents", self._upload, methods=["POST"]),
            Route("/documents", self._list_documents),
            Route("/documents/known", self._known, methods=["POST"]),
            Route("/documents/{identifier}/receipt", self._receipt),
            Route("/documents/{identifier}", self._job),
            Route("/documents/{identifier}", self._delete, methods=["DELETE"]),
            Route("/jobs", self._list_jobs),
            Route("/jobs/failed", self._failed),
            Route("/jobs/failed/retry", self._retry_failed, methods=["POST"]),
            Route("/jobs/{identifier}/replay", self._replay),
            Route("/jobs/{identifier}/cancel", self._cancel, methods=["POST"]),
            Route("/jobs/{identifier}", self._job),
            Route("/jobs/{identifier}/events", self._events),
            Route("/jobs/{identifier}/retry", self._retry, methods=["POST"]),
            Route("/ready", self._ready),
            Route("/providers", self._providers),
            Route("/prices", self._prices),
            Route("/costs", self._costs),
            Route("/budgets", self._budgets),
            Route("/search", self._search, methods=["POST"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=self.port, log_config=None)
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        deadline = threading.Event()
        while not server.started and self._thread.is_alive():
            deadline.wait(0.005)
        self.port = server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Listen no longer, and cut every connection."""
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(10)

    def begin_again(self) -> None:
        """Put every job back to the first status of its walk."""
        self.looks.clear()
        for row in self.jobs.values():
            row.update(status=self.walks.get(row["filename"], WALK)[0], error=None)

    async def _upload(self, request: Request) -> JSONResponse:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            async with request.form() as form:
                file = form["file"]
                assert isinstance(file, UploadFile)
                name, content = file.filename or "", await file.read()
        finally:
            self._at_once -= 1
        if self.busy:
            return JSONResponse({}, self.busy.pop(), {"retry-after": "0"})
        if refused := self._refused(name):
            return refused
        while name in self.stuck and (await request.receive())["type"] != "http.disconnect":
            pass
        user = request.headers["X-User-Id"]
        self.users.add(user)
        self.uploads.append(name)
        self.lanes.add(request.query_params.get("lane", "interactive"))
        return self._keep(name, document_id(UUID(user), hashlib.sha256(content).hexdigest()))

    def _keep(self, name: str, document: UUID) -> JSONResponse:
        job_id = str(uuid5(document, "job"))
        known = job_id in self.jobs
        walk = self.walks.get(name, WALK)
        if not known:
            self.jobs[job_id] = job_row(job_id=job_id, document_id=str(document), filename=name, status=walk[0])
        row = self.jobs.pop(job_id) if self.forgets_jobs else self.jobs[job_id]
        receipt = {key: row[key] for key in ("document_id", "job_id", "correlation_id", "status")}
        return JSONResponse(receipt | {"duplicate": known}, 200 if known else 202)

    def _refused(self, key: str) -> JSONResponse | None:
        if key not in self.refusals:
            return None
        status, code, message = self.refusals[key]
        return JSONResponse({"error": {"code": code, "message": message, "correlation_id": "c-1"}}, status)

    def _find(self, identifier: str) -> dict[str, Any] | None:
        return next((row for row in self.jobs.values() if identifier in (row["job_id"], row["document_id"])), None)

    async def _job(self, request: Request) -> JSONResponse:
        row = self._find(request.path_params["identifier"])
        if not row:
            self.refusals["missing"] = (404, "NOT_FOUND", "There is no such document or job for this user.")
            return self._refused("missing") or JSONResponse({})
        self._move(row)
        return JSONResponse(row)

    def _move(self, row: dict[str, Any]) -> None:
        walk = self.walks.get(row["filename"], WALK)
        self.looks[row["job_id"]] += 1
        row["retry_count"] = self.counted_errors
        row["status"] = walk[min(self.looks[row["job_id"]], len(walk) - 1)]
        if row["status"] == "complete":
            row.update(chunks=48, vectors=48, cost_usd=0.0451, duration_seconds=1.9, pages=12)
            row.update(pages_without_text=self.empty_pages)
        elif row["status"].startswith("failed"):
            row["error"] = {"code": self.fault, "message": "The pages hold no text.", "provider_status": 200}

    async def _list_jobs(self, request: Request) -> JSONResponse:
        status = request.query_params.get("status")
        return JSONResponse({"jobs": [row for row in self.jobs.values() if status in (None, row["status"])]})

    async def _list_documents(self, _request: Request) -> JSONResponse:
        return JSONResponse({"documents": list(self.jobs.values())})

    async def _events(self, request: Request) -> JSONResponse:
        row = self._find(request.path_params["identifier"])
        assert row
        moves = [(None, "uploaded", "UPLOAD_ACCEPTED"), ("uploaded", row["status"], "PARSE_REQUESTED")]
        return JSONResponse({"events": [event_row(number, *move) for number, move in enumerate(moves)]})

    async def _retry(self, request: Request) -> JSONResponse:
        if refused := self._refused("retry"):
            return refused
        row = self._find(request.path_params["identifier"])
        assert row
        return JSONResponse({"job_id": str(uuid4()), "status": "uploaded", "document_id": row["document_id"]}, 202)

    async def _failed(self, request: Request) -> JSONResponse:
        code = request.query_params.get("code")
        groups = [group for group in self.failed if code in (None, group["code"])]
        return JSONResponse({"groups": groups, "documents": sum(group["documents"] for group in groups)})

    async def _retry_failed(self, request: Request) -> JSONResponse:
        """Open one job a request, as many as the groups that are not left out have documents."""
        wish = json.loads(await request.body())
        self.bulk_wishes.append(wish)
        wanted = [group for group in self.failed if wish["code"] in (None, group["code"])]
        if wish["code"] is None:
            wanted = [group for group in wanted if group["code"] not in LEFT_ALONE]
        done = len(self.bulk_wishes) >= sum(group["documents"] for group in wanted)
        jobs = [{"job_id": str(uuid4()), "document_id": str(uuid4())}]
        return JSONResponse({"jobs": jobs, "next_cursor": None if done else f"cursor-{len(self.bulk_wishes)}"}, 202)

    async def _replay(self, request: Request) -> JSONResponse:
        if refused := self._refused("replay"):
            return refused
        row = self._find(request.path_params["identifier"])
        assert row
        return JSONResponse({"job_id": row["job_id"], "retry": "may help", "replay": self.replay})

    async def _cancel(self, request: Request) -> JSONResponse:
        if refused := self._refused("cancel"):
            return refused
        row = self._find(request.path_params["identifier"])
        assert row
        ids = {"job_id": row["job_id"], "document_id": row["document_id"], "status": "failed_parse"}
        before = row["error"] is not None
        row["error"] = {"code": "JOB_CANCELLED", "message": "The job was cancelled."}
        return JSONResponse({**ids, "cancelled_before": before, "left_at_providers": self.orders_left})

    async def _delete(self, request: Request) -> JSONResponse:
        identifier = request.path_params["identifier"]
        row = self._find(identifier)
        if not row or identifier in self.refusals:
            self.refusals.setdefault(identifier, (404, "NOT_FOUND", "There is no such document or job for this user."))
            return self._refused(identifier) or JSONResponse({})
        del self.jobs[row["job_id"]]
        counts = {"documents": 1, "upload_jobs": 1, "document_chunk_buffer": 48}
        facts = {"objects": 3, "parse_cancelled": True, "provider_copies_deleted": 2 - self.copies_left, "left": 0}
        return JSONResponse(
            {"document_id": row["document_id"], "rows": counts, "provider_copies_left": self.copies_left} | facts
        )

    async def _ready(self, _request: Request) -> JSONResponse:
        good = set(self.checks.values()) == {"ok"}
        return JSONResponse({"status": "ok" if good else "not ready", "checks": self.checks}, 200 if good else 503)

    async def _providers(self, _request: Request) -> JSONResponse:
        return JSONResponse({"providers": self.providers})

    async def _prices(self, _request: Request) -> JSONResponse:
        prices = {"embed_model": "model-1", "embed_usd": self.embed_usd, "embed_bulk_usd": self.embed_usd / 2}
        return JSONResponse({**prices, "as_of": "2026-11", "parse_tier": "agentic", "page_usd": 0.0125, **self.limits})

    async def _known(self, request: Request) -> JSONResponse:
        user, asked = UUID(request.headers["X-User-Id"]), json.loads(await request.body())["sha256"]
        stored = {row["document_id"] for row in self.jobs.values()}
        return JSONResponse({"known": [sha256 for sha256 in asked if str(document_id(user, sha256)) in stored]})

    async def _receipt(self, _request: Request) -> JSONResponse:
        return JSONResponse(self.receipt)

    async def _costs(self, request: Request) -> JSONResponse:
        since = request.query_params.get("since", "2026-10-26")
        return JSONResponse({"since": since, "rows": self.costs.get(request.query_params["by"], [])})

    async def _budgets(self, _request: Request) -> JSONResponse:
        return JSONResponse(self.budgets)

    async def _search(self, request: Request) -> JSONResponse:
        if refused := self._refused("search"):
            return refused
        question = json.loads(await request.body())
        results = self.answers.get(question["query"], self.results)[: question["limit"]]
        answer = {"results": results, "documents_searched": 3, "documents_skipped": self.skipped}
        return JSONResponse(answer)


def job_row(**values: Any) -> dict[str, Any]:
    """Return a job as the API tells it, `values` over the plain ones."""
    plain = {
        "mime": "application/pdf",
        "bytes_len": 48213,
        "file_sha256": "ab" * 32,
        "live": False,
        "correlation_id": str(uuid4()),
        "lane": "interactive",
        "progress": {"chunks_total": 48, "chunks_done": 48, "embeds_total": 48, "embeds_done": 24},
        "retry_count": 0,
        "crash_count": 0,
        "pages": None,
        "pages_without_text": None,
        "chunks": None,
        "vectors": None,
        "cost_usd": 0.0,
        "unsure_usd": 0.0,
        "duration_seconds": None,
        "created_at": "2026-11-23T10:00:00+00:00",
        "available_at": "2026-11-23T10:00:05+00:00",
        "error": None,
    }
    return plain | values


def event_row(number: int, from_status: str | None, to_status: str, code: str) -> dict[str, Any]:
    """Return an event as the API tells it, half a second after the one before."""
    ts = f"2026-11-23T10:00:00.{number * 5}00000+00:00"
    return {
        "ts": ts,
        "from_status": from_status,
        "to_status": to_status,
        "code": code,
        "severity": "info",
        "payload": {},
    }


@pytest.fixture(scope="session")
def listening_api() -> Iterator[StandInApi]:
    """A stand-in API that listens for the whole session."""
    server = StandInApi()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def api(listening_api: StandInApi, monkeypatch: pytest.MonkeyPatch) -> StandInApi:
    """A stand-in API that knows nothing yet, and to which ACCESSA_API_URL points."""
    listening_api.start()
    listening_api.forget()
    monkeypatch.setenv("ACCESSA_API_URL", listening_api.url)
    return listening_api


class Cli:
    """Runs the command line in this process and keeps what it printed."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: str) -> int:
        """Run one command; return its exit code."""
        self._capture.readouterr()
        code = main(arguments)
        self.out, self.err = self._capture.readouterr()
        return code

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; anything else on it is an error."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """The command line."""
    return Cli(capfd)


@pytest.fixture(autouse=True)
def no_settings_and_no_pauses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's settings file and running stack out of the tests, and look at jobs at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("accessa.cli.job_watch._FIRST_PAUSE", 0.01)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path / "home"))
    for name in ("ACCESSA_API_URL", "DATABASE_URL", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
