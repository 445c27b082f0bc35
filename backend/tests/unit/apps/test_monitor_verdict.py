"""The banner: what is wrong in plain words, the worst first, or that all is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accessa.apps.monitor.verdict import Level, Verdict, judge, with_alerts
from accessa.observe.alerts.board import AlertState, AlertView, Cause
from accessa.observe.database_view import SCHEMA_SENTENCE, SILENT_SENTENCE, DatabaseView
from accessa.observe.figures import Figures, Parked, StoppedProvider, Waiting, Worker
from accessa.observe.service_views import ServiceView
from accessa.store.audit_runs import AuditVerdict

_WORKER = Worker("worker-1", "host", 7, "running", 0, "0.1.0", age_seconds=9.0, silent_seconds=0.0, alive=True)
_QUIET = Figures(
    jobs={},
    totals={},
    waiting=Waiting(0, None, 0, None),
    failures=[],
    failed_last_hour=0,
    workers=[_WORKER],
    stopped_providers=[],
)
_API = ServiceView("api-server", "healthy", True, "http://127.0.0.1:8000", 0, 5, 3.0, "")  # noqa: FBT003
_BASE_WORKER = ServiceView("base-worker", "healthy", True, None, 0, 7, None, "")  # noqa: FBT003
_POSTGRES = ServiceView("postgres", "healthy", True, "postgresql://127.0.0.1:5432/d", 0, 1, None, "")  # noqa: FBT003


def _seen(figures: Figures) -> DatabaseView:
    return DatabaseView(answers=True, sentence="", figures=figures)


def test_all_is_well() -> None:
    """When nothing is wrong the banner says so."""
    assert Verdict(Level.WELL, ["All is well."]) == judge([_POSTGRES, _API, _BASE_WORKER], _seen(_QUIET))


def test_a_stopped_provider_is_told_with_what_to_do() -> None:
    """When no call goes out to a provider the banner says which one, since when and why."""
    sentence = "The embedding account has no credit left; add credit, the jobs then go on."
    stopped = StoppedProvider("openai", "EMBED_NO_CREDIT", sentence, 130.0)
    figures = replace(_QUIET, stopped_providers=[stopped])

    assert Verdict(Level.DOWN, [f"Calls to openai stopped 2 minutes ago. {sentence}"]) == judge(
        [_POSTGRES, _API, _BASE_WORKER], _seen(figures)
    )


def test_jobs_that_wait_for_a_budget_are_told() -> None:
    """The pipeline works, so the banner asks for attention only; the sentence names the limit."""
    figures = replace(_QUIET, parked=Parked(2, "The budget of the day has no room."))

    assert Verdict(Level.ATTENTION, ["2 jobs wait for a budget. The budget of the day has no room."]) == judge(
        [_POSTGRES, _API, _BASE_WORKER], _seen(figures)
    )


def test_a_broken_promise_is_told_with_the_command_that_shows_it() -> None:
    """A broken promise is worse than an outage, and told first, with the time of the audit; one without is not told."""
    name = "s11e_documents_have_a_job"
    broken = AuditVerdict({name: 2}, ("s06b_sets_are_whole",), ended_at=1_795_640_000.0, seconds_ago=5.0)
    sentences = [
        f"2 rows break a promise: Every document has a job. See: accessa audit --check {name}",
        "The last audit ended at 2026-11-25 20:53 UTC.",
        "No worker is alive: documents wait.",
        "The audit could not finish 1 of its checks: accessa audit tells which.",
    ]
    services = [_POSTGRES, _API, _BASE_WORKER]

    assert Verdict(Level.BROKEN, sentences) == judge(services, _seen(replace(_QUIET, audit=broken, workers=[])))
    assert Level.WELL == judge(services, _seen(replace(_QUIET, audit=AuditVerdict({}, (), 0.0, 5.0)))).level


def test_an_audit_without_a_verdict_asks_for_attention_only() -> None:
    """A check that could not finish is no broken promise."""
    unfinished = AuditVerdict({}, ("s06b_sets_are_whole",), ended_at=0.0, seconds_ago=5.0)
    sentence = "The audit could not finish 1 of its checks: accessa audit tells which."

    assert Verdict(Level.ATTENTION, [sentence]) == judge([_API], _seen(replace(_QUIET, audit=unfinished)))


def test_a_silent_database_is_told_once() -> None:
    """The sentence of the database stands alone: its row among the services does not repeat it."""
    postgres = replace(_POSTGRES, healthy=False, sentence="does not answer")
    unknown_worker = replace(_BASE_WORKER, healthy=None)
    database = DatabaseView(answers=False, sentence=SILENT_SENTENCE, figures=None)

    assert Verdict(Level.DOWN, ["Postgres does not answer."]) == judge([postgres, _API, unknown_worker], database)


def test_a_missing_schema_is_told_with_its_mend() -> None:
    """A database without our tables is named with the command that makes them."""
    database = DatabaseView(answers=True, sentence=SCHEMA_SENTENCE, figures=None)

    assert Verdict(Level.DOWN, [SCHEMA_SENTENCE]) == judge([_POSTGRES], database)


@pytest.mark.parametrize("workers", [[], [replace(_WORKER, alive=False)]])
def test_no_living_worker_is_told_once(workers: list[Worker]) -> None:
    """Without a living worker documents wait, and the worker's own row does not repeat it."""
    silent = replace(_BASE_WORKER, healthy=False, sentence="gives no sign of life")

    verdict = judge([_API, silent], _seen(replace(_QUIET, workers=workers)))

    assert Verdict(Level.DOWN, ["No worker is alive: documents wait."]) == verdict


