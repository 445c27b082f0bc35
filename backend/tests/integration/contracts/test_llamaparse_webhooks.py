"""The webhooks of the LlamaParse simulator on the wire: order, retries, and every way in which one can be wrong."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from backend.tests.integration.contracts.llamaparse_server import SECRET, Call, Hook, ServedLlamaParse

from mock_providers.llamaparse.fault_kinds import DELIVERY, MESSAGE

pytest_plugins = ["backend.tests.integration.contracts.llamaparse_fixtures"]

SUCCESS = "parse.success"


def signature(call: Call, secret: str = SECRET) -> str:
    """Return the signature that the call should have."""
    return f"sha256={hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()}"


def is_signed(call: Call) -> bool:
    """Tell whether the call has the right signature."""
    return call.headers.get("lc-signature") == signature(call)


def is_broken(call: Call, error: type[Exception]) -> bool:
    """Tell whether reading the body as JSON fails in this way."""
    with pytest.raises(error):
        json.loads(call.body.decode())
    return True


Check = Callable[[Call, str], bool]
CHECKS: dict[str, tuple[bool, Check]] = {
    "wrong_signature": (False, lambda call, job: call.event["data"]["id"] == job and "lc-signature" in call.headers),
    "missing_signature": (
        False,
        lambda call, job: call.event["data"]["id"] == job and "lc-signature" not in call.headers,
    ),
    "wrong_secret": (False, lambda call, _: call.headers["lc-signature"] == signature(call, "not the secret")),
    "altered_body": (False, lambda call, _: call.event["event_id"] != call.headers["x-webhook-event-id"]),
    "wrong_event": (True, lambda call, job: call.event["data"]["job_id"] not in {job, None}),
    "unknown_event": (True, lambda call, _: call.event["event_type"] == "parse.unheard_of"),
    "string_format": (True, lambda call, job: json.loads(json.loads(call.body))["data"]["id"] == job),
    "not_json": (True, lambda call, _: is_broken(call, json.JSONDecodeError)),
    "not_utf8": (True, lambda call, _: is_broken(call, UnicodeDecodeError)),
    "missing_fields": (True, lambda call, _: {"event_id", "event_type", "timestamp"} == call.event.keys()),
    "oversized": (True, lambda call, job: len(call.body) > 2_000_000 and call.event["data"]["id"] == job),
    "gzip_body": (True, lambda call, _: len(call.body) < 100_000 and len(gzip.decompress(call.body)) > 3_000_000),
    "slow_body": (True, lambda call, job: call.event["data"]["id"] == job),
    "wrong_content_type": (True, lambda call, _: call.headers["content-type"] == "text/plain"),
}
# The defaults are larger, which a test need not wait for.
SIZES: dict[str, dict[str, Any]] = {"gzip_body": {"value": 4_000_000}, "slow_body": {"value": 0.01}}


@pytest.mark.parametrize("kind", CHECKS)
def test_wrong_messages(simulator: ServedLlamaParse, hook: Hook, kind: str) -> None:
    """Each wrong message is wrong in the way that it says, and otherwise validly signed."""
    simulator.play({"kind": kind, **SIZES.get(kind, {})})
    job = simulator.submit(webhook_configurations=hook.options(SUCCESS, webhook_signing_secret=SECRET))

    call = hook.next()

    signed, check = CHECKS[kind]
    assert (signed, True) == (is_signed(call), check(call, job))


def test_values_of_wrong_messages(simulator: ServedLlamaParse, hook: Hook) -> None:
    """A fault's value names the other job, the event, the missing field or the size."""
    values = {"wrong_event": "pjb-other", "unknown_event": "parse.new", "missing_fields": "event_id", "oversized": 5000}
    simulator.play(*({"kind": kind, "value": value, "nth": n} for n, (kind, value) in enumerate(values.items(), 1)))

    for _ in values:
        simulator.submit(disable_cache=True, webhook_configurations=hook.options(SUCCESS))
    calls = [hook.next() for _ in values]

    by_size = sorted(calls, key=lambda call: len(call.body))
    events = [call.event for call in calls]
    assert 5000 < len(by_size[-1].body) < 6000
    assert {"pjb-other"} < {event["data"]["id"] for event in events}
    assert {SUCCESS, "parse.new"} == {event["event_type"] for event in events}
    assert 1 == sum("event_id" not in event for event in events)


