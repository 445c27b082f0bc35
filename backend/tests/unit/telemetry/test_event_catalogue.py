"""The catalogue of log events: what the code logs is what the catalogue says, no more and no less."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from backend.tests.unit.telemetry.logged_calls import LoggedCall, calls_in

import accessa
import log_events_page
import mock_providers
from accessa.telemetry.event_catalogue import GROUPS, LIBRARY_FIELDS, MEANINGS
from mock_providers import event_catalogue as simulated

OURS = {event.name: event for group in GROUPS.values() for event in group}
THEIRS = {event.name: event for event in simulated.EVENTS}


@pytest.fixture(scope="module")
def calls() -> list[LoggedCall]:
    """Every call of a logger in the product."""
    return calls_in(Path(str(accessa.__file__)).parent)


@pytest.fixture(scope="module")
def simulator_calls() -> list[LoggedCall]:
    """Every call of a logger in the simulators."""
    return calls_in(Path(str(mock_providers.__file__)).parent)


def test_each_name_is_said_in_one_place(calls: list[LoggedCall]) -> None:
    """A name stands for one thing that happens, so a search for it never mixes two."""
    assert [] == [name for name, times in Counter(call.event for call in calls).items() if times > 1]


def test_what_is_logged_is_catalogued_with_its_level_and_fields(calls: list[LoggedCall]) -> None:
    """Nobody can log under another name, at another level or with another field than the catalogue says."""
    wrong = [
        call
        for call in calls
        if (event := OURS.get(str(call.event))) is None
        or event.level != call.level
        or not call.fields <= LIBRARY_FIELDS | set(event.fields)
    ]

    assert [] == wrong


def test_what_is_catalogued_is_logged(calls: list[LoggedCall]) -> None:
    """The page promises no line, and no field, that never comes."""
    said = {call.event: call.fields for call in calls}

    assert set() == OURS.keys() - said.keys()
    assert {} == {name: left for name, event in OURS.items() if (left := set(event.fields) - said[name])}


def test_simulators_log_what_their_catalogue_says(simulator_calls: list[LoggedCall]) -> None:
    """Their events are catalogued as well, and their fields, which their formatter keeps to in any case."""
    wrong = [
        call
        for call in simulator_calls
        if call.event not in THEIRS or not call.fields <= {*simulated.ALWAYS, *THEIRS[call.event].fields}
    ]

    assert [] == wrong
    assert THEIRS.keys() == {call.event for call in simulator_calls}


def test_fields_of_every_line_have_a_meaning() -> None:
    """A reader of the page learns what each of them is."""
    assert set() == LIBRARY_FIELDS - MEANINGS.keys()


def test_no_field_is_made_for_words_of_documents() -> None:
    """The catalogue has no place for text, names of files, addresses or secrets."""
    forbidden = {"text", "content", "body", "filename", "file_name", "path", "url", "key", "token", "secret", "headers"}

    assert set() == forbidden & {*LIBRARY_FIELDS, *(field for event in OURS.values() for field in event.fields)}
    assert set() == forbidden & simulated.FIELDS


def test_the_page_is_what_the_catalogues_say() -> None:
    """After a change of a catalogue the page is made again: `make log-events`."""
    page = (log_events_page.ROOT / log_events_page.PAGE).read_text(encoding="utf-8")

    assert log_events_page.page() == page
