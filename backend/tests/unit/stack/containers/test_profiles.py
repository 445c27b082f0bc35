"""Which profiles of the containers go together."""

from __future__ import annotations

import pytest

from accessa.domain.errors import UsageError
from accessa.stack.containers.profiles import chosen_profiles


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ((), ("mocks", "storage-api")),
        (("real",), ("real", "storage-api")),
        ((" own-storage", "observability", ""), ("mocks", "own-storage", "observability")),
    ],
)
def test_what_is_not_named_is_the_usual_one(asked: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    """There is always one kind of providers and one storage."""
    assert chosen == chosen_profiles(asked)


@pytest.mark.parametrize(("asked", "named"), [(("mocks", "real"), "mocks and real"), (("mock",), "no profile mock")])
def test_what_cannot_be_is_refused(asked: tuple[str, ...], named: str) -> None:
    """Two that exclude each other, and one that there is not, are named."""
    with pytest.raises(UsageError, match=named):
        chosen_profiles(asked)
