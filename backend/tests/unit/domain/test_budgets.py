"""How budgets are told, and which of them a person has to lift."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accessa.domain.budgets import Budget, told_budgets

AGAIN = "accessa down, then accessa up with the new value"


def test_budgets_in_force_are_one_sentence() -> None:
    """Each limit is named with what it is on; none is told as well, with a setting that sets one."""
    told = told_budgets(document_usd=2.5, user_day_usd=None, day_usd=100.0)
    none = told_budgets(document_usd=None, user_day_usd=None, day_usd=None)

    assert "Budgets: at most $2.5 for a document, $100 for the day." == told
    assert "No budget is set (BUDGET_DAY_USD and others)." == none


@pytest.mark.parametrize(
    ("daily", "needed", "ends"),
    [
        (True, "0.5", f"it goes on at 00:00 UTC, or with a higher limit: {AGAIN}."),
        (True, "1.5", f"raise BUDGET_X_USD: {AGAIN}, and it goes on by itself."),
        (False, "0.5", f"raise BUDGET_X_USD: {AGAIN}, and it goes on by itself."),
    ],
)
def test_a_refusal_says_what_ends_the_wait(daily: bool, needed: str, ends: str) -> None:  # noqa: FBT001
    """A new day helps where the purchase fits into one; otherwise the sentence names the setting to raise."""
    budget = Budget("BUDGET_X_USD", "it", Decimal(1), Decimal("0.75"), daily)

    assert budget.refusal(Decimal(needed)).endswith(ends)
    assert f"needs ${needed}" in budget.refusal(Decimal(needed))
