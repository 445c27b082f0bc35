"""One round of one condition: every system once, on the same Postgres and the same simulators."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from accessa.bench.bench_stack import BenchStack
from accessa.bench.conditions import Condition
from accessa.bench.corpus import Document
from accessa.bench.postgres_state import PostgresState, address_of, postgres_state
from accessa.bench.product_run import product_runs
from accessa.bench.program_run import Program, ProgramError, documents_on_disk, run_program
from accessa.bench.results import OURS, Results, Run
from accessa.bench.simulator import Simulator
from accessa.bench.stored_rows import look_at_rows
from accessa.bench.watching import Watcher
from accessa.drill.desks import Desks

_ANY_KEY = "sk-benchmark"  # the simulator of a benchmark takes any


class Round:
    """Runs the product and other programs, beginning with another one each time."""

    def __init__(
        self, stack: BenchStack, condition: Condition, documents: Sequence[Document], watcher: Watcher
    ) -> None:
        """Take the stack, and what all of them are to do."""
        self._stack = stack
        self._condition = condition
        self._documents = documents
        self._watcher = watcher

    async def run(self, programs: Sequence[Program], turn: int, workers: int, results: Results) -> None:
        """Run the product with so many workers, and the programs, and add what comes out to `results`."""
        systems: list[Program | None] = [None, *programs]
        first = (turn - 1) % len(systems)
        async with postgres_state(self._stack.database_url) as server:
            await server.age()
            results.settings.setdefault("postgres", await server.settings())
            for program in systems[first:] + systems[:first]:
                words = f"{self._condition.name}: {program.name if program else OURS}"
                self._watcher.moved(words, 0, len(self._documents))
                if program is None:
                    results.runs.append(await self._product(turn, workers, server))
                else:
                    results.runs.append(await self._program(program, turn, server))

    async def _product(self, turn: int, workers: int, server: PostgresState) -> Run:
        async with product_runs(self._stack, server, self._watcher) as runs:
            return await runs.run(self._condition, self._documents, turn=turn, workers=workers)

    async def _program(self, program: Program, turn: int, server: PostgresState) -> Run:
        self._watcher.tell(f"{self._condition.name}: {program.name}")
        run = Run(program.name, self._condition.name, turn)
        database = await server.create_database()
        try:
            async with Simulator(self._stack.ground.addresses["OPENAI_URL"]) as simulator:
                await simulator.start_over(
                    delay=self._condition.delay, failure_rate=self._condition.failure_rate, others=program.endpoint
                )
                url = address_of(self._stack.database_url, database)
                run = await self._measured(program, run, url, server)
                bill = await simulator.bill()
            run = await self._counted(program, run, url)
        except ProgramError as error:
            return replace(run, note=str(error))
        finally:
            await server.drop_database(database)
        return replace(run, requests=bill.requests, paid_twice=bill.repaid)

    async def _counted(self, program: Program, run: Run, database_url: str) -> Run:
        """Return the run with what is truly stored in place of what the program told."""
        addresses, embed = self._stack.ground.addresses, self._stack.ground.services.embed
        async with Desks(addresses["LLAMAPARSE_URL"], addresses["OPENAI_URL"]) as desks:
            rows = await look_at_rows(program, database_url, desks, embed.model, embed.dimensions)
        if rows is None:
            return run
        wrong = (f"{rows.wrong_vectors} of a sample of vectors are not their text's",) if rows.wrong_vectors else ()
        lost = len(self._documents) - rows.documents
        return replace(run, chunks=rows.chunks, documents=rows.documents, lost=lost, findings=(*run.findings, *wrong))

    async def _measured(self, program: Program, run: Run, database_url: str, server: PostgresState) -> Run:
        services = self._stack.ground.services
        with tempfile.TemporaryDirectory(prefix="accessa-bench-") as folder:
            configuration = {
                "documents": documents_on_disk(Path(folder), self._documents),
                "database_url": database_url,
                "embeddings_url": services.openai.base_url,
                "api_key": _ANY_KEY,
                "model": services.embed.model,
                "dimensions": services.embed.dimensions,
                "inputs_per_request": services.embed.batch_inputs,
            }
            result = await run_program(program, configuration, Path(folder), server, self._stack.meter)
        return replace(
            run,
            documents=int(result.told.get("documents", 0)),
            chunks=int(result.told.get("chunks", 0)),
            seconds=result.seconds,
            cpu=result.cpu,
            peak_bytes=result.peak_bytes,
            wal_bytes=result.wal_bytes,
            findings=tuple(str(error) for error in result.told.get("errors", ())),
            note=str(result.told.get("note", "")),
        )