def test_the_fault_tables_are_complete() -> None:
    """Every fault of a message has its row here, and every fault of a delivery a test."""
    assert CHECKS.keys() == MESSAGE
    assert {"lost_webhook", "duplicate_webhook", "late_webhook", "out_of_order"} == DELIVERY


def test_the_end_comes_first(simulator: ServedLlamaParse, hook: Hook) -> None:
    """Out of order, the success is told before the events that led to it."""
    simulator.play({"kind": "out_of_order"})

    simulator.submit(webhook_configurations=hook.options())

    assert [SUCCESS, "parse.pending", "parse.running"] == hook.types(3)


def test_many_duplicates(simulator: ServedLlamaParse, hook: Hook) -> None:
    """An event can come twice or a hundred times, each time under the same id."""
    simulator.play(
        {"kind": "duplicate_webhook", "document": SUCCESS, "value": 100},
        {"kind": "duplicate_webhook", "document": "parse.pending"},
    )

    simulator.submit(webhook_configurations=hook.options(SUCCESS, "parse.pending"))

    twice = [hook.next().event for _ in range(2)]
    often = [hook.next().event for _ in range(100)]
    assert [("parse.pending", 1), (SUCCESS, 1)] == [
        (events[0]["event_type"], len({event["event_id"] for event in events})) for events in (twice, often)
    ]


def test_lost_and_late(simulator: ServedLlamaParse, hook: Hook) -> None:
    """A lost event never comes, and a late one does not let the later ones overtake it."""
    simulator.play(
        {"kind": "lost_webhook", "document": "parse.pending"},
        {"kind": "late_webhook", "document": "parse.running", "value": 0.05},
    )

    simulator.submit(webhook_configurations=hook.options())

    assert ["parse.running", SUCCESS] == hook.types(2)


def test_the_webhook_before_the_answer(simulator: ServedLlamaParse, hook: Hook) -> None:
    """With the fault, and always for a cached job, the events are here before the submit call is answered."""
    simulator.play({"kind": "webhook_before_answer", "times": 1}, delay=0.25)

    first = simulator.submit(webhook_configurations=hook.options())
    told = hook.calls.qsize()
    simulator.submit(webhook_configurations=hook.options(SUCCESS))
    told_of_cached = hook.calls.qsize() - told

    assert (3, 1) == (told, told_of_cached)
    assert [first] * 3 == [hook.next().event["data"]["id"] for _ in range(3)]


def test_both_formats(simulator: ServedLlamaParse, hook: Hook) -> None:
    """Without a format the body is a JSON string that holds the event; with `json` it is the event."""
    for output in (None, "string", "json"):
        options = hook.options(SUCCESS, webhook_output_format=output)
        simulator.submit(disable_cache=True, webhook_configurations=options)

    kinds = sorted(type(json.loads(hook.next().body)).__name__ for _ in range(3))

    assert ["dict", "str", "str"] == kinds


def test_several_webhooks_of_one_job(simulator: ServedLlamaParse, hook: Hook) -> None:
    """Every webhook of a job, saved ones too, is told on its own, with its own headers and secret."""
    saved = simulator.http.post(
        "/api/v1/beta/webhook-configs",
        json={"webhook_url": hook.url, "webhook_events": [SUCCESS], "webhook_signing_secret": SECRET},
    ).json()
    own = hook.options(SUCCESS, webhook_headers={"X-Own": 1})

    simulator.submit(webhook_configurations=own, webhook_configuration_ids=[saved["id"]])
    calls = [hook.next() for _ in range(2)]

    assert {("1", False), (None, True)} == {(call.headers.get("x-own"), is_signed(call)) for call in calls}
