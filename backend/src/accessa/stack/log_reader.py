"""Reading the logs of all services as one story, in the order of time."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack import containers
from accessa.stack.log_source import Event, Log, Logs
from accessa.stack.log_tail import LogFolder
from accessa.stack.log_wish import LogWish
from accessa.stack.places import Places, home
from accessa.stack.service_names import chosen_services

_PAUSE_SECONDS = 0.2
# Their lines name jobs beside their other ids.
_KNOW_JOBS = ("api-server", "base-worker")


def log_lines(
    settings: Settings,
    service: str | None = None,
    wish: LogWish | None = None,
    *,
    follow: bool = False,
    last: int | None = None,
) -> Iterator[Event]:
    """Yield the logged events, oldest first, each with at least timestamp, level, service and event.

    They may be narrowed to one `service` (`base-worker` stands for all workers), to a `wish`, and to the `last` so
    many. With `follow`, new events are yielded as they come, until the caller stops. Raises `UsageError` NOT_FOUND if
    there is no log of such a service.
    """
    logs = _logs_of(settings)
    names = _names(logs, service)
    wish = wish or LogWish()
    if wish.names_somebody:
        _learn(logs, wish)
    tails = {name: logs.open(name) for name in names}
    try:
        yield from _history(tails, wish, last)
        while follow:
            for name in set(_names(logs, service)) - tails.keys():
                tails[name] = logs.open(name)
            yield from _fresh(tails, wish)
            time.sleep(_PAUSE_SECONDS)
    finally:
        for tail in tails.values():
            tail.close()


def _logs_of(settings: Settings) -> Logs:
    """Return the logs of the containers where there are any that run, else the files of the processes."""
    project = containers.running_project(settings)
    return containers.ContainerLogs(project) if project else LogFolder(Places(home(settings)).logs)


def _history(tails: dict[str, Log], wish: LogWish, last: int | None) -> Iterator[Event]:
    # Whatever is wanted of the last lines of all is among the last lines of each, if nothing else is asked.
    from_end = last if wish == LogWish() else None
    old = heapq.merge(*(tail.history(wish, from_end) for tail in tails.values()), key=_moment)
    chosen = _taken(old, wish)
    yield from chosen if last is None else deque(chosen, maxlen=last)


def _fresh(tails: dict[str, Log], wish: LogWish) -> Iterator[Event]:
    yield from _taken(sorted((event for tail in tails.values() for event in tail.fresh()), key=_moment), wish)


def _taken(events: Iterable[Event], wish: LogWish) -> Iterator[Event]:
    for event in events:
        if wish.names_somebody:
            wish.learn(event)
        if wish.takes(event):
            yield event


def _learn(logs: Logs, wish: LogWish) -> None:
    """Find out by which other ids it goes, before any line is told: those of a shared call come before its job's."""
    for name in logs.names():
        if name.startswith(_KNOW_JOBS):
            log = logs.open(name)
            for event in log.history(replace(wish, since=None)):
                wish.learn(event)
            log.close()


def _names(logs: Logs, service: str | None) -> list[str]:
    names = logs.names()
    if service is None:
        return names
    chosen = chosen_services(names, service)
    if not chosen:
        raise UsageError(
            "NOT_FOUND", f"There is no log of a service called {service}; there are: {', '.join(names) or 'none yet'}."
        )
    return chosen


def _moment(event: Event) -> str:
    return str(event["timestamp"])
