"""The watch over alerts on a real database: silences, history, a restart of the monitoring, an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from pydantic import SecretStr

from accessa.domain.errors import RecoverableError
from accessa.observe.alerts.catalogue import history_needed, load_catalogue, load_inhibitions
from accessa.observe.alerts.channels import Channel
from accessa.observe.alerts.delivery import Delivery
from accessa.observe.alerts.messages import Message
from accessa.observe.alerts.records import AlertRecords, HistoryRow
from accessa.observe.alerts.watch import AlertWatch
from accessa.observe.promql.samples import STALE, SampleStore
from accessa.settings import AlertSettings

RULES = load_catalogue()
INHIBITIONS = load_inhibitions()
SETTINGS = AlertSettings(wait_seconds=0, pause_seconds=0)
ALIVE = (("__name__", "accessa_workers_alive"), ("job", "monitoring"))
MISSING = (("__name__", "accessa_figures_missing"), ("job", "monitoring"), ("reason", "locked"))
PATIENCE_SECONDS = 20


class Told:
    """Keeps what a channel is given."""

    name = "told"

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        """Keep a message."""
        self.messages.append(message)

    async def close(self) -> None:
        """There is nothing to let go of."""


class Monitoring:
    """A watch over the number of workers, as a monitoring process has it; seconds count from its first round."""

    def __init__(self, url: str) -> None:
        self.store = SampleStore(history_needed(RULES))
        self.records = AlertRecords(url)
        self.watch = AlertWatch(RULES, self.store, self._look, self.records, SETTINGS, inhibitions=INHIBITIONS)
        self.told = Told()
        channels: list[Channel] = [self.told]
        self.delivery = Delivery(channels)
        self.alive: float | None = 1.0
        self.silent: list[str] = []
        self.letters = 0.0
        self.began_ms = int(time.time() * 1000)

    async def _look(self, at_ms: int) -> None:
        self.store.append((("__name__", "accessa_database_up"), ("job", "monitoring")), 1.0, at_ms)
        self.store.append(ALIVE, STALE if self.alive is None else self.alive, at_ms)
        self.store.append(MISSING, 1.0 if self.alive is None else STALE, at_ms)
        self.store.append((("__name__", "accessa_dead_letters"), ("code", "NEEDS_OCR")), self.letters, at_ms)
        for worker in self.silent:
            self.store.append((("__name__", "accessa_worker_silent_seconds"), ("worker", worker)), 30.0, at_ms)

    async def at(self, second: int) -> list[tuple[str, str]]:
        """Do the round of a second, and return the alerts that are active then with their state."""
        await self.watch.round(self.delivery, self.began_ms + second * 1000)
        await self.records.flush()
        return [(view.name, view.state) for view in self.watch.board.active()]

    async def titles(self, count: int) -> list[str]:
        """Wait for so many messages and return their titles."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.told.messages) < count:
                await asyncio.sleep(0.01)
        return [message.title for message in self.told.messages]


@pytest.fixture
async def start(database_url: str) -> AsyncIterator[Callable[[], Monitoring]]:
    """Start the monitoring, as often as it is called, on one database."""
    started: list[Monitoring] = []

    def begin() -> Monitoring:
        monitoring = Monitoring(database_url)
        monitoring.delivery.start()
        started.append(monitoring)
        return monitoring

    yield begin
    for monitoring in started:
        await monitoring.delivery.stop()
        await monitoring.records.close()


async def test_an_alert_fires_is_told_and_written_and_ends(start: Callable[[], Monitoring]) -> None:
    """It is pending for its duration, then told; its end is told as well, and both are in the history."""
    one = start()
    one.alive = 0
    states = [await one.at(second) for second in (0, 14, 15)]
    one.alive = 2
    states.append(await one.at(16))
    row = (await one.records.history(10))[0]

    assert [[("NoWorker", "pending")], [("NoWorker", "pending")], [("NoWorker", "firing")], []] == states
    assert ["[critical] NoWorker: 1 firing", "[critical] NoWorker: resolved"] == await one.titles(2)
    assert ("NoWorker{}", timedelta(seconds=15), timedelta(seconds=1)) == (
        row.alert_key,
        row.fired_at - row.active_since,
        (row.resolved_at or row.fired_at) - row.fired_at,
    )
    assert ["NoWorker"] == [ended.name for ended in one.watch.board.recent()]


