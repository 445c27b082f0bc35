"""The profiles of the compose project: which of its services run."""

from __future__ import annotations

from collections.abc import Sequence

from accessa.domain.errors import UsageError

MOCKS, REAL = "mocks", "real"
_PROVIDERS = (MOCKS, REAL)
OBSERVABILITY = "observability"
_STORAGES = ("storage-api", "own-storage")
PROFILES = (*_PROVIDERS, *_STORAGES, OBSERVABILITY)


def chosen_profiles(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the profiles that are meant: one kind of providers and one storage, the usual one where none is named.

    Raises `UsageError` USAGE_WRONG for one that is unknown, and for two that exclude each other.
    """
    wanted = {profile.strip() for profile in asked if profile.strip()}
    if unknown := sorted(wanted - set(PROFILES)):
        raise UsageError("USAGE_WRONG", f"There is no profile {unknown[0]}; there are {', '.join(PROFILES)}.")
    for kind in (_PROVIDERS, _STORAGES):
        named = [profile for profile in kind if profile in wanted]
        if len(named) > 1:
            raise UsageError("USAGE_WRONG", f"The profiles {' and '.join(named)} exclude each other; name one of them.")
        if not named:
            wanted.add(kind[0])
    return tuple(profile for profile in PROFILES if profile in wanted)
