"""The random keys of the local services: made once, kept in a private file."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from accessa.stack.atomic_files import PRIVATE, write_atomically

_LIFE_SECONDS = 10 * 365 * 24 * 3600


class Credentials(BaseModel):
    """Keys that open nothing but this machine's own stack."""

    model_config = ConfigDict(frozen=True)

    jwt_secret: str
    service_role_key: str
    llamaparse_api_key: str
    llamaparse_webhook_secret: str
    openai_api_key: str


def load_credentials(path: Path) -> Credentials:
    """Return the keys kept at `path`, mode 0600; new ones are made if there are none, or if they cannot be read."""
    try:
        known = Credentials.model_validate_json(path.read_bytes())
        path.chmod(PRIVATE)
    except (FileNotFoundError, ValidationError):
        known = _new()
        write_atomically(path, known.model_dump_json(indent=1))
    return known


def _new() -> Credentials:
    import jwt  # noqa: PLC0415 - it takes a tenth of a second, and keys are made once

    jwt_secret = secrets.token_hex(32)
    issued = int(time.time())
    claims = {"iss": "accessa-local", "role": "service_role", "iat": issued, "exp": issued + _LIFE_SECONDS}
    return Credentials(
        jwt_secret=jwt_secret,
        service_role_key=jwt.encode(claims, jwt_secret, algorithm="HS256"),
        llamaparse_api_key=f"llx-{secrets.token_urlsafe(32)}",
        llamaparse_webhook_secret=secrets.token_hex(32),
        openai_api_key=f"sk-{secrets.token_urlsafe(32)}",
    )
