"""Tokens of the storage: callers and signed URLs."""

from __future__ import annotations

import jwt
import pytest

from accessa.apps.storage.refusals import RefusedError
from accessa.apps.storage.tokens import Caller, Tokens

SECRET = "a-secret-of-the-test-with-32-bytes!"
NOW = 1_000_000.0


def tokens(now: float = NOW) -> Tokens:
    """Return tokens at a fixed time."""
    return Tokens(SECRET, lambda: now)


def bearer(claims: dict[str, object], secret: str = SECRET) -> str:
    """Return an Authorization header."""
    return f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"


@pytest.mark.parametrize(
    ("claims", "caller"),
    [
        ({"role": "service_role"}, Caller("service_role", None)),
        ({"role": "authenticated", "sub": "u1"}, Caller("authenticated", "u1")),
        ({}, Caller("anon", None)),
        ({"role": "anon", "exp": int(NOW) + 1, "iat": int(NOW) + 99}, Caller("anon", None)),
    ],
)
def test_caller_is_read_from_the_token(claims: dict[str, object], caller: Caller) -> None:
    """Role and subject come from the claims, and no role means anon."""
    assert caller == tokens().caller(bearer(claims))


def test_only_the_service_role_is_the_service() -> None:
    """Any other role is bound by row-level rules."""
    assert [True, False, False] == [
        Caller(role, None).is_service for role in ("service_role", "authenticated", "Service_Role")
    ]


def test_missing_header_is_told_as_the_real_service_does() -> None:
    """Without Authorization the answer is 400 InvalidRequest."""
    with pytest.raises(RefusedError, match="must have required property 'authorization'") as caught:
        tokens().caller(None)

    assert (400, "Error", "InvalidRequest") == (caught.value.status, caught.value.error, caught.value.code)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Bearer sb_secret_opaque", "Invalid Compact JWS"),
        ("", "Invalid Compact JWS"),
        ("Bearer", "Invalid Compact JWS"),
        (bearer({"role": "service_role"}, "another-secret-of-at-least-32-bytes"), "signature verification failed"),
        (bearer({"role": "service_role", "exp": int(NOW)}), '"exp" claim timestamp check failed'),
        (bearer({"role": "service_role", "nbf": int(NOW) + 1}), '"nbf" claim timestamp check failed'),
        (f"Bearer {jwt.encode({'role': 'service_role'}, '', algorithm='none')}", "Invalid Compact JWS"),
    ],
)
def test_wrong_token_is_refused_with_its_reason(header: str, words: str) -> None:
    """A forged, expired, early, unsigned or foreign token is 403 with the reason."""
    with pytest.raises(RefusedError) as caught:
        tokens().caller(header)

    assert (403, "AccessDenied", words) == (caught.value.status, caught.value.code, caught.value.message)


def test_signed_claims_open_for_their_scope_url_and_time_only() -> None:
    """A signed token opens what it was made for, until it expires."""
    claims = {"scope": "download", "url": "raw/a.pdf"}
    token = tokens().sign(claims, 60)

    assert claims | {"iat": NOW, "exp": NOW + 60} == tokens(NOW + 59).opened(token, scope="download", url="raw/a.pdf")
    for now, scope, url, code in (
        (NOW, "upload", "raw/a.pdf", "InvalidSignature"),
        (NOW, "download", "raw/b.pdf", "InvalidSignature"),
        (NOW + 60, "download", "raw/a.pdf", "InvalidJWT"),
    ):
        with pytest.raises(RefusedError) as caught:
            tokens(now).opened(token, scope=scope, url=url)
        assert (400, code) == (caught.value.status, caught.value.code)


def test_key_of_a_caller_opens_no_signed_url() -> None:
    """A caller's own token is no signed URL."""
    with pytest.raises(RefusedError) as caught:
        tokens().opened(bearer({"role": "service_role"}).removeprefix("Bearer "), scope="download", url="raw/a.pdf")

    assert "InvalidSignature" == caught.value.code


def test_signed_url_makes_nobody_a_caller_with_rights() -> None:
    """A signed URL's token used as a key is an anonymous caller."""
    token = tokens().sign({"scope": "download", "url": "raw/a.pdf"}, 60)

    assert not tokens().caller(f"Bearer {token}").is_service


def test_short_secret_is_refused() -> None:
    """A secret that could be guessed is not taken."""
    with pytest.raises(ValueError, match="shorter than 32"):
        Tokens("short", lambda: NOW)
