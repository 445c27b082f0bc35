"""Addresses of services."""

from __future__ import annotations

import ssl

import pytest

from accessa.domain.addresses import is_loopback, trust_for


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://localhost/x", True),
        ("http://[::1]:5000", True),
        ("http://127.0.0.1.example.org", False),
        ("https://api.openai.com/v1", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_names(address: str, *, here: bool) -> None:
    """Only the names of this machine itself count, not those that begin like them."""
    assert here == is_loopback(address)


def test_plain_http_on_this_machine_believes_no_certificate() -> None:
    """Where no certificate is expected none is believed, and a wrong one is never let through."""
    context = trust_for("http://127.0.0.1:8000")

    assert isinstance(context, ssl.SSLContext)
    assert (ssl.CERT_REQUIRED, True, []) == (context.verify_mode, context.check_hostname, context.get_ca_certs())


@pytest.mark.parametrize("address", ["https://localhost", "https://api.openai.com/v1", "http://storage.internal"])
def test_every_other_connection_believes_the_usual_authorities(address: str) -> None:
    """Only plain HTTP on this machine is taken out of the usual checks."""
    assert trust_for(address) is True
