"""The course of a benchmark: each condition on a stack of its own, all systems in turn, round after round."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from accessa.bench.bench_stack import bench_stack
from accessa.bench.conditions import CONDITIONS, MEASUREMENTS, MOVES, PICKUP, VARIANCE, Condition
from accessa.bench.corpus import SEED, SHAPES, Document, write_corpus
from accessa.bench.machine import machine_facts
from accessa.bench.moves import measure_moves
from accessa.bench.pickup import measure_pickup
from accessa.bench.program_run import Program
from accessa.bench.results import CEILING, Results
from accessa.bench.rounds import Round
from accessa.bench.variance import measure_variance
from accessa.bench.watching import Watcher
from accessa.settings import Settings, process_environment
from accessa.stack.environment import is_setting, machine_variables
from accessa.stack.plan import read_plan


@dataclass(frozen=True, slots=True)
class Plan:
    """What a benchmark runs: names of conditions and measurements, and how large each is.

    `documents` is the number for every shape, or None for the usual ones; `programs` are other systems.
    """

    parts: Sequence[str]
    documents: int | None = None
    scale: float = 1.0
    rounds: int = 1
    workers: int = 1
    seed: int = SEED
    programs: Sequence[Program] = field(default_factory=tuple)

    def corpus(self, condition: Condition) -> list[Document]:
        """Return the documents of a condition."""
        usual = max(1, round(SHAPES[condition.shape].documents * condition.default_share))
        return write_corpus(condition.shape, documents=self.documents or usual, scale=self.scale, seed=self.seed)

    def as_settings(self) -> dict[str, object]:
        """Return what of it belongs to the results."""
        names = ("documents", "scale", "rounds", "workers", "seed")
        return {"parts": list(self.parts)} | {name: getattr(self, name) for name in names}


def raw_reference() -> Program:
    """Return the program of the least work that could do the same."""
    command = (sys.executable, "-m", "accessa.bench.ceiling")
    return Program(
        CEILING,
        command,
        machine_variables(process_environment()),
        count_sql="SELECT count(*) AS chunks, count(DISTINCT document_id) AS documents FROM chunks",
        sample_sql="SELECT text, vector::text FROM chunks ORDER BY id LIMIT 20",
    )


def run_suite(settings: Settings, plan: Plan, watcher: Watcher, on_result: Callable[[Results], None]) -> Results:
    """Run everything of the plan; `on_result` gets the results as they grow, so that an interruption keeps them."""
    suite = _Suite(settings, plan, watcher)
    for turn in range(1, plan.rounds + 1):
        for name in plan.parts:
            if name in CONDITIONS:
                suite.run(CONDITIONS[name], turn)
            elif turn == 1 and name in MEASUREMENTS:
                suite.measure(name)
            on_result(suite.results)
    suite.results.machine["load_at_end"] = machine_facts()["load"]
    on_result(suite.results)
    return suite.results


class _Suite:
    def __init__(self, settings: Settings, plan: Plan, watcher: Watcher) -> None:
        self._settings = settings
        self._plan = plan
        self._watcher = watcher
        self.results = Results(machine=machine_facts(), settings=plan.as_settings())

    def run(self, condition: Condition, turn: int) -> None:
        """Run all systems under a condition once."""
        documents = self._plan.corpus(condition)
        programs = [raw_reference(), *self._plan.programs] if condition.compared else []
        self._watcher.tell(f"{condition.name}, round {turn} of {self._plan.rounds}: starting a stack")
        tuning = dict(condition.environment)
        with bench_stack(self._settings, self._watcher.tell, condition.embeddings, tuning) as stack:
            in_force = read_plan(stack.ground.places.plan).tuning
            tuned = {name: value for name, value in in_force.items() if is_setting(name)}
            self.results.settings.setdefault("tuning", tuned)
            a_round = Round(stack, condition, documents, self._watcher)
            asyncio.run(a_round.run(programs, turn, self._plan.workers, self.results))

    def measure(self, name: str) -> None:
        """Make a measurement that is no run over documents."""
        self._watcher.tell(f"{name}: starting a stack")
        with bench_stack(self._settings, self._watcher.tell, "fixed", {}) as stack:
            seed, watcher = self._plan.seed, self._watcher
            made = {
                PICKUP: lambda: measure_pickup(stack, seed, watcher),
                MOVES: lambda: measure_moves(stack, watcher),
                VARIANCE: lambda: measure_variance(stack, seed, watcher),
            }
            self.results.figures += asyncio.run(made[name]())
