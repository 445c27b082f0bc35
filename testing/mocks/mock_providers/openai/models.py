"""The embedding models that the simulator knows, by name.

Prices are those of the published list, in USD per million tokens; local models cost nothing. `fixed-1536` stands
in for the small one where speed is measured, and costs what that one costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["lexical", "semantic", "minilm", "fixed"]


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    name: str
    mode: Mode
    dimensions: int
    usd_per_million_tokens: float
    shortens: bool
    """Whether the request may ask for fewer dimensions."""


CATALOGUE: tuple[Model, ...] = (
    Model("text-embedding-3-small", "lexical", 1536, 0.02, shortens=True),
    Model("text-embedding-3-large", "lexical", 3072, 0.13, shortens=True),
    Model("wordllama-l2-supercat-256", "semantic", 256, 0.0, shortens=False),
    Model("all-minilm-l6-v2-int8", "minilm", 384, 0.0, shortens=False),
    Model("fixed-1536", "fixed", 1536, 0.02, shortens=False),
)


def served_models(mode: Mode) -> dict[str, Model]:
    """Return the models served in a mode: the lexical ones always, and the mode's own."""
    return {model.name: model for model in CATALOGUE if model.mode in {"lexical", mode}}


def main_model(mode: Mode) -> Model:
    """Return the model that a mode is meant for."""
    return next(model for model in CATALOGUE if model.mode == mode)