def test_one_of_two_workers_silent_is_named() -> None:
    """While another worker lives, the silent one is told by its name."""
    silent = replace(_BASE_WORKER, name="base-worker-2", healthy=False, sentence="gives no sign of life")

    assert Verdict(Level.DOWN, ["base-worker-2 gives no sign of life."]) == judge([silent], _seen(_QUIET))


def test_an_unhealthy_service_is_told_by_name_and_reason() -> None:
    """The sentence names the service and what its health check met."""
    silent = replace(_API, healthy=False, sentence="did not answer within 1 s")

    assert Verdict(Level.DOWN, ["api-server did not answer within 1 s."]) == judge([silent], _seen(_QUIET))


def test_a_starting_service_asks_for_attention_only() -> None:
    """A service on its way up is no outage yet."""
    starting = replace(_API, state="starting", healthy=False, sentence="does not answer")

    assert Verdict(Level.ATTENTION, ["api-server is starting."]) == judge([starting], _seen(_QUIET))


@pytest.mark.parametrize(
    ("failed", "sentence"), [(1, "1 job failed in the last hour."), (3, "3 jobs failed in the last hour.")]
)
def test_recent_failures_ask_for_attention(failed: int, sentence: str) -> None:
    """Failures of the last hour are counted in one sentence."""
    figures = replace(_QUIET, failed_last_hour=failed)

    assert Verdict(Level.ATTENTION, [sentence]) == judge([_API], _seen(figures))


@pytest.mark.parametrize(
    ("seconds", "sentences"),
    [(299.0, ["All is well."]), (300.0, ["The next job in the queue has waited for a worker for 5 minutes."])],
)
def test_a_long_wait_for_a_worker_asks_for_attention(seconds: float, sentences: list[str]) -> None:
    """A job that is due for five minutes is told."""
    figures = replace(_QUIET, waiting=Waiting(1, seconds, 1, seconds))

    assert sentences == judge([_API], _seen(figures)).sentences


def test_the_worst_comes_first() -> None:
    """Outages stand before what only asks for attention, and set the level."""
    figures = replace(_QUIET, failed_last_hour=2, workers=[])
    starting = replace(_API, state="starting", healthy=None)

    expected = ["No worker is alive: documents wait.", "api-server is starting.", "2 jobs failed in the last hour."]
    assert Verdict(Level.DOWN, expected) == judge([starting], _seen(figures))


def _alert(name: str, severity: str, state: AlertState, by: Cause | None = None) -> AlertView:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    runbook = "docs/runbooks/no-worker.md"
    return AlertView(name, severity, state, {}, "Sentence.", [], "accessa status", runbook, moment, None, [], by)


_WELL = Verdict(Level.WELL, ["All is well."])


@pytest.mark.parametrize(
    ("severity", "level"), [("critical", Level.DOWN), ("warning", Level.ATTENTION), ("info", Level.WELL)]
)
def test_all_is_not_well_while_an_alert_fires(severity: str, level: Level) -> None:
    """The banner is as bad as the worst alert that fires; one that only informs leaves it as it is."""
    verdict = with_alerts(_WELL, [_alert("NoWorker", severity, "firing")])

    told = ["All is well."] if level is Level.WELL else ["1 alert fires: NoWorker."]
    assert Verdict(level, told) == verdict


def test_alerts_never_make_the_banner_better() -> None:
    """A broken promise stays the worst, and the alerts are told behind what was known already."""
    broken = Verdict(Level.BROKEN, ["2 rows break a promise."])
    alerts = [_alert("AuditViolation", "critical", "firing"), _alert("StageSlow", "warning", "firing")]

    expected = ["2 rows break a promise.", "2 alerts fire: AuditViolation, StageSlow."]
    assert Verdict(Level.BROKEN, expected) == with_alerts(broken, alerts)


def test_a_silenced_alert_is_counted_and_a_pending_one_is_not_told() -> None:
    """What somebody silenced does not alarm, but is not hidden either."""
    alerts = [_alert("StageSlow", "warning", "silenced"), _alert("NoWorker", "critical", "pending")]

    assert Verdict(Level.WELL, ["All is well.", "1 alert is silenced."]) == with_alerts(_WELL, alerts)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("firing", Verdict(Level.DOWN, ["1 alert fires: NoWorker; it explains 2 more."])),
        ("pending", Verdict(Level.DOWN, ["2 alerts fire: ServiceDown, WorkerSilent."])),
        ("silenced", Verdict(Level.WELL, ["All is well.", "1 alert is silenced."])),
    ],
)
def test_what_an_alert_explains_is_counted_with_it(state: AlertState, verdict: Verdict) -> None:
    """The cause is named, and where it is silenced nothing of it alarms; while it is pending it may yet pass."""
    cause = _alert("NoWorker", "critical", state)
    by = Cause("NoWorker", {}, state)
    effects = [_alert("ServiceDown", "critical", "firing", by), _alert("WorkerSilent", "warning", "firing", by)]

    assert verdict == with_alerts(_WELL, [cause, *effects])
