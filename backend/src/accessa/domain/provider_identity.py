"""Who a provider is: the name that every row made by it carries."""

from __future__ import annotations

from accessa.domain.addresses import host_of, is_public

OURSELVES = "accessa"
"""What we make without a provider: events, and the text of files that are text already."""

_MOCK = "mock-"
_OFFICIAL: dict[tuple[str, str], str] = {
    ("llamaparse", "api.cloud.llamaindex.ai"): "llamaparse",
    ("llamaparse", "api.cloud.eu.llamaindex.ai"): "llamaparse-eu",
    ("openai", "api.openai.com"): "openai",
    ("openai", "eu.api.openai.com"): "openai-eu",
}


def identity_of(kind: str, base_url: str) -> str:
    """Return the identity of the provider of `kind` (`llamaparse`, `openai`) that answers at `base_url`.

    The official service bears its own name, a public service with the same contract its host beside it. Whatever lies
    on this machine or in a private network cannot be told from a simulator, and counts as a mock.
    """
    if not is_public(base_url):
        return f"{_MOCK}{kind}"
    host = host_of(base_url)
    return _OFFICIAL.get((kind, host), f"{kind}@{host}")


def is_mock(identity: str) -> bool:
    """Tell whether rows of this identity were made by a mock; the database's own rule is the same."""
    return identity.startswith(_MOCK)