async def test_an_alert_fires_on_while_its_figures_are_missing(start: Callable[[], Monitoring]) -> None:
    """That nobody knows of a worker does not mean that one is back, and its alert is told once for one fault."""
    one = start()
    one.alive = 0
    for second in (0, 15):
        await one.at(second)
    one.alive = None
    during = [await one.at(second) for second in (16, 40)]
    one.alive = 0
    again = await one.at(41)
    one.alive = 2
    after = await one.at(42)

    assert [[("NoWorker", "firing"), ("FiguresMissing", state)] for state in ("pending", "firing")] == [
        sorted(states, reverse=True) for states in during
    ]
    assert [("NoWorker", "firing")] == again
    assert [] == after
    titles = await one.titles(4)
    assert ["[critical] NoWorker: 1 firing", "[critical] NoWorker: resolved"] == [
        title for title in titles if "NoWorker" in title
    ]


async def test_a_silenced_alert_is_shown_but_not_told(start: Callable[[], Monitoring]) -> None:
    """A silence keeps notices back while it lasts, and ends with its end; until the alert is active it is idle."""
    one = start()
    made = await one.records.add_silence("NoWorker", {}, 3600, "we know", "me")
    await one.watch.refresh_silences()
    idle = one.watch.board.idle_silences()
    one.alive = 0
    await one.at(0)
    shown = await one.at(20)
    [view] = one.watch.board.active()
    held = view.silences, one.watch.board.idle_silences()
    await one.records.end_silence(made.silence_id)
    await one.watch.refresh_silences()

    assert ([("NoWorker", "silenced")], []) == (shown, one.told.messages)
    assert ([made], ([made], [])) == (idle, held)
    assert [("NoWorker", "firing")] == await one.at(21)
    assert ["[critical] NoWorker: 1 firing"] == await one.titles(1)


async def test_the_end_of_an_alert_that_was_just_silenced_is_not_told(start: Callable[[], Monitoring]) -> None:
    """Even when it ends before the next look, nobody hears of it again."""
    one = start()
    one.alive = 0
    await one.at(0)
    await one.at(15)
    await one.titles(1)
    made = await one.records.add_silence("NoWorker", {}, 3600, "", "")
    await one.watch.refresh_silences()
    one.alive = 1
    await one.at(16)
    await one.records.end_silence(made.silence_id)
    await one.watch.refresh_silences()
    one.alive = 0
    await one.at(60)
    await one.at(75)

    assert ["[critical] NoWorker: 1 firing"] * 2 == await one.titles(2)


async def test_a_silence_of_some_labels_leaves_the_others_alone(start: Callable[[], Monitoring]) -> None:
    """Who silences one worker still hears of another."""
    one = start()
    await one.records.add_silence("WorkerSilent", {"worker": "a"}, 3600, "", "")
    await one.watch.refresh_silences()
    for second in (0, 6):
        for worker in "ab":
            labels = (("__name__", "accessa_worker_silent_seconds"), ("worker", worker))
            one.store.append(labels, 30.0, one.began_ms + second * 1000)
        await one.at(second)
    active = {view.labels["worker"]: view.state for view in one.watch.board.active()}

    assert {"a": "silenced", "b": "firing"} == active


async def test_after_a_restart_nothing_is_announced_twice(start: Callable[[], Monitoring]) -> None:
    """What fired before the monitoring was started anew fires on at once, since when it did, and is not news."""
    first = start()
    first.alive = 0
    await first.at(0)
    await first.at(15)
    second = start()
    second.alive = 0
    await second.watch.recall(second.began_ms + 16_000)
    states = [await second.at(16), await second.at(60)]

    assert [[("NoWorker", "firing")]] * 2 == states
    assert [] == second.told.messages
    assert 1 == len(await second.records.history(10))


async def test_what_ended_during_a_restart_is_told_to_be_over(start: Callable[[], Monitoring]) -> None:
    """An alert that does not come up again is over, and whoever was told of it is told that, too."""
    first = start()
    first.alive = 0
    await first.at(0)
    await first.at(15)
    second = start()
    await second.watch.recall(second.began_ms + 16_000)
    await second.at(17)
    quiet = list(second.told.messages)
    await second.at(200)

    assert ([], ["[critical] NoWorker: resolved"]) == (quiet, await second.titles(1))
    assert (await second.records.history(1))[0].resolved_at is not None


