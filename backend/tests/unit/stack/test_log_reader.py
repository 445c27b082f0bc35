"""The logs of all services as one story."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from accessa.domain.errors import UsageError
from accessa.settings import Settings, load_settings
from accessa.stack.log_file import LogFile
from accessa.stack.log_reader import log_lines
from accessa.stack.log_tail import last_words
from accessa.stack.log_wish import SHARED_CALL, LogWish
from accessa.telemetry.event_catalogue import ALLOWED


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The folder of the logs of an otherwise empty stack."""
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose home is that of `logs`."""
    assert logs.parent == tmp_path
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    return load_settings()


def line(second: int, event: str, **fields: str) -> bytes:
    """Return a log line of one moment."""
    extra = "".join(f', "{name}": "{value}"' for name, value in fields.items())
    return f'{{"timestamp": "2026-11-23T14:00:{second:02}.000000Z", "event": "{event}"{extra}}}'.encode()


def moment(second: int) -> str:
    """Return the time of a line of that second."""
    return f"2026-11-23T14:00:{second:02}.000000Z"


def texts(settings: Settings, service: str | None = None, *, last: int | None = None, **wishes: str) -> list[str]:
    """Return the texts of the chosen events."""
    return [str(event["event"]) for event in log_lines(settings, service, LogWish(**wishes), last=last)]  # type: ignore[arg-type]


def test_files_and_their_older_parts_are_merged_in_time(settings: Settings, logs: Path) -> None:
    """Events of several services, also those in exchanged files, come in the order of their time."""
    api = LogFile(logs / "api-server.jsonl", "api-server", most_bytes=10)
    worker = LogFile(logs / "base-worker.jsonl", "base-worker")
    for second in (1, 3, 5):
        api.add([line(second, f"api {second}")])
    worker.add([line(2, "worker 2"), line(4, "worker 4")])

    assert ["api 1", "worker 2", "api 3", "worker 4", "api 5"] == texts(settings)
    assert ["worker 4", "api 5"] == texts(settings, last=2)


def test_events_are_chosen_by_service_job_and_correlation_id(settings: Settings, logs: Path) -> None:
    """Each wish narrows the story; `base-worker` stands for all workers."""
    LogFile(logs / "api-server.jsonl", "api-server").add([line(1, "a", job_id="j", correlation_id="c")])
    LogFile(logs / "base-worker.jsonl", "base-worker").add([line(2, "b", job_id="j"), line(3, "c")])
    LogFile(logs / "base-worker-2.jsonl", "base-worker-2").add([line(4, "d", job_id="k")])

    assert ["b", "c", "d"] == texts(settings, service="base-worker")
    assert ["d"] == texts(settings, service="base-worker-2")
    assert ["a", "b"] == texts(settings, job="j")
    assert ["a"] == texts(settings, correlation_id="c")
    assert ["b"] == texts(settings, service="base-worker", job="j")


def test_lines_are_chosen_by_level_and_time(settings: Settings, logs: Path) -> None:
    """A level means itself and whatever is graver; times are bounds that belong to the choice."""
    said = [line(second, level, level=level) for second, level in enumerate(("debug", "info", "warning", "error"), 1)]
    LogFile(logs / "api-server.jsonl", "api-server").add(said)
    LogFile(logs / "base-worker.jsonl", "base-worker").add([line(5, "critical", level="critical"), line(6, "late")])

    assert ["warning", "error", "critical"] == texts(settings, level="warning")
    assert ["info", "warning", "error", "critical", "late"] == texts(settings, level="info")
    assert ["error", "critical"] == texts(settings, since=moment(4), until=moment(5))
    assert ["error"] == texts(settings, since=moment(4), level="warning", last=1, service="api-server")


def test_a_job_takes_along_what_was_done_for_it_elsewhere(settings: Settings, logs: Path) -> None:
    """Storage and providers know no jobs: their lines come by the correlation id, and by the call that jobs shared."""
    whole = {"job_id": "j", "document_id": "d", "correlation_id": "c"}
    LogFile(logs / "supabase-storage.jsonl", "supabase-storage").add([line(1, "stored", correlation_id="c")])
    LogFile(logs / "mock-openai.jsonl", "mock-openai").add(
        [line(2, "called", correlation_id="first's", call_id="7"), line(3, "called", correlation_id="x", call_id="8")]
    )
    LogFile(logs / "base-worker.jsonl", "base-worker").add(
        [
            line(4, SHARED_CALL, call_id="7", **whole),
            line(5, SHARED_CALL, call_id="7", job_id="other", correlation_id="o"),
            line(6, "retried", job_id="later", document_id="d", correlation_id="c"),
        ]
    )

    story = ["stored", "called", SHARED_CALL]
    assert story == texts(settings, job="j")
    assert [*story, "retried"] == texts(settings, document="d")
    assert [*story, "retried"] == texts(settings, correlation_id="c")
    assert [] == texts(settings, job="j", correlation_id="o")
    assert SHARED_CALL in ALLOWED


def test_following_a_job_learns_its_ids_on_the_way(settings: Settings, logs: Path) -> None:
    """An id that is told only later counts from then on."""
    api = LogFile(logs / "api-server.jsonl", "api-server")
    api.add([line(1, "begun", job_id="j"), line(2, "another's", correlation_id="c")])
    following = log_lines(settings, wish=LogWish(job="j"), follow=True)
    seen = list(islice(following, 1))
    api.add([line(3, "taken", job_id="j", correlation_id="c"), line(4, "called", correlation_id="c")])
    seen += list(islice(following, 2))
    following.close()  # type: ignore[attr-defined]

    assert ["begun", "taken", "called"] == [event["event"] for event in seen]


def test_a_crash_stays_where_it_happened(settings: Settings, logs: Path) -> None:
    """Raw lines of a file, as of a crash of the supervisor itself, keep the place of the line before them."""
    (logs / "supervisor.jsonl").write_bytes(line(1, "start") + b"\nTraceback\n" + line(3, "start again") + b"\n")
    LogFile(logs / "api-server.jsonl", "api-server").add([line(2, "api")])

    assert ["start", "Traceback", "api", "start again"] == texts(settings)
    assert "start again" == last_words(logs / "supervisor.jsonl")


def test_following_goes_on_over_an_exchanged_file_and_a_new_service(settings: Settings, logs: Path) -> None:
    """New lines are yielded though their file was exchanged, or did not exist before."""
    api = LogFile(logs / "api-server.jsonl", "api-server", most_bytes=10)
    api.add([line(1, "old")])
    following = log_lines(settings, follow=True)
    seen = list(islice(following, 1))
    api.add([line(2, "new")])
    LogFile(logs / "base-worker.jsonl", "base-worker").add([line(3, "newest")])
    seen += list(islice(following, 2))
    following.close()  # type: ignore[attr-defined]

    assert ["old", "new", "newest"] == [event["event"] for event in seen]


def test_an_unfinished_line_waits_for_its_end(settings: Settings, logs: Path) -> None:
    """A line that is being written is yielded once, and whole."""
    path = logs / "api-server.jsonl"
    path.write_bytes(line(1, "first") + b"\n" + line(2, "second")[:20])
    following = log_lines(settings, follow=True)
    seen = list(islice(following, 1))
    with path.open("ab") as file:
        file.write(line(2, "second")[20:] + b"\n")
    seen += list(islice(following, 1))
    following.close()  # type: ignore[attr-defined]

    assert ["first", "second"] == [event["event"] for event in seen]


def test_an_unknown_service_is_refused_with_those_there_are(settings: Settings, logs: Path) -> None:
    """A misspelt name is answered with the right ones."""
    LogFile(logs / "api-server.jsonl", "api-server").add([line(1, "a")])
    with pytest.raises(UsageError, match="called apiserver; there are: api-server"):
        list(log_lines(settings, "apiserver"))
