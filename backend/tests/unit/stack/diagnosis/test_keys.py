"""What the doctor says about keys that services share."""

from __future__ import annotations

from accessa.stack.diagnosis.keys import judge_keys

KEYS = {
    "LLAMAPARSE_WEBHOOK_SECRET": "one",
    "LLAMAPARSE_API_KEY": "two",
    "MOCK_LLAMAPARSE_API_KEY": "two",
    "OPENAI_API_KEY": "three",
    "MOCK_OPENAI_API_KEY": "three",
}
SERVICES = ("api-server", "base-worker", "mock-llamaparse", "mock-openai", "supabase-storage", "postgres")


def test_the_same_keys_everywhere_are_well() -> None:
    """What a service does not use is not asked of it."""
    holders = dict.fromkeys(SERVICES, KEYS) | {"postgres": {}}

    assert judge_keys(holders).ok


def test_who_holds_another_secret_is_named_and_no_key_is_told() -> None:
    """The one that differs from all others is told first, with what that leads to."""
    holders = dict.fromkeys(SERVICES, KEYS) | {"base-worker-2": KEYS | {"LLAMAPARSE_WEBHOOK_SECRET": "old-secret"}}
    finding = judge_keys(holders)

    assert not finding.ok
    assert (
        "LLAMAPARSE_WEBHOOK_SECRET of base-worker-2 is not that of api-server and base-worker, so the API refuses "
        "webhooks, and results come late, by polling."
    ) == finding.sentence
    assert "Run: accessa down && accessa up" == finding.mend


def test_a_simulator_is_asked_for_the_key_that_it_takes() -> None:
    """Its own variable is held against the one that the workers send."""
    holders = dict.fromkeys(SERVICES, KEYS) | {"mock-openai": KEYS | {"MOCK_OPENAI_API_KEY": "other"}}
    finding = judge_keys(holders)

    assert finding.sentence.startswith("OPENAI_API_KEY of mock-openai is not that of api-server and base-worker, so ")
