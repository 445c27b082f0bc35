"""The watch: looks at all metrics again and again, judges the alerts, and tells whoever is to be told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from accessa.domain.errors import RecoverableError
from accessa.observe.alerts.board import AlertBoard, AlertState, AlertView, Cause, ResolvedAlert
from accessa.observe.alerts.catalogue import AlertRule
from accessa.observe.alerts.delivery import Delivery
from accessa.observe.alerts.explanations import Explainer
from accessa.observe.alerts.inhibitions import Inhibition
from accessa.observe.alerts.lifecycle import AlertBook, Instance
from accessa.observe.alerts.messages import message_of
from accessa.observe.alerts.notices import Announcer, Pace
from accessa.observe.alerts.records import AlertRecords, HistoryRow
from accessa.observe.alerts.silences import SilenceList, milliseconds, moment
from accessa.observe.promql.samples import SampleStore
from accessa.settings import AlertSettings
from accessa.telemetry.logs import get_logger

#: So long the first looks may take to see everything. What fired before a restart fires on meanwhile, and for as long
#: as its expression looks back.
GRACE_MS = 30_000
_RECORDS_SECONDS = 3.0
_SWEEP_MS = 60_000

_log = get_logger(__name__)
Look = Callable[[int], Awaitable[None]]


class AlertWatch:
    """Judges the rules over a store that `look` fills."""

    def __init__(
        self,
        rules: Sequence[AlertRule],
        store: SampleStore,
        look: Look,
        records: AlertRecords,
        settings: AlertSettings,
        *,
        inhibitions: Sequence[Inhibition],
    ) -> None:
        """Take the rules, the samples and who fills them, where alerts are remembered, and which explain which."""
        self.board = AlertBoard()
        self.silences = SilenceList()
        self.rules = {rule.name: rule for rule in rules}
        self._book = AlertBook(rules)
        self._store = store
        self._look = look
        self._records = records
        self._settings = settings
        pace = Pace(
            *(int(1000 * wait) for wait in (settings.wait_seconds, settings.pause_seconds, settings.repeat_seconds))
        )
        self._announcer = Announcer(pace)
        self._explainer = Explainer(inhibitions, rules)
        self._noted: set[str] = set()
        self._began_ms: int | None = None
        self._blind_until_ms = 0
        self._recalled = False
        self._swept_ms = 0

    async def run(self, delivery: Delivery) -> None:
        """Look, judge and tell until cancelled; nothing that goes wrong in one round ends the watch."""
        with contextlib.suppress(RecoverableError):
            await self.recall(int(time.time() * 1000))
        keeping = asyncio.create_task(self._keep_records())
        try:
            while True:
                started = time.monotonic()
                try:
                    await self.round(delivery, int(time.time() * 1000))
                except Exception:  # noqa: BLE001 - the one who watches has to outlive whatever he meets
                    _log.exception("A round of alerts met something unexpected", code="INTERNAL")
                await asyncio.sleep(max(0.05, self._settings.look_seconds - (time.monotonic() - started)))
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def round(self, delivery: Delivery, at_ms: int) -> None:
        """Do all that is due at one moment, in milliseconds since the epoch."""
        self._begin(at_ms)
        await self._look(at_ms)
        ended = self._book.evaluate(self._store, at_ms)
        active = list(self._book.instances())
        self._explainer.look(active, at_ms)
        firing = [one for one in active if one.fired_ms is not None]
        told = [one for one in firing if not self._silenced(one, at_ms)]
        for one in (*firing, *ended):
            if self._silenced(one, at_ms):
                self._announcer.forget(one.key)
        held_back = self._explainer.held_back
        for notice in self._announcer.decide(told, at_ms, blind=self._blind(active, at_ms), held_back=held_back):
            delivery.send(message_of(notice, at_ms, self._settings.runbooks_url))
        self._note(firing, ended, at_ms)
        self._show(at_ms, ended)
        if at_ms - self._swept_ms > _SWEEP_MS:
            self._store.sweep(at_ms)
            self._swept_ms = at_ms

    async def recall(self, at_ms: int) -> None:
        """Take over what fired when the monitoring was stopped: it fires on, and is not announced as new.

        Raises `RecoverableError` while the database is away.
        """
        rows = [row for row in await self._records.firing() if row.alert in self.rules]
        self._recalled = True
        recalled = []
        active = {one.key for one in self._book.instances()}
        for row in rows:
            rule = self.rules[row.alert]
            if row.alert_key in active:  # the database was away at the start, and the alert is announced already
                self._records.note(replace(row, resolved_at=moment(at_ms)))
                continue
            recalled.append(_recalled(row, rule, self._begin(at_ms)))
            self._book.recall(recalled[-1])
            self._noted.add(recalled[-1].key)
        self._explainer.look(self._book.instances(), at_ms)
        for instance in recalled:
            if instance.key not in self._explainer.held_back:
                since_told = (at_ms - (instance.fired_ms or at_ms)) % int(self._settings.repeat_seconds * 1000)
                self._announcer.recall(instance, at_ms - since_told)
        if rows:
            longest = max(rule.holds.total_seconds() for rule in self.rules.values())
            self._blind_until_ms = at_ms + int(longest * 1000) + GRACE_MS

    async def refresh_silences(self) -> None:
        """Take the silences of now from the database, and show them; raises `RecoverableError` while it is away."""
        self.silences.replace(await self._records.silences())
        self._show(int(time.time() * 1000))

    def _begin(self, at_ms: int) -> int:
        """Return when this watch began, which is now when it has not yet."""
        self._began_ms = at_ms if self._began_ms is None else self._began_ms
        return self._began_ms

    async def _keep_records(self) -> None:
        while True:
            with contextlib.suppress(RecoverableError):
                if not self._recalled:
                    await self.recall(int(time.time() * 1000))
                await self.refresh_silences()
                await self._records.flush()
            await asyncio.sleep(_RECORDS_SECONDS)

    def _silenced(self, instance: Instance, at_ms: int) -> bool:
        return bool(self.silences.holding(instance, at_ms))

    def _blind(self, active: Iterable[Instance], at_ms: int) -> bool:
        """Tell whether figures are missing, be it for so short that their own alert is pending still."""
        return at_ms < self._blind_until_ms or any(one.rule.blinds for one in active)

    def _note(self, firing: Iterable[Instance], ended: Iterable[Instance], at_ms: int) -> None:
        for one in firing:
            if one.key not in self._noted:
                self._noted.add(one.key)
                self._records.note(_row(one, None))
        for one in ended:
            self._noted.discard(one.key)
            self._records.note(_row(one, at_ms))

    def _show(self, at_ms: int, ended: Iterable[Instance] = ()) -> None:
        active = list(self._book.instances())
        self.board.show(
            (self._view(one, at_ms) for one in active),
            (_resolved(one, at_ms) for one in ended),
            self.silences.idle(active, at_ms),
        )

    def _view(self, one: Instance, at_ms: int) -> AlertView:
        silences = self.silences.holding(one, at_ms)
        return AlertView(
            name=one.rule.name,
            severity=one.rule.severity,
            state=_state(one, silenced=bool(silences)),
            labels=dict(one.labels),
            summary=one.summary,
            causes=list(one.rule.causes),
            first_command=one.rule.first_command,
            runbook=one.rule.runbook,
            active_since=moment(one.active_ms),
            fired_at=moment(one.fired_ms) if one.fired_ms is not None else None,
            silences=silences,
            explained_by=None if silences else self._cause(one, at_ms),
        )

    def _cause(self, one: Instance, at_ms: int) -> Cause | None:
        cause = self._explainer.cause_of(one)
        return (
            Cause(cause.rule.name, dict(cause.labels), _state(cause, silenced=self._silenced(cause, at_ms)))
            if cause
            else None
        )


def _state(one: Instance, *, silenced: bool) -> AlertState:
    return "silenced" if silenced else "pending" if one.fired_ms is None else "firing"


def _recalled(row: HistoryRow, rule: AlertRule, began_ms: int) -> Instance:
    return Instance(
        rule,
        tuple(sorted(row.labels.items())),
        milliseconds(row.active_since),
        0.0,
        milliseconds(row.fired_at),
        kept_summary=row.summary,
        kept_until_ms=began_ms + int(rule.window_seconds * 1000) + GRACE_MS,
    )


def _row(one: Instance, resolved_ms: int | None) -> HistoryRow:
    return HistoryRow(
        alert_key=one.key,
        alert=one.rule.name,
        severity=one.rule.severity,
        labels=dict(one.labels),
        summary=one.summary,
        active_since=moment(one.active_ms),
        fired_at=moment(one.fired_ms or one.active_ms),
        resolved_at=moment(resolved_ms) if resolved_ms is not None else None,
    )


def _resolved(one: Instance, at_ms: int) -> ResolvedAlert:
    return ResolvedAlert(
        name=one.rule.name,
        severity=one.rule.severity,
        labels=dict(one.labels),
        summary=one.summary,
        runbook=one.rule.runbook,
        active_since=moment(one.active_ms),
        fired_at=moment(one.fired_ms or one.active_ms),
        resolved_at=moment(at_ms),
    )
