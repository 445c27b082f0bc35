"""The money of one run: what a call may cost at worst is set aside before it is made, and never given back."""

from __future__ import annotations

from decimal import Decimal

from real_apis.consent import LIMIT


class CostLimitError(Exception):
    """A call was not made, because it might have cost more than is left."""


class Budget:
    """A limit in USD, and what of it is set aside."""

    def __init__(self, limit_usd: Decimal) -> None:
        """Begin with the whole limit."""
        self.limit_usd = limit_usd
        self.set_aside_usd = Decimal(0)

    def set_aside(self, what: str, worst_usd: Decimal) -> None:
        """Set aside what a call costs at worst; raises `CostLimitError` when that is more than is left."""
        left = self.limit_usd - self.set_aside_usd
        if worst_usd > left:
            raise CostLimitError(
                f"{what} was not sent: it may cost ${worst_usd:.6f}, and ${left:.6f} are left of the limit of "
                f"${self.limit_usd:f}. Raise {LIMIT} to allow it."
            )
        self.set_aside_usd += worst_usd
