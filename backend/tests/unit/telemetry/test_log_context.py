"""Whom the work is for: on its lines, in the headers of its calls, and nowhere else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from accessa.telemetry.log_context import (
    bound,
    bound_anew,
    merge_bound,
    note,
    outgoing_headers,
    present_correlation_id,
    read_correlation_id,
)

NAME = UUID("7f0c2a54-6e0b-4bb5-9b58-0c54f6b1f7a1")


def fields() -> dict[str, object]:
    """Return what a line would carry now, besides its event."""
    return {name: value for name, value in merge_bound(None, "info", {"event": "x"}).items() if name != "event"}


def test_blocks_lie_in_each_other() -> None:
    """An inner block adds to the outer one, and takes nothing away from it afterwards."""
    with bound(job_id="j"):
        with bound(stage="publish"):
            inner = fields()
        outer = fields()

    assert {"job_id": "j", "stage": "publish"} == inner
    assert {"job_id": "j"} == outer
    assert {} == fields()


def test_a_note_lasts_as_long_as_its_block() -> None:
    """What is found out on the way stands on later lines of the same work, and on no other's."""
    with bound(job_id="j"):
        note(stage="publish")
        told = fields()
    note(stage="nobody's")

    assert {"job_id": "j", "stage": "publish"} == told
    assert {} == fields()


def test_what_a_line_says_itself_goes_before() -> None:
    """A line about another stage than the present one says so."""
    with bound(stage="publish"):
        assert "plan" == merge_bound(None, "info", {"event": "x", "stage": "plan"})["stage"]


def test_a_fresh_block_carries_nothing_of_the_one_around_it() -> None:
    """A call for several jobs is told under none of them, also on the lines of its task."""

    async def task() -> dict[str, object]:
        with bound(job_id="j"):
            with bound_anew({"call_id": "c"}):
                begun = asyncio.create_task(asyncio.to_thread(fields))
            return await begun

    assert {"call_id": "c"} == asyncio.run(task())


def test_calls_carry_the_ids_of_the_work() -> None:
    """A service that is called learns the correlation id and the call's own; outside of any work nothing is sent."""
    with bound(correlation_id=str(NAME), call_id="c", job_id="j"):
        told, present = outgoing_headers(), present_correlation_id()

    assert {"X-Correlation-Id": str(NAME), "X-Client-Request-Id": "c"} == told
    assert NAME == present
    assert ({}, None) == (outgoing_headers(), present_correlation_id())


@pytest.mark.parametrize("text", ["", "me", "sk-secret-key-0123456789", f"{NAME}\r\nX-Other: 1", None])
def test_only_a_uuid_is_taken_over(text: str | None) -> None:
    """A header of a stranger never brings words into the log."""
    assert read_correlation_id(text) is None
    assert NAME == read_correlation_id(str(NAME).upper())
