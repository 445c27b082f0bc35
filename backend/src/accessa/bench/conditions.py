"""The conditions of a benchmark: which documents, and what happens while they are processed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    `delay` is the endpoint's answering time in seconds, `failure_rate` the share of its calls that fail; `kill`: the
    worker dies half way and another one takes over; `compared`: other systems run under it too. `default_share` is
    the part of the shape's usual number of documents. `environment` are settings that it needs.
    """

    name: str
    shape: str
    words: str
    delay: float = 0.0
    failure_rate: float = 0.0
    kill: bool = False
    compared: bool = True
    embeddings: str = "fixed"
    default_share: float = 1.0
    environment: Mapping[str, str] = field(default_factory=dict)


CONDITIONS = {
    condition.name: condition
    for condition in (
        Condition("main", "main", "200 documents of 40 kB, an endpoint that answers at once"),
        Condition("latency", "main", "half of `main`, an endpoint that takes 50 ms", delay=0.05, default_share=0.5),
        Condition("tiny", "tiny", "5,000 documents of 0.2 to 0.8 kB"),
        Condition("big", "big", "one document of 20 MB"),
        Condition("failures", "main", "`main`, one request in ten fails", failure_rate=0.1, compared=False),
        Condition(
            "killed",
            "main",
            "half of `main`, SIGKILL half way, lease 5 s",
            kill=True,
            compared=False,
            default_share=0.5,
            environment={"WORKER_LEASE_SECONDS": "5"},
        ),
        Condition(
            "pdf", "pdf", "PDFs of 20 pages, local parser, static local model", compared=False, embeddings="semantic"
        ),
    )
}
PICKUP, MOVES, VARIANCE = "pick-up", "moves", "variance"
MEASUREMENTS = (PICKUP, MOVES, VARIANCE)
