"""The client of the HTTP API: one method an endpoint, patient while the API restarts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from accessa.cli.figures import count
from accessa.cli.file_names import upload_name
from accessa.domain.addresses import is_loopback, trust_for
from accessa.observe.api_answers import (
    answer_of,
    api_unreachable,
    file_changed,
    json_object,
    pause_asked,
    wants_patience,
)
from accessa.telemetry.log_context import CORRELATION_HEADER

Answer = dict[str, Any]
Attempt = Callable[[], Awaitable[httpx.Response]]

_TIMEOUT = httpx.Timeout(60, connect=5)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


class ApiClient:
    """Speaks to one API for one user.

    `patience_seconds` is how long the API may be silent, over all requests together, before API_UNREACHABLE is
    raised; `on_silence` is called once when a silence begins.
    """

    def __init__(
        self,
        base_url: str,
        user_id: str,
        *,
        patience_seconds: float,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the client; no request is made yet."""
        self._base_url = base_url
        self._patience = patience_seconds
        self._on_silence = on_silence
        self._silent_since: float | None = None
        # A proxy of the environment must not see, or swallow, what is meant for this machine.
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"X-User-Id": user_id},
            timeout=_TIMEOUT,
            trust_env=not is_loopback(base_url),
            verify=trust_for(base_url),
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def upload(
        self,
        path: Path,
        *,
        lane: str = "interactive",
        priority: str = "normal",
        on_refused: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Stream one file from disk: {document_id, job_id, correlation_id, status, duplicate}.

        `on_refused` is called each time that the API is silent or asks for a moment.
        """
        wishes, headers = {"lane": lane, "priority": priority}, _new_correlation()

        async def attempt() -> httpx.Response:
            with path.open("rb") as stream:
                file = (upload_name(path), stream)
                return await self._http.post("/documents", params=wishes, headers=headers, files={"file": file})

        return await self._patiently(attempt, on_refused)

    async def upload_bytes(self, name: str, content: bytes) -> Answer:
        """Upload `content` under `name`; the answer is that of `upload`."""
        headers = _new_correlation()
        return await self._patiently(
            lambda: self._http.post("/documents", headers=headers, files={"file": (name, content)})
        )

    async def job(self, identifier: str) -> Answer:
        """Return one job, by its own id or its document's."""
        return await self._get(f"/jobs/{identifier}")

    async def jobs(self, status: str | None, limit: int) -> list[Answer]:
        """Return the newest jobs, newest first."""
        wanted: dict[str, str | int] = {"limit": limit} | ({"status": status} if status else {})
        return list((await self._get("/jobs", wanted))["jobs"])

    async def events(self, identifier: str) -> list[Answer]:
        """Return the events of one job, oldest first."""
        return list((await self._get(f"/jobs/{identifier}/events"))["events"])

    async def retry(self, identifier: str) -> Answer:
        """Start a new job for the document of a failed one."""
        return await self._patiently(lambda: self._http.post(f"/jobs/{identifier}/retry"))

    async def cancel(self, identifier: str) -> Answer:
        """End a job that is on its way: {job_id, document_id, status, cancelled_before, left_at_providers}."""
        return await self._patiently(lambda: self._http.post(f"/jobs/{identifier}/cancel"))

    async def failed(self, code: str | None = None) -> Answer:
        """Return {groups, documents}: what failed and why, only with `code` where one is given."""
        return await self._get("/jobs/failed", {"code": code} if code else None)

    async def replay(self, identifier: str) -> Answer:
        """Return {job_id, retry, replay}: what a retry of a failed job is worth and would cost."""
        return await self._get(f"/jobs/{identifier}/replay")

    async def retry_failed(self, code: str | None, cursor: str | None, limit: int) -> Answer:
        """Retry the next failed documents: {jobs, next_cursor}."""
        wanted = {"code": code, "cursor": cursor, "limit": limit}
        return await self._patiently(lambda: self._http.post("/jobs/failed/retry", json=wanted))

    async def document(self, identifier: str) -> Answer:
        """Return one document."""
        return await self._get(f"/documents/{identifier}")

    async def documents(self, limit: int) -> list[Answer]:
        """Return the newest documents, newest first."""
        return list((await self._get("/documents", {"limit": limit}))["documents"])

    async def prices(self) -> Answer:
        """Return what the API's providers charge for a page and for tokens."""
        return await self._get("/prices")

    async def costs(self, by: str, since: date | None) -> Answer:
        """Return {by, since, rows}: what was spent since a day, or in the last 30, by `day`, `document` or `model`."""
        wanted: dict[str, str | int] = {"by": by}
        if since:
            wanted["since"] = since.isoformat()
        return await self._get("/costs", wanted)

    async def receipt(self, identifier: str) -> Answer:
        """Return the receipt of one complete document."""
        return await self._get(f"/documents/{identifier}/receipt")

    async def known_files(self, hashes: list[str]) -> list[str]:
        """Return those of the SHA-256 whose upload would buy nothing."""
        question = {"sha256": hashes}
        return list((await self._patiently(lambda: self._http.post("/documents/known", json=question)))["known"])

    async def providers(self) -> list[Answer]:
        """Return how each provider is."""
        return list((await self._get("/providers"))["providers"])

    async def delete(self, identifier: str) -> Answer:
        """Delete one document, by its own id or its job's: {document_id, rows, objects, …, left}."""
        return await self._patiently(lambda: self._http.delete(f"/documents/{identifier}"))

    async def search(self, query: str, limit: int) -> Answer:
        """Return {results, documents_searched, documents_skipped} for the words of `query`."""
        question = {"query": query, "limit": limit}
        return await self._patiently(lambda: self._http.post("/search", json=question))

    async def missing(self) -> list[str]:
        """Return a sentence for each thing that documents need and lack; none while the API is silent."""
        try:
            ready = json_object(await self._http.get("/ready")) or {}
            known = json_object(await self._http.get("/providers")) or {}
            budgets = json_object(await self._http.get("/budgets")) or {}
        except httpx.TransportError:
            return []
        missing = [sentence for sentence in dict(ready.get("checks") or {}).values() if sentence != "ok"]
        stopped = [row for row in known.get("providers") or () if row["state"] != "closed"]
        missing += [f"{row['provider']}: {row['sentence']}" for row in stopped]
        if waiting := budgets.get("jobs_waiting"):
            missing.append(f"{count(waiting, 'job')} waiting for a budget. {budgets['sentence']}")
        return missing

    async def _get(self, path: str, parameters: dict[str, str | int] | None = None) -> Answer:
        return await self._patiently(lambda: self._http.get(path, params=parameters))

    async def _patiently(self, attempt: Attempt, on_refused: Callable[[], None] = lambda: None) -> Answer:
        """Repeat `attempt` while the API is silent or asks for a moment, until the patience is used up."""
        pause = _FIRST_PAUSE
        while isinstance(answer := await self._once(attempt), float):
            on_refused()
            await asyncio.sleep(max(pause, answer))
            pause = min(pause * 2, _LONGEST_PAUSE)
        return answer

    async def _once(self, attempt: Attempt) -> Answer | float:
        """Return the answer, or the seconds that are asked for when another try is worth it."""
        try:
            response = await attempt()
        except httpx.LocalProtocolError:
            raise file_changed() from None
        except httpx.TransportError:
            if self._out_of_patience():
                raise api_unreachable(self._base_url) from None
            return 0.0
        if wants_patience(response) and not self._out_of_patience():
            return pause_asked(response)
        self._silent_since = None
        return answer_of(response)

    def _out_of_patience(self) -> bool:
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
            if self._patience:
                self._on_silence()
        return now - self._silent_since >= self._patience


def _new_correlation() -> dict[str, str]:
    """Return the header that names an upload, the same for each of its attempts."""
    return {CORRELATION_HEADER: str(uuid4())}
