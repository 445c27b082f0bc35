"""What a drill does, settled by its seed before anything runs: which blows fall, in which order, with which faults."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal

Blow = Literal["kill", "stop", "database", "api", "faults"]
Fault = dict[str, Any]

_KILLS_A_STOP, _KILLS_A_DATABASE, _KILLS_AN_API, _KILLS_A_CHANGE = 6, 12, 10, 4
_MOST_DATABASE_RESTARTS = 5

# What a real provider does at times. `times` keeps a document from using up its attempts on the drill's account.
_EMBEDDING_FAULTS: tuple[Fault, ...] = (
    {"kind": "rate_limit", "rate": 0.2, "times": 4, "value": 0.5},
    {"kind": "token_rate_limit", "rate": 0.2, "times": 3, "value": 0.3},
    {"kind": "server_error", "rate": 0.1, "times": 3},
    {"kind": "overloaded", "rate": 0.1, "times": 3},
    {"kind": "slow_answer", "rate": 0.2, "times": 6, "value": 0.7},
    {"kind": "hang", "rate": 0.05, "times": 1},
    {"kind": "lost_answer", "rate": 0.1, "times": 2},
    {"kind": "cut_answer", "rate": 0.1, "times": 1},
    {"kind": "malformed_answer", "rate": 0.1, "times": 1},
    {"kind": "zero_vector", "rate": 0.1, "times": 1},
    {"kind": "nan_vector", "rate": 0.1, "times": 1},
    {"kind": "wrong_dimension", "rate": 0.1, "times": 1},
    {"kind": "short_batch", "rate": 0.1, "times": 1},
    {"kind": "duplicate_index", "rate": 0.1, "times": 1},
    {"kind": "reordered", "rate": 0.5},
)
_PARSE_FAULTS: tuple[Fault, ...] = (
    {"kind": "rate_limit", "rate": 0.3, "times": 3, "value": 0.5},
    {"kind": "rate_limit", "rate": 0.3, "times": 2},
    {"kind": "server_error", "rate": 0.2, "times": 2},
    {"kind": "unavailable", "rate": 0.2, "times": 2},
    {"kind": "lost_answer", "rate": 0.3, "times": 2},
    {"kind": "upload_lost_answer", "rate": 0.3, "times": 2},
    {"kind": "upload_unavailable", "rate": 0.3, "times": 2},
    {"kind": "fetch_server_error", "rate": 0.3, "times": 2},
    {"kind": "fetch_cut", "rate": 0.3, "times": 2},
    {"kind": "fetch_lost_answer", "rate": 0.3, "times": 2},
    {"kind": "webhook_before_answer", "rate": 0.5, "value": 2},
    {"kind": "lost_webhook", "rate": 0.5},
    {"kind": "duplicate_webhook", "rate": 0.5, "value": 5},
    {"kind": "late_webhook", "rate": 0.5, "value": 1.5},
    {"kind": "out_of_order", "rate": 0.5},
    {"kind": "wrong_signature", "rate": 0.3},
    {"kind": "altered_body", "rate": 0.3},
)
_EMBEDDING_AT_ONCE, _PARSE_AT_ONCE = 5, 5


@dataclass(frozen=True, slots=True)
class DrillSize:
    """How large a drill is; the seed settles everything that chance would."""

    documents: int
    kills: int
    workers: int
    seed: int


@dataclass(frozen=True, slots=True)
class Stroke:
    """One blow: `pause` seconds later than the one before, with a draw in [0, 1) for what is chosen when it falls."""

    blow: Blow
    pause: float
    draw: float
    embedding_faults: tuple[Fault, ...] = ()
    parse_faults: tuple[Fault, ...] = ()


def plan_strokes(kills: int, seed: int) -> list[Stroke]:
    """Return the strokes with `kills` kills of workers; the providers' faults come first and change on the way."""
    dice = random.Random(f"strokes {seed}")  # noqa: S311 - repeatable on purpose
    blows: list[Blow] = ["kill"] * kills
    blows += ["stop"] * _share(kills, _KILLS_A_STOP)
    blows += ["database"] * min(_share(kills, _KILLS_A_DATABASE), _MOST_DATABASE_RESTARTS)
    blows += ["api"] * _share(kills, _KILLS_AN_API)
    blows += ["faults"] * (kills // _KILLS_A_CHANGE)
    dice.shuffle(blows)
    return [_stroke(blow, dice) for blow in ["faults", *blows]]


def _share(kills: int, one_in: int) -> int:
    return max(1, kills // one_in)


def _stroke(blow: Blow, dice: random.Random) -> Stroke:
    pause, draw = round(dice.uniform(0.1, 0.7), 3), dice.random()
    if blow != "faults":
        return Stroke(blow, pause, draw)
    return Stroke(
        blow,
        pause,
        draw,
        tuple(dice.sample(_EMBEDDING_FAULTS, _EMBEDDING_AT_ONCE)),
        tuple(dice.sample(_PARSE_FAULTS, _PARSE_AT_ONCE)),
    )
