"""The simulators held against the fixtures of what the real services send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from real_apis.consent import CONTRACTS
from real_apis.contract_drift import drift, read_gaps, report, run
from real_apis.recordings import Recording, read_recordings
from real_apis.simulated import record_simulators

FIXTURES = read_recordings(CONTRACTS)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Recording]:
    """What both simulators send, asked once for all tests of this file."""
    return asyncio.run(record_simulators(tmp_path_factory.mktemp("simulators")))


def test_the_simulators_lack_nothing_that_the_services_send(simulated: Sequence[Recording]) -> None:
    """Keys, kinds, words of fixed lists, headers and refusals are as in the fixtures, but for the gaps written down."""
    found = [
        str(each) for each in drift(FIXTURES, simulated) if each.lacks and each.operation not in read_gaps(CONTRACTS)
    ]

    assert [] == found


def test_every_fixture_says_where_its_shape_comes_from() -> None:
    """What was not recorded from a service never passes for a recording."""
    sources = {fixture.source for fixture in FIXTURES}

    assert [] == [text for text in sources if not text.startswith("recorded from ") and "not recorded" not in text]
    assert [] == [text for text in sources if "mock-" in text]
    assert sources == {line.split(" as of: ")[1] for line in report(FIXTURES, [], {}) if " as of: " in line}


@pytest.fixture
def twin() -> Recording:
    """An answer to be changed in one place."""
    return next(fixture for fixture in FIXTURES if fixture.name == "llamaparse/get_parse_result")


Change = Callable[[Recording], Recording]


def body(**changes: Any) -> Change:
    """Return a change of the job in the answer's body; None takes a key away."""

    def change(recording: Recording) -> Recording:
        job = {name: value for name, value in (recording.body["job"] | changes).items() if value != "gone"}
        return replace(recording, body=recording.body | {"job": job})

    return change


LACKING: list[tuple[Change, str]] = [
    (body(usage="gone"), "body.job: usage is missing"),
    (body(project_id=0), "body.job.project_id: a text from the service, a number here"),
    (body(status="SUCCESS"), 'body.job.status: "COMPLETED" from the service, "SUCCESS" here'),
    (body(id="job-00000000"), "body.job.id: an id pjb-… from the service, an id job-… here"),
    (body(created_at="<text of 9>"), "body.job.created_at: a time from the service, a text here"),
    (lambda recording: replace(recording, status=202), "status: 200 from the service, 202 here"),
    (lambda recording: replace(recording, headers={}), "headers: content-type is missing"),
    (
        lambda recording: replace(recording, body=recording.body | {"markdown": {"pages": []}}),
        "body.markdown.pages: the list is empty here",
    ),
]
NOTES: list[tuple[Change, str]] = [
    (body(cost=0.0), "body.job: cost is sent here only"),
    (body(error_message="<text of 9>"), "body.job.error_message: null from the service, a text here"),
    (
        lambda recording: replace(recording, headers=recording.headers | {"etag": "x"}),
        "headers: etag is sent here only",
    ),
]


@pytest.mark.parametrize(("change", "line"), LACKING, ids=[line for _, line in LACKING])
def test_what_a_simulator_lacks_is_a_line_of_its_own(twin: Recording, change: Change, line: str) -> None:
    """A missing key or header, another kind, word or status, and an empty list are each found, and nothing else is."""
    [found] = drift([twin], [change(twin)])

    assert (f"LACKS llamaparse/get_parse_result    {line}", True) == (str(found), found.lacks)


@pytest.mark.parametrize(("change", "line"), NOTES, ids=[line for _, line in NOTES])
def test_what_a_simulator_has_beyond_is_only_noted(twin: Recording, change: Change, line: str) -> None:
    """What is more here, or null there, would not let a client pass that fails in reality."""
    [found] = drift([twin], [change(twin)])

    assert (f"note  llamaparse/get_parse_result    {line}", False) == (str(found), found.lacks)


def test_an_allowed_word_is_as_good_as_the_recorded_one(twin: Recording) -> None:
    """Where a service may answer with one of several words, the fixture lists them."""
    allowing = replace(twin, allowed={"body.job.status": ["RUNNING"]})

    assert [] == drift([allowing], [body(status="RUNNING")(twin)])


def test_a_missing_answer_is_told_with_what_came_instead(twin: Recording) -> None:
    """A simulator that refuses what the service does is told by the status; a gap written down gives its reason."""
    [found] = drift([twin], [replace(twin, operation="get_parse_result_404", status=404)])
    lines = list(report([twin], [found], {twin.name: "not built yet", "llamaparse/closed": "old"}))

    assert (
        "LACKS llamaparse/get_parse_result    operation: the simulator has no such answer (status 404 instead)"
        == str(found)
    )
    assert [
        "known llamaparse/get_parse_result    operation: not built yet",
        "note  llamaparse/closed              open-gaps.json: this gap is closed; take it out",
        "1 operations compared: 1 differences, 0 operations lack something, 1 known gaps",
    ] == lines[1:]


def test_the_command_fails_where_a_simulator_lacks_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], twin: Recording
) -> None:
    """Exit code 1 and the line of the difference; 2 when there is nothing to compare with."""
    assert 2 == run(["--fixtures", str(tmp_path)])
    (tmp_path / "llamaparse").mkdir()
    document = twin.as_document()
    document["response"]["body"]["job"]["priority"] = "<text of 4>"
    (tmp_path / "llamaparse" / "get_parse_result.json").write_text(json.dumps(document))

    assert 1 == run(["--fixtures", str(tmp_path)])
    assert "LACKS llamaparse/get_parse_result    body.job: priority is missing" in capsys.readouterr().out
