"""Faults that a simulator plays on demand: which kind, and on which calls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Ordinal = Annotated[int, Field(ge=1)]


class Fault(BaseModel):
    """One fault; without `nth`, `rate` and `document` it strikes on every call that it concerns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    """A name out of the simulator's list, see `GET /_control`."""
    nth: Ordinal | None = None
    """Strike on the n-th such call only, counted from 1 since the faults or the seed were set."""
    rate: Annotated[float, Field(ge=0, le=1)] | None = None
    """Strike on this share of the calls, chosen by the seed."""
    document: str | None = None
    """Strike only where this document, file or job id is concerned."""
    times: Ordinal | None = None
    """Strike at most this often."""
    value: Annotated[float, Field(allow_inf_nan=False)] | str | None = None
    """What the kind needs: seconds, a failure reason, …"""

    def number(self, default: float) -> float:
        """Return the value as a number; `default` where it is none."""
        try:
            return float(self.value if self.value is not None else default)
        except ValueError:
            return default

    def strikes(self, number: int, draw: float, subjects: Collection[str], fired: int) -> bool:
        """Tell whether this fault strikes call `number`, whose random draw in [0, 1) is `draw`."""
        return (
            (self.times is None or fired < self.times)
            and (self.nth is None or self.nth == number)
            and (self.rate is None or draw < self.rate)
            and (self.document is None or self.document in subjects)
        )
