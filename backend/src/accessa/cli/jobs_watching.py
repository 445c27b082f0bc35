"""Follows open jobs: a live table on a terminal, a line for each move elsewhere."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Protocol

from rich.console import RenderableType
from rich.live import Live

from accessa.cli.api_client import ApiClient
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import seconds
from accessa.cli.following import follow
from accessa.cli.output import console, emit, note, on_terminal, say
from accessa.cli.tables import Column, Kind, live_table
from accessa.cli.walk import where
from accessa.domain.statuses import TERMINAL, Status

Job = dict[str, Any]

_NEWEST = 500
_COLUMNS = (Column("file", Kind.NAME), Column("where", Kind.WORDS), Column("time"), Column("error"))


async def watch(api: ApiClient, identifier: str | None, *, as_json: bool) -> ExitCode:
    """Follow one job, or every open one, to its end; FAILED when one of them failed."""
    jobs = await _jobs_meant(api, identifier)
    if not jobs:
        note("No job is open.")
        return ExitCode.OK
    screen: _Screen = _Lines(as_json=as_json) if as_json or not on_terminal() else _LiveTable()
    for job in jobs:
        screen.looked(job)
    with screen.live:
        ended = await follow(api, [job["job_id"] for job in jobs if job["status"] not in TERMINAL], screen.looked)
    outcomes = [*ended, *(job for job in jobs if job["status"] in TERMINAL)]
    return ExitCode.OK if all(job["status"] == Status.COMPLETE for job in outcomes) else ExitCode.FAILED


async def _jobs_meant(api: ApiClient, identifier: str | None) -> list[Job]:
    if identifier:
        return [await api.job(identifier)]
    return [job for job in await api.jobs(None, _NEWEST) if job["status"] not in TERMINAL]


class _Screen(Protocol):
    """Shows jobs as they are looked at."""

    live: Any

    def looked(self, job: Job) -> None:
        """See where a job is."""


class _Lines:
    """One line for each change of status."""

    def __init__(self, *, as_json: bool) -> None:
        self.live = nullcontext()
        self._as_json = as_json
        self._seen: dict[str, str] = {}

    def looked(self, job: Job) -> None:
        if self._seen.get(job["job_id"]) == job["status"]:
            return
        self._seen[job["job_id"]] = job["status"]
        if self._as_json:
            emit(job)
        else:
            say(f"{job['filename']}: {where(job)}")


class _LiveTable:
    """A table that is drawn anew at every look."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._screen = console()
        self.live = Live(console=self._screen, get_renderable=self._table, refresh_per_second=4)

    def looked(self, job: Job) -> None:
        self._jobs[job["job_id"]] = job

    def _table(self) -> RenderableType:
        return live_table(_COLUMNS, [_cells(job) for job in self._jobs.values()], self._screen.width)


def _cells(job: Job) -> tuple[object, ...]:
    error = job["error"]["code"] if job["error"] else None
    return job["filename"], where(job), seconds(job["duration_seconds"]), error
