"""Addresses of services."""

from __future__ import annotations

import ssl

import pytest

from accessa.domain.addresses import is_loopback, is_private, is_public, trust_for


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


@pytest.mark.parametrize(
    "address",
    [
        "https://api.openai.com/v1",
        "https://93.184.216.34",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/x",
        "https://accessa.example.org:8443/webhooks",
    ],
)
def test_public_addresses_are_let_through(address: str) -> None:
    """A https address of a public host is one."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.openai.com",
        "https://localhost",
        "https://storage",
        "https://db.internal",
        "https://printer.local.",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://10.1.2.3",
        "https://172.16.0.1",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[::1]",
        "https://[::]",
        "https://[fd00::1]",
        "https://[fe80::1]",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://user:password@api.openai.com",
        "https://api.openai.com:99999",
        "ftp://api.openai.com",
        "https://",
        "",
    ],
)
def test_private_addresses_are_told_in_every_form(address: str) -> None:
    """Private networks, metadata services, wrapped and oddly written numbers, and private zones are not public."""
    assert not is_public(address)


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("https://api.example.org", True, False),
        ("http://api.example.org", False, False),
        ("http://api-server:8000", False, True),
        ("https://api.internal", False, True),
        ("http://192.168.0.9:8000", False, True),
        ("https://[::1]:8000", False, True),
        ("http://127.1", False, True),
        ("ftp://api-server", False, False),
        ("api-server:8000", False, False),
        ("", False, False),
    ],
)
def test_an_address_is_public_or_private_or_no_address_for_a_service(
    address: str, *, public: bool, private: bool
) -> None:
    """A public one is https; a private one may be plain; a public host in the clear is neither."""
    assert (public, private) == (is_public(address), is_private(address))
