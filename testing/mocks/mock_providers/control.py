"""The control desk of a simulator: seed, delay, failure rate and faults, changed while it runs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mock_providers.faults import Fault


class ControlValues(BaseModel):
    """The values that `GET /_control` shows and `PATCH /_control` changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    delay: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """Seconds added to the work."""
    failure_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the calls that fail in a way that a retry mends."""
    faults: tuple[Fault, ...] = ()


Values = TypeVar("Values", bound=ControlValues)


class UnknownFaultError(ValueError):
    """A fault names a kind that this simulator cannot play."""


class Control(Generic[Values]):
    """The current values, and the counters that make faults repeatable.

    All of it lives in memory: a restart goes back to the settings. Use it from the event loop only.
    """

    def __init__(self, start: Values, kinds: Collection[str]) -> None:
        """Begin with `start`; `kinds` are the faults that this simulator can play."""
        self.values = start
        self.kinds = sorted(kinds)
        self._start = start
        self._calls: Counter[str] = Counter()
        self._fired: Counter[int] = Counter()
        #: how often each kind was played since the start; never forgotten
        self.played: Counter[str] = Counter()

    def change(self, patch: Mapping[str, object]) -> None:
        """Put the given values in place of the current ones.

        Raises pydantic's `ValidationError`, or `UnknownFaultError`; then nothing changes.
        """
        merged = {**self.values.model_dump(), **patch}
        values = type(self.values).model_validate(merged)
        unknown = sorted({fault.kind for fault in values.faults} - set(self.kinds))
        if unknown:
            raise UnknownFaultError(f"Unknown fault kinds {unknown}. Known are {self.kinds}.")
        self.values = values
        if {"faults", "seed"} & patch.keys():
            self._forget_counts()

    def reset(self) -> None:
        """Go back to the values of the start."""
        self.values = self._start
        self._forget_counts()

    def count(self, operation: str) -> int:
        """Count one call of `operation` and return its number, from 1."""
        self._calls[operation] += 1
        return self._calls[operation]

    def draw(self, *parts: object) -> float:
        """Return the number in [0, 1) that seed and `parts` stand for; the same ones, always."""
        text = ":".join(str(part) for part in (self.values.seed, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48

    def fails(self, operation: str, number: int) -> bool:
        """Tell whether the failure rate hits call `number` of `operation`."""
        hit = self.draw("failure", operation, number) < self.values.failure_rate
        self.played.update(["failure_rate"] * hit)
        return hit

    def fault(
        self,
        operation: str,
        number: int,
        kinds: Collection[str],
        subjects: Collection[str] = (),
        concerns: Callable[[Fault], bool] = lambda _: True,
    ) -> Fault | None:
        """Return the first fault of one of `kinds` that strikes this call, and count it as played.

        A fault that `concerns` denies is passed over.
        """
        for place, fault in enumerate(self.values.faults):
            if fault.kind not in kinds or not concerns(fault):
                continue
            draw = self.draw("fault", place, operation, number)
            if fault.strikes(number, draw, subjects, self._fired[place]):
                self._fired[place] += 1
                self.played[fault.kind] += 1
                return fault
        return None

    def _forget_counts(self) -> None:
        self._calls.clear()
        self._fired.clear()
