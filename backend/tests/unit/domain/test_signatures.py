"""Webhook signatures: only a body signed under an active secret is believed."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.signatures import is_signed, sign
from mock_providers.llamaparse.configuration import Webhook
from mock_providers.llamaparse.deliveries import Delivery
from mock_providers.llamaparse.webhook_messages import encoded, event_of, signed

BODY = b'{"event_id": "1"}'
SECRETS = ["first-secret", "second-secret"]

secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_the_header_is_the_providers() -> None:
    """`sha256=` and the lower-case hex HMAC of the raw body under the secret's bytes."""
    assert "sha256=" + hmac.new("s€cret".encode(), BODY, hashlib.sha256).hexdigest() == sign("s€cret", BODY)


def test_a_known_signature() -> None:
    """The published HMAC-SHA256 example of RFC 4231, case 2."""
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert expected == sign("Jefe", b"what do ya want for nothing?")


@pytest.mark.parametrize("output_format", ["json", "string"])
def test_the_simulator_signs_as_we_check(output_format: Any) -> None:
    """What the provider's simulator sends is believed, in both of its output formats."""
    delivery = Delivery(1, "pjb-1", 0, "event-1", "parse.success", 1.5, 0)
    hook = Webhook(webhook_url="http://hook", webhook_output_format=output_format, webhook_signing_secret=SECRETS[1])
    message = signed(encoded(event_of(delivery), hook), delivery, hook)

    assert is_signed(message.headers["LC-Signature"], message.body, SECRETS)


@pytest.mark.parametrize("secret", SECRETS)
def test_each_active_secret_opens(secret: str) -> None:
    """While secrets are being exchanged, the old and the new one both count."""
    assert is_signed(sign(secret, BODY), BODY, SECRETS)


@given(secrets, st.binary(), st.binary(), st.lists(secrets, max_size=3))
def test_only_the_signed_body_under_an_active_secret_is_believed(
    secret: str, body: bytes, other: bytes, active: list[str]
) -> None:
    """Another body, or a secret that is not active, is refused."""
    assert (secret in active and body == other) == is_signed(sign(secret, body), other, active)


@given(st.one_of(st.none(), st.text(), st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256={}".format)))
def test_a_made_up_header_is_refused_and_never_an_error(header: str | None) -> None:
    """Whatever stands in the header, the answer is no."""
    assert not is_signed(header, BODY, SECRETS)


def test_an_empty_secret_signs_nothing() -> None:
    """A missing setting does not open the door to a body signed with nothing."""
    assert not is_signed(sign("", BODY), BODY, ["", *SECRETS])


def test_without_a_secret_nothing_is_believed() -> None:
    """No active secret means no webhook."""
    assert not is_signed(sign("first-secret", BODY), BODY, [])


def test_space_around_the_header_does_no_harm() -> None:
    """A proxy may pad a header value."""
    assert is_signed(f" {sign(SECRETS[0], BODY)} ", BODY, SECRETS)


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda header: header.removeprefix("sha256="), lambda header: header[:-1], lambda header: header + "0"],
)
def test_a_signature_that_is_nearly_right_is_refused(change: object) -> None:
    """Only the exact header counts: scheme, lower case and full length."""
    assert callable(change)
    assert not is_signed(change(sign(SECRETS[0], BODY)), BODY, SECRETS)
