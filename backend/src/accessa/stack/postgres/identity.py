"""Under whose name Postgres runs: it refuses to be root, so root lends it an unprivileged user."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.stack.command import Identity

_CANDIDATES = ("nobody", "daemon")


def unprivileged_identity(data: Path) -> Identity | None:
    """Return who runs Postgres over `data`: None is this user; for root, the owner of `data` or a system user."""
    if os.geteuid() != 0:
        return None
    return _owner(data) or _system_user()


def can_enter(folder: Path, identity: Identity) -> bool:
    """Tell whether `identity` can walk down to `folder`; of parts that do not exist, only the parents count."""
    steps = [*reversed(folder.absolute().parents), folder]
    return all(_may_search(step.stat(), identity) for step in steps if step.exists())


def _may_search(status: os.stat_result, identity: Identity) -> bool:
    if status.st_uid == identity.user:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == identity.group:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _owner(data: Path) -> Identity | None:
    if not data.exists() or data.stat().st_uid == 0:
        return None
    return Identity(data.stat().st_uid, data.stat().st_gid)


def _system_user() -> Identity:
    """Choose a user of the password file: `initdb` looks its own name up there and fails for a bare number."""
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not others:
        raise UsageError("STACK_FAILED", "Postgres cannot run as root and there is no other user; add the user nobody.")
    return Identity(others[-1].pw_uid, others[-1].pw_gid)
