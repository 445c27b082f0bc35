"""Cuts: a connection that breaks at exactly one chosen moment of a conversation."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """When a connection breaks, seen from the words that the client sends."""

    BEFORE = "before"  #: the words are swallowed: the server never reads them
    AFTER = "after"  #: the server has read them and has answered; the client never reads the answer


@dataclass(slots=True)
class Cut:
    """Break the connection over which a client sends these bytes, and let `happened` know.

    `skip` such messages are let through first; from there on each is cut by `chance`, `times` times in all.
    """

    pattern: bytes
    moment: Moment = Moment.AFTER
    skip: int = 0
    times: int = 1
    chance: float = 1.0
    seed: int = 1
    happened: asyncio.Event = field(default_factory=asyncio.Event)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the chances repeatable."""
        self._random = random.Random(self.seed)  # noqa: S311 - chances of a test

    def takes(self, data: bytes) -> bool:
        """Tell whether this is the message to cut at; each match is counted."""
        if not self.times or self.pattern not in data:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self._random.random() >= self.chance:
            return False
        self.times -= 1
        return True
