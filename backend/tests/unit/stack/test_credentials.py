"""The random keys of the local services."""

from __future__ import annotations

import stat
from pathlib import Path

import jwt

from accessa.stack.credentials import load_credentials


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    """The same keys come back, from a file for its owner only, also when its mode was opened since."""
    path = tmp_path / "secrets.json"
    first = load_credentials(path)
    path.chmod(0o644)
    second = load_credentials(path)

    assert first == second
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_no_two_stacks_share_a_key(tmp_path: Path) -> None:
    """Every key is random."""
    one, two = load_credentials(tmp_path / "one"), load_credentials(tmp_path / "two")

    assert not set(one.model_dump().values()) & set(two.model_dump().values())


def test_the_service_role_key_is_a_token_signed_with_the_secret(tmp_path: Path) -> None:
    """The storage accepts it: HS256, role service_role, not expired."""
    keys = load_credentials(tmp_path / "secrets.json")
    claims = jwt.decode(keys.service_role_key, keys.jwt_secret, algorithms=["HS256"])

    assert "service_role" == claims["role"]
    assert len(keys.jwt_secret) >= 32


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    """Half a file does not stop the stack: nothing outlives it that needs the old keys."""
    path = tmp_path / "secrets.json"
    path.write_text('{"jwt_secret": "x"')
    made = load_credentials(path)

    assert made == load_credentials(path)
