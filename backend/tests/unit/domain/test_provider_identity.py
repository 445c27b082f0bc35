"""Who a provider is, told by its address alone."""

from __future__ import annotations

import pytest

from accessa.domain.provider_identity import identity_of, is_mock


@pytest.mark.parametrize(
    ("kind", "address", "identity"),
    [
        ("openai", "https://api.openai.com/v1", "openai"),
        ("openai", "https://API.OpenAI.com./v1/", "openai"),
        ("openai", "https://eu.api.openai.com/v1", "openai-eu"),
        ("llamaparse", "https://api.cloud.llamaindex.ai", "llamaparse"),
        ("llamaparse", "https://api.cloud.eu.llamaindex.ai", "llamaparse-eu"),
        ("openai", "https://gateway.example.org/v1", "openai@gateway.example.org"),
        ("llamaparse", "https://api.openai.com", "llamaparse@api.openai.com"),
        ("openai", "http://api.openai.com/v1", "mock-openai"),
        ("openai", "http://127.0.0.1:8002/v1", "mock-openai"),
        ("openai", "http://mock-openai:8002/v1", "mock-openai"),
        ("openai", "https://10.0.0.7/v1", "mock-openai"),
        ("openai", "https://openai.internal/v1", "mock-openai"),
        ("openai", "", "mock-openai"),
    ],
)
def test_an_identity_is_told_by_the_address(kind: str, address: str, identity: str) -> None:
    """The official services bear their own names, other public ones their host's; anything else counts as a mock."""
    assert identity == identity_of(kind, address)


def test_only_what_is_no_public_service_is_a_mock() -> None:
    """The rule of the database and of the code are the same: the name begins with `mock-`."""
    assert [True, False, False] == [
        is_mock("mock-openai"),
        is_mock("openai@mock-openai.example.org"),
        is_mock("accessa"),
    ]
