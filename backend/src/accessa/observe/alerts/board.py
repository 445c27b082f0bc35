"""The board of alerts: what is active now, what ended of late, what is silenced. In memory, for page and routes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accessa.observe.alerts.records import Silence

AlertState = Literal["pending", "firing", "silenced"]

REMEMBERED = 200
_SEVERITIES = ("critical", "warning", "info")
_STATES = ("firing", "pending", "silenced")


@dataclass(frozen=True, slots=True)
class Cause:
    """The alert that explains another; while it is pending it may yet pass."""

    name: str
    labels: dict[str, str]
    state: AlertState


@dataclass(frozen=True, slots=True)
class AlertView:
    """One active alert as people see it; `runbook` is a path of the repository, as `docs/runbooks/no-worker.md`.

    `silences` are those that hold for it, the one that ends last before the others. `explained_by` is an active
    alert that is not explained itself.
    """

    name: str
    severity: str
    state: AlertState
    labels: dict[str, str]
    summary: str
    causes: list[str]
    first_command: str
    runbook: str
    active_since: datetime
    fired_at: datetime | None
    silences: list[Silence]
    explained_by: Cause | None = None


@dataclass(frozen=True, slots=True)
class ResolvedAlert:
    """One alert that has fired and ended."""

    name: str
    severity: str
    labels: dict[str, str]
    summary: str
    runbook: str
    active_since: datetime
    fired_at: datetime
    resolved_at: datetime


class AlertBoard:
    """What is wrong now, worst first, and what was wrong before, latest first."""

    def __init__(self) -> None:
        self._active: list[AlertView] = []
        self._recent: deque[ResolvedAlert] = deque(maxlen=REMEMBERED)
        self._idle_silences: list[Silence] = []

    def active(self) -> list[AlertView]:
        """Return the active alerts: critical before warning before info, firing before pending before silenced.

        What an alert explains follows it, and raises it to its own severity.
        """
        return list(self._active)

    def recent(self) -> list[ResolvedAlert]:
        """Return the last alerts that ended, latest first."""
        return list(self._recent)

    def idle_silences(self) -> list[Silence]:
        """Return the silences that hold without an active alert, the next to end first."""
        return list(self._idle_silences)

    def show(
        self, active: Iterable[AlertView], resolved: Iterable[ResolvedAlert], idle_silences: Iterable[Silence]
    ) -> None:
        """Replace what is active and which silences are idle, and add what has just ended."""
        self._active = _causes_first(active)
        self._recent.extendleft(resolved)
        self._idle_silences = sorted(idle_silences, key=lambda silence: silence.until)


def _causes_first(views: Iterable[AlertView]) -> list[AlertView]:
    ordered = sorted(views, key=_worst_first)
    explained: dict[str, list[AlertView]] = {}
    for view in ordered:
        if view.explained_by is not None:
            explained.setdefault(_key(view.explained_by), []).append(view)
    groups = [[view, *explained.get(_key(view), ())] for view in ordered if view.explained_by is None]
    return [view for group in sorted(groups, key=_worst_of) for view in group]


def _worst_of(group: list[AlertView]) -> tuple[int, int]:
    severity = min(_SEVERITIES.index(view.severity) for view in group)
    state = min(_STATES.index(view.state) for view in group)
    return len(_SEVERITIES) if group[0].state == "silenced" else severity, state


def _key(one: AlertView | Cause) -> str:
    return f"{one.name}{sorted(one.labels.items())}"


def _worst_first(view: AlertView) -> tuple[int, int, datetime, str]:
    silenced = view.state == "silenced"
    rank = len(_SEVERITIES) if silenced else _SEVERITIES.index(view.severity)
    return rank, _STATES.index(view.state), view.active_since, _key(view)
