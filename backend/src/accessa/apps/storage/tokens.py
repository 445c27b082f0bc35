"""JSON web tokens (HS256): who calls, and what a signed URL allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from accessa.apps.storage.refusals import access_denied, bad_request, invalid_signature, invalid_token

# Expiry is judged with the injected clock, so the library's own is off.
_OPTIONS: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
_SECRET_BYTES = 32
_MOST_REMEMBERED = 1000


class TokenError(Exception):
    """The token does not hold; the text says why, in the words of the real service."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the token of a request names."""

    role: str
    subject: str | None

    @property
    def is_service(self) -> bool:
        """Whether row-level rules are bypassed; every other role sees nothing."""
        return self.role == "service_role"


class Tokens:
    """Makes and reads the tokens of one secret."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        """Take a `secret` of at least 32 bytes and a `clock` in seconds since 1970."""
        if len(secret.encode()) < _SECRET_BYTES:
            raise ValueError(f"The JWT secret is shorter than {_SECRET_BYTES} bytes.")
        self._secret = secret
        self._genuine: dict[str, dict[str, Any]] = {}
        self._clock = clock

    def caller(self, authorization: str | None) -> Caller:
        """Return whom the Authorization header names; without a role it is `anon`."""
        if authorization is None:
            raise bad_request("headers must have required property 'authorization'")
        scheme, _, token = authorization.strip().partition(" ")
        try:
            claims = self._read(token.strip() if scheme.lower() == "bearer" else authorization.strip())
        except TokenError as error:
            raise access_denied(str(error)) from None
        subject = claims.get("sub")
        return Caller(role=str(claims.get("role") or "anon"), subject=None if subject is None else str(subject))

    def sign(self, claims: Mapping[str, object], seconds: int) -> str:
        """Return a token with `claims` that holds for `seconds`."""
        now = int(self._clock())
        return jwt.encode({**claims, "iat": now, "exp": now + seconds}, self._secret, algorithm="HS256")

    def opened(self, token: str | None, *, scope: str, url: str) -> dict[str, Any]:
        """Return the claims of a signed URL's token, if it was made for this `scope` and `url` (bucket/key)."""
        if token is None:
            raise bad_request("querystring must have required property 'token'")
        try:
            claims = self._read(token)
        except TokenError as error:
            raise invalid_token(str(error)) from None
        if claims.get("scope") != scope or claims.get("url") != url:
            raise invalid_signature()
        return claims

    def _read(self, token: str) -> dict[str, Any]:
        claims = self._genuine.get(token)
        if claims is None:
            claims = self._decoded(token)
            if len(self._genuine) >= _MOST_REMEMBERED:
                self._genuine.clear()
            self._genuine[token] = claims
        self._check_times(claims)
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(token, self._secret, algorithms=["HS256"], options=_OPTIONS)
        except jwt.InvalidSignatureError:
            raise TokenError("signature verification failed") from None
        except jwt.InvalidTokenError:
            raise TokenError("Invalid Compact JWS") from None
        return claims

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now = self._clock()
        if _number(claims, "exp", now + 1) <= now:
            raise TokenError('"exp" claim timestamp check failed')
        if _number(claims, "nbf", now) > now:
            raise TokenError('"nbf" claim timestamp check failed')


def _number(claims: Mapping[str, object], name: str, missing: float) -> float:
    value = claims.get(name, missing)
    if not isinstance(value, int | float):
        raise TokenError(f'"{name}" claim must be a number')
    return value
