"""Failpoints do what they are armed with, only there, only then, and only in a local process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accessa.domain.errors import TransientError, UsageError
from accessa.failpoints import FailpointError, arm, failpoint, read_failpoints
from accessa.settings import GROUPS, Environment, FailpointSettings
from accessa.stack.environment import is_setting

POINT = "publish.before_commit"


@pytest.fixture(autouse=True)
def _nothing_armed() -> Iterator[None]:
    yield
    arm([])


def set_up(text: str) -> None:
    """Arm failpoints as a service does."""
    arm(read_failpoints(text, Environment.LOCAL))


def test_an_unarmed_point_does_nothing() -> None:
    """Without failpoints, and beside those that are armed, work goes on."""
    failpoint(POINT)
    set_up("publish.after_commit=raise")
    failpoint(POINT)


def test_a_point_raises_what_it_is_told_to() -> None:
    """`raise` alone is an error that nobody foresaw; with a code it is that error of ours."""
    set_up(f"{POINT}=raise; publish.after_commit=raise:EMBED_UNAVAILABLE")

    with pytest.raises(FailpointError, match=POINT):
        failpoint(POINT)
    with pytest.raises(TransientError, match="EMBED_UNAVAILABLE"):
        failpoint("publish.after_commit")


def test_a_point_strikes_at_its_passage_only() -> None:
    """With a number behind it a point strikes once, at that passage."""
    set_up(f"{POINT}=raise@2")

    failpoint(POINT)
    with pytest.raises(FailpointError):
        failpoint(POINT)
    failpoint(POINT)


def test_a_point_strikes_for_its_document_only() -> None:
    """With a document behind it a point strikes each time that this document passes, and no other one."""
    set_up(f"{POINT}=raise@b5c1")

    failpoint(POINT, "another")
    failpoint(POINT)
    for _ in range(2):
        with pytest.raises(FailpointError):
            failpoint(POINT, "b5c1")


@pytest.mark.parametrize(
    "text",
    [f"{POINT}=kill", f"{POINT}=stop@3", f"{POINT}=raise:INTERNAL@2", f"{POINT}=delay:0.5", f"{POINT}=kill@b5c1"],
)
def test_what_is_armed_is_told_as_it_was_written(text: str) -> None:
    """The warning at the start repeats the setting."""
    assert [text] == [str(armed) for armed in read_failpoints(text, "local")]


@pytest.mark.parametrize(
    ("text", "environment", "sentence"),
    [
        ("publish.befor_commit=kill", "local", "publish.befor_commit, which is no failpoint"),
        (POINT, "local", "no action"),
        (f"{POINT}=explode", "local", "no action"),
        (f"{POINT}=delay", "local", "no number of seconds"),
        (f"{POINT}=delay:soon", "local", "no number of seconds"),
        (f"{POINT}=raise:NO_SUCH_CODE", "local", "no error code"),
        (f"{POINT}=kill:now", "local", "takes none"),
        (f"{POINT}=kill", "production", "only for ENVIRONMENT=local, not production"),
        (f"{POINT}=kill", "staging", "only for ENVIRONMENT=local, not staging"),
    ],
)
def test_what_cannot_be_armed_is_refused(text: str, environment: str, sentence: str) -> None:
    """A wrong name, action or argument, or any failpoint outside local, stops the start with a sentence."""
    with pytest.raises(UsageError, match=sentence) as refused:
        read_failpoints(text, environment)

    assert "SETTINGS_INVALID" == refused.value.code


def test_the_services_of_the_stack_take_it_from_the_shell() -> None:
    """What a user sets for `accessa up` reaches the services."""
    assert FailpointSettings is GROUPS["failpoints"]
    assert is_setting("FAILPOINTS")
