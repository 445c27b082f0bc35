"""The LlamaParse simulator served on a port of this machine, and what came in at its webhooks."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from mock_providers.llamaparse.app import create_app
from mock_providers.settings import LlamaParseSettings

DEADLINE = 20.0
KEY = "llx-contract"
SECRET = "hook-secret"
OPTIONS = {"tier": "agentic", "version": "latest"}
FINAL = {"COMPLETED", "FAILED", "CANCELLED"}


@dataclass(frozen=True, slots=True)
class ServedLlamaParse:
    """A simulator on a port, and a client of its own that needs no SDK."""

    url: str
    http: httpx.Client

    def play(self, *faults: dict[str, Any], **values: Any) -> None:
        """Set faults, and other values of the control desk."""
        self.http.patch("/_control", json={"faults": faults, **values}).raise_for_status()

    def bill(self) -> dict[str, Any]:
        """Return the sums of the bill."""
        return dict(self.http.get("/_control/bill").raise_for_status().json()["summary"])

    def upload(self, content: bytes = b"text", external_id: str = "doc-1") -> str:
        """Store a file and return its id."""
        form = {"purpose": "parse", "external_file_id": external_id}
        answer = self.http.post("/api/v1/beta/files", data=form, files={"file": ("a.pdf", content)})
        return str(answer.raise_for_status().json()["id"])

    def submit(self, file_id: str | None = None, **options: Any) -> str:
        """Ask for a parse and return the id of the job."""
        source = {} if "source_url" in options else {"file_id": file_id or self.upload()}
        answer = self.http.post("/api/v2/parse", json={**OPTIONS, **source, **options})
        return str(answer.raise_for_status().json()["id"])

    def finished(self, job_id: str, expand: str = "usage") -> dict[str, Any]:
        """Wait until a job has ended and return its wrapped view."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            answer = self.http.get(f"/api/v2/parse/{job_id}", params={"expand": "usage"}).raise_for_status()
            if answer.json()["job"]["status"] in FINAL:
                return dict(self.http.get(f"/api/v2/parse/{job_id}", params={"expand": expand}).json())
        raise AssertionError(f"job {job_id} has not ended")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a webhook."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The event, which the body holds as a JSON object."""
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook at a path of its own, and what came in there."""

    url: str
    calls: queue.Queue[Call] = field(default_factory=queue.Queue)

    def next(self) -> Call:
        """Wait for a call."""
        return self.calls.get(timeout=DEADLINE)

    def types(self, count: int) -> list[str]:
        """Wait for so many calls and return the types of their events."""
        return [self.next().event["event_type"] for _ in range(count)]

    def options(self, *events: str, **options: Any) -> list[dict[str, Any]]:
        """Return the webhook options of a job that tells `events` (all of them where none is given) here."""
        chosen = {"webhook_events": list(events)} if events else {}
        return [{"webhook_url": self.url, "webhook_output_format": "json", **chosen, **options}]


@contextmanager
def served(**settings: Any) -> Iterator[ServedLlamaParse]:
    """Serve a simulator on a free port until the block ends."""
    chosen: dict[str, Any] = {"delay": 0, "webhook_retry_waits": (0.01, 0.01), "api_key": KEY, **settings}
    app = create_app(LlamaParseSettings(**chosen))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, ws="none", loop="asyncio", timeout_graceful_shutdown=1)
    )
    # With the protocol named, the server sends small answers at once; without, each one waits 40 ms for the client.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(
                base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=DEADLINE, trust_env=False
            ) as client:
                yield ServedLlamaParse(url, client)
        finally:
            server.should_exit = True
            thread.join()
