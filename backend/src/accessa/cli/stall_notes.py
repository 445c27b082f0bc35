"""Says why nothing moves: when jobs have stood still for a while, asks the API what is missing, and tells it once."""

from __future__ import annotations

import time
from typing import Any

from accessa.cli.api_client import ApiClient
from accessa.cli.output import note

_PATIENCE_SECONDS = 10.0


class StallNotes:
    """Sees every look at a job; `speak` is called between the looks."""

    def __init__(self, api: ApiClient) -> None:
        """Know nothing, and begin to wait now."""
        self._api = api
        self._seen: dict[str, object] = {}
        self._moved_at = time.monotonic()
        self._told: set[str] = set()

    def looked(self, job: dict[str, Any]) -> None:
        """Remember where the job is, and whether it has moved since the last look."""
        place = (job["status"], job["progress"])
        if self._seen.get(job["job_id"]) != place:
            self._seen[job["job_id"]] = place
            self._moved_at = time.monotonic()

    async def speak(self) -> None:
        """Tell what is missing, if nothing has moved for some seconds; each sentence once."""
        if time.monotonic() - self._moved_at < _PATIENCE_SECONDS:
            return
        self._moved_at = time.monotonic()
        for sentence in await self._api.missing():
            if sentence not in self._told:
                self._told.add(sentence)
                note(f"note: {sentence}")
