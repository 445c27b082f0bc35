"""Makes a webhook message wrong in the way that a fault names; all but the signature faults are validly signed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mock_providers.faults import Fault
from mock_providers.llamaparse.configuration import Webhook
from mock_providers.llamaparse.deliveries import Delivery
from mock_providers.llamaparse.webhook_messages import SIGNATURE, Message, encoded, event_of, signature, signed

_OVERSIZED_BYTES = 2_000_000
_UNPACKED_BYTES = 50_000_000
_SLOW_SECONDS = 60.0
_UNKNOWN_EVENT = "parse.unheard_of"

Event = dict[str, Any]


def message_of(delivery: Delivery, hook: Webhook, fault: Fault | None) -> Message:
    """Return the message of a delivery, made wrong if the fault concerns it."""
    kind = fault.kind if fault else ""
    if fault and kind in _EVENTS:
        event = _EVENTS[kind](event_of(delivery), fault)
        return signed(encoded(event, hook), delivery, hook, event.get("event_type"))
    if kind == "string_format":
        hook = hook.model_copy(update={"webhook_output_format": "string"})
    body = encoded(event_of(delivery), hook)
    if fault and kind in _BODIES:
        body = _BODIES[kind](body, fault)
    message = signed(body, delivery, hook)
    return _MESSAGES[kind](message, fault) if fault and kind in _MESSAGES else message


def _wrong_event(event: Event, fault: Fault) -> Event:
    """Name another job: `value`, or one that does not exist."""
    other = str(fault.value or f"pjb-{uuid5(NAMESPACE_URL, event['event_id'])}")
    return {**event, "data": {"id": other, "job_id": other}}


def _unknown_event(event: Event, fault: Fault) -> Event:
    return {**event, "event_type": str(fault.value or _UNKNOWN_EVENT)}


def _missing_fields(event: Event, fault: Fault) -> Event:
    """Leave out the field that `value` names, else `data`."""
    hidden = str(fault.value or "data")
    return {name: value for name, value in event.items() if name != hidden}


def _oversized(event: Event, fault: Fault) -> Event:
    """Fill the body up to about `value` bytes."""
    return {**event, "padding": "x" * int(fault.number(_OVERSIZED_BYTES))}


def _packed(body: bytes, fault: Fault) -> bytes:
    """Pack a body that unpacks to about `value` bytes."""
    padding = b" " * int(fault.number(_UNPACKED_BYTES))
    return gzip.compress(body + padding, mtime=0)


def _altered(message: Message, fault: Fault) -> Message:
    """Change one byte of the event's id after signing, so that the body is still readable."""
    del fault
    event_id = message.headers["X-Webhook-Event-ID"]
    other = ("0" if event_id[0] != "0" else "1") + event_id[1:]
    return replace(message, body=message.body.replace(event_id.encode(), other.encode(), 1))


def _with_header(name: str, value: str) -> Callable[[Message, Fault], Message]:
    return lambda message, fault: replace(message, headers={**message.headers, name: str(fault.value or value)})


def _resigned(message: Message, fault: Fault) -> Message:
    """Sign with another secret: `value`, or one that nobody knows."""
    return replace(
        message, headers={**message.headers, SIGNATURE: signature(str(fault.value or "not the secret"), message.body)}
    )


def _wrongly_signed(message: Message, fault: Fault) -> Message:
    """Give the bare hash of the body, which needs no secret."""
    del fault
    digest = hashlib.sha256(message.body).hexdigest()
    return replace(message, headers={**message.headers, SIGNATURE: f"sha256={digest}"})


def _unsigned(message: Message, fault: Fault) -> Message:
    del fault
    return replace(message, headers={name: value for name, value in message.headers.items() if name != SIGNATURE})


def _slow(message: Message, fault: Fault) -> Message:
    """Take `value` seconds for the body."""
    headers = {**message.headers, "Content-Length": str(len(message.body))}
    return replace(message, headers=headers, seconds=fault.number(_SLOW_SECONDS))


def _packed_header(message: Message, fault: Fault) -> Message:
    del fault
    return replace(message, headers={**message.headers, "Content-Encoding": "gzip"})


_EVENTS: dict[str, Callable[[Event, Fault], Event]] = {
    "wrong_event": _wrong_event,
    "unknown_event": _unknown_event,
    "missing_fields": _missing_fields,
    "oversized": _oversized,
}
_BODIES: dict[str, Callable[[bytes, Fault], bytes]] = {
    "not_json": lambda body, _: body[:-1],
    "not_utf8": lambda body, _: body[:-1] + b"\xff\xfe" + body[-1:],
    "gzip_body": _packed,
}
_MESSAGES: dict[str, Callable[[Message, Fault], Message]] = {
    "altered_body": _altered,
    "gzip_body": _packed_header,
    "missing_signature": _unsigned,
    "slow_body": _slow,
    "wrong_content_type": _with_header("Content-Type", "text/plain"),
    "wrong_secret": _resigned,
    "wrong_signature": _wrongly_signed,
}
