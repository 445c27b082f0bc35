"""Reading the logs of all services as one story, in the order of time."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.log_tail import Event, LogTail
from accessa.stack.places import Places, home

_PAUSE_SECONDS = 0.2
_SUFFIX = ".jsonl"


def log_lines(
    settings: Settings,
    service: str | None = None,
    job: str | None = None,
    correlation_id: str | None = None,
    *,
    follow: bool = False,
    last: int | None = None,
) -> Iterator[Event]:
    """Yield the logged events, oldest first, each with at least timestamp, level, service and event.

    They may be narrowed to one `service` (`base-worker` stands for all workers), one `job` or one `correlation_id`,
    and to the `last` so many. With `follow`, new events are yielded as they come, until the caller stops. Raises
    `UsageError` NOT_FOUND if there is no log of such a service.
    """
    folder = Places(home(settings)).logs
    names = _names(folder, service)
    wanted = _filter(job, correlation_id)
    tails = {name: LogTail(folder / f"{name}{_SUFFIX}", name) for name in names}
    try:
        old = heapq.merge(*(tail.history() for tail in tails.values()), key=_moment)
        chosen = (event for event in old if wanted(event))
        yield from chosen if last is None else deque(chosen, maxlen=last)
        while follow:
            for name in set(_names(folder, service)) - tails.keys():
                tails[name] = LogTail(folder / f"{name}{_SUFFIX}", name)
            fresh = sorted((event for tail in tails.values() for event in tail.fresh()), key=_moment)
            yield from filter(wanted, fresh)
            time.sleep(_PAUSE_SECONDS)
    finally:
        for tail in tails.values():
            tail.close()


def last_words(path: Path) -> str:
    """Return the text of the last event in the log at `path`; empty if there is none."""
    tail = LogTail(path, path.stem)
    events = deque(tail.history(), maxlen=1)
    tail.close()
    return str(events[0]["event"]).strip() if events else ""


def _names(folder: Path, service: str | None) -> list[str]:
    names = sorted(path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}"))
    if service is None:
        return names
    chosen = [name for name in names if name == service or (name.startswith(f"{service}-") and name[-1].isdigit())]
    if not chosen:
        raise UsageError(
            "NOT_FOUND", f"There is no log of a service called {service}; there are: {', '.join(names) or 'none yet'}."
        )
    return chosen


def _filter(job: str | None, correlation_id: str | None) -> Callable[[Event], bool]:
    wanted = {"job_id": job, "correlation_id": correlation_id}
    needed = {name: value for name, value in wanted.items() if value is not None}
    return lambda event: all(event.get(name) == value for name, value in needed.items())


def _moment(event: Event) -> str:
    return str(event["timestamp"])