async def test_the_cause_is_told_and_what_it_explains_is_shown_with_it(start: Callable[[], Monitoring]) -> None:
    """Workers that are silent fire first, yet nobody is told of them but of the cause, which stands before them."""
    one = start()
    one.alive, one.silent = 0, ["a", "b"]
    shown = [await one.at(second) for second in (0, 5, 15)]
    explained = {(view.name, view.explained_by and view.explained_by.name) for view in one.watch.board.active()}
    await one.at(60)

    assert [["pending"] * 3, ["pending", "firing", "firing"], ["firing"] * 3] == [
        [state for _, state in moment] for moment in shown
    ]
    assert {("NoWorker", "WorkerSilent")} == {(moment[0][0], moment[1][0]) for moment in shown}
    assert {("NoWorker", None), ("WorkerSilent", "NoWorker")} == explained
    assert ["[critical] NoWorker: 1 firing"] == await one.titles(1)
    assert ["NoWorker", "WorkerSilent", "WorkerSilent"] == sorted(row.alert for row in await one.records.history(9))


async def test_what_a_silenced_alert_explains_is_told_to_nobody(start: Callable[[], Monitoring]) -> None:
    """Whoever silences the cause is not called on account of what it brings with it."""
    one = start()
    await one.records.add_silence("NoWorker", {}, 3600, "", "")
    await one.watch.refresh_silences()
    one.alive, one.silent = 0, ["a"]
    states = [await one.at(second) for second in (0, 5, 15, 60)][-1]
    by = one.watch.board.active()[1].explained_by

    assert [("NoWorker", "silenced"), ("WorkerSilent", "firing")] == states
    assert ("silenced", []) == (by and by.state, one.told.messages)


async def test_what_outlasts_its_cause_is_told(start: Callable[[], Monitoring]) -> None:
    """A worker that is silent still when others work again is a fault of its own, also after a restart."""
    first = start()
    first.alive, first.silent = 0, ["a"]
    await first.at(0)
    await first.at(15)
    second = start()
    second.silent = ["a"]
    await second.watch.recall(second.began_ms + 16_000)
    states = [await second.at(60), await second.at(160)]

    assert [[("WorkerSilent", "firing")]] * 2 == states
    assert ["[warning] WorkerSilent: 1 firing", "[critical] NoWorker: resolved"] == sorted(
        await second.titles(2), reverse=True
    )


async def test_an_alert_with_a_window_outlives_a_restart(start: Callable[[], Monitoring]) -> None:
    """It fires on until the window has samples again, and both before and at its end it says what it said last."""
    first = start()
    await first.at(0)
    first.letters = 7
    await first.at(10)
    [sentence] = [view.summary for view in first.watch.board.active()]
    second = start()
    second.letters = 7
    await second.watch.recall(second.began_ms + 11_000)
    states = [await second.at(minute * 60) for minute in range(1, 16)]
    [view] = second.watch.board.active()
    after = await second.at(960)
    [row] = await second.records.history(10)

    assert [[("DeadLettersRising", "firing")]] * 15 == states
    assert [] == after
    assert {sentence} == {view.summary, second.watch.board.recent()[0].summary, row.summary}
    assert ["[warning] DeadLettersRising: resolved"] == await second.titles(1)
    assert {sentence} == {one.summary for one in second.told.messages[0].resolved}


async def test_silences_hold_and_history_waits_while_the_database_is_away(
    start: Callable[[], Monitoring], database_url: str
) -> None:
    """Alerts go on without the database; what could not be written is written later."""
    one = start()
    await one.records.add_silence("NoWorker", {}, 3600, "", "")
    await one.watch.refresh_silences()
    away = AlertRecords(database_url.replace("@127.0.0.1", "@127.0.0.2").replace("/test_", "/gone_"))
    one.watch._records = away
    one.alive = 0
    await one.at(0)
    shown = await one.at(15)
    with pytest.raises(RecoverableError):
        await away.silences()
    away._url = database_url
    await away.flush()

    assert [("NoWorker", "silenced")] == shown
    assert ["NoWorker{}"] == [row.alert_key for row in await one.records.history(10)]
    await away.close()


async def test_writing_a_firing_twice_keeps_its_end(start: Callable[[], Monitoring], database_url: str) -> None:
    """The history is the same however often a row is sent."""
    one = start()
    now = datetime.now(UTC)
    row = HistoryRow("A{}", "A", "info", {}, "it", now, now, now)
    one.records.note(row)
    await one.records.flush()
    one.records.note(HistoryRow("A{}", "A", "info", {}, "it", now, now, None))
    await one.records.flush()
    connection = await asyncpg.connect(SecretStr(database_url).get_secret_value())
    rows = await connection.fetch("SELECT resolved_at FROM upload_pipeline.alert_history")
    await connection.close()

    assert [now] == [row["resolved_at"] for row in rows]
