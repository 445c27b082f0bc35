"""`python -m benchmarks.search_index`: what a search index costs, and how much of an exact search's answer it finds.

One JSON object a kind of vectors and type of copies. Processor seconds are those of all processes of Postgres.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psutil
from backend.tests.live_sets import Matrix, connect, fill, give_index, publish
from pydantic import SecretStr

from accessa.settings import DatabaseSettings
from accessa.stack.postgres.server import running_postgres
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.search_build import build, claim_build
from accessa.store.search_index import VectorKind, index_turn
from accessa.store.search_recall import measure_recall
from accessa.store.search_report import list_indexes
from mock_providers.openai.encoders.semantic import SemanticEncoder

_SEMANTIC_DIMENSIONS = 256
_SENTENCES_PER_TEXT = 5
_PER_DOCUMENT = 500
_PORTION = 50
_SEED = 5
_QUESTIONS = 40
_CANDIDATES = 400


class Meter:
    """Adds up the processor seconds that Postgres spends in named parts, and tells the position of its log."""

    def __init__(self, connection: Any, server: psutil.Process) -> None:
        """Take a connection for the log's position, and the server's first process."""
        self._connection = connection
        self._server = server
        self.parts: dict[str, float] = {}

    @contextmanager
    def part(self, name: str, vectors: int) -> Iterator[None]:
        """Measure the processor seconds of a block."""
        before = self._seconds()
        yield
        self.parts[f"{name}_cpu_s_per_1000"] = round((self._seconds() - before) / vectors * 1000, 4)

    async def position(self) -> int:
        """Return how many bytes of the log were written so far."""
        position: int = await self._connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        return int(position)

    def _seconds(self) -> float:
        times = []
        for process in self._server.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # the server counts what has ended
                times.append(process.cpu_times())
        ended = self._server.cpu_times()
        times.append(ended)
        return float(sum(each.user + each.system for each in times) + ended.children_user + ended.children_system)


def random_vectors(count: int, dimensions: int) -> Matrix:
    """Return vectors without any neighbourhood, the hardest to index."""
    return _unit(np.random.default_rng(_SEED).standard_normal((count, dimensions), dtype=np.float32))


def clustered_vectors(count: int, dimensions: int) -> Matrix:
    """Return vectors that mix a few of 300 topics each, as those of a large model do."""
    dice = np.random.default_rng(_SEED)
    topics = dice.standard_normal((300, dimensions), dtype=np.float32)
    shares = dice.dirichlet(np.full(300, 0.02), count).astype(np.float32)
    return _unit(shares @ topics + 0.15 * dice.standard_normal((count, dimensions), dtype=np.float32))


def semantic_vectors(count: int, folder: Path) -> Matrix:
    """Return what the stack's semantic model makes of texts put together from the sentences of our own documents."""
    pages = [path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].glob("docs/**/*.md")]
    sentences = [
        part for page in pages for part in page.replace("\n", " ").split(". ") if len(part) > len("a word or two")
    ]
    dice = np.random.default_rng(_SEED)
    chosen = dice.integers(0, len(sentences), (count, _SENTENCES_PER_TEXT))
    texts = [". ".join(sentences[place] for place in places) for places in chosen]
    return _unit(SemanticEncoder(folder).encode(texts, _SEMANTIC_DIMENSIONS))


def _unit(matrix: Matrix) -> Matrix:
    unit: Matrix = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)
    return unit


async def measure(url: str, server: psutil.Process, matrix: Matrix, copies: str, growth: int) -> dict[str, Any]:
    """Store the vectors, build an index over all but `growth` of them, let it grow by the rest, and search."""
    kind, user = VectorKind("m", "1", "mock-openai", matrix.shape[1]), uuid4()
    settings = DatabaseSettings(url=SecretStr(url))
    database, connection = Database(settings), await connect(url)
    try:
        meter = Meter(connection, server)
        await connection.execute(f"ALTER TABLE upload_pipeline.indexed_vectors ALTER COLUMN vector TYPE {copies}")
        first, rest = matrix[:-growth], matrix[-growth:]
        with meter.part("write", len(first)):
            await _publish(connection, user, first, kind)
        before = await meter.position()
        with meter.part("copy", len(first)):
            index_id = await give_index(database, user, kind, built_later=True)
        async with index_turn(database) as turn:
            index = await claim_build(turn, index_id)
        assert index is not None  # noqa: S101 - nobody else builds it
        with meter.part("build", len(first)):
            await build(database, settings, index)
        logged = await meter.position() - before
        with meter.part("write_beside_index", growth):
            await _publish(connection, user, rest, kind)
        with meter.part("grow", growth):
            while await fill(database, kind, most=_PORTION) == _PORTION:
                pass
        return await _answer(database, meter, matrix, copies, logged / len(first) / 1000)
    finally:
        await connection.close()
        await database.close()


async def _answer(database: Database, meter: Meter, matrix: Matrix, copies: str, logged_kb: float) -> dict[str, Any]:
    [report] = await list_indexes(database)
    measured = await measure_recall(database, report, questions=_QUESTIONS, limit=_CANDIDATES)
    assert measured is not None  # noqa: S101 - the index was filled
    return {
        "vectors": len(matrix),
        "dimensions": matrix.shape[1],
        "copies": copies,
        **meter.parts,
        "log_kb_per_vector": round(logged_kb, 2),
        "disk_kb_per_vector": round(report.bytes / len(matrix) / 1000, 2),
        "recall_of_first_10": round(measured.of_first, 4),
        f"recall_of_{_CANDIDATES}": round(measured.of_all, 4),
        "indexed_ms": round(measured.indexed_seconds * 1000, 1),
        "exact_ms": round(measured.exact_seconds * 1000, 1),
    }


async def _publish(connection: Any, user: UUID, matrix: Matrix, kind: VectorKind) -> None:
    for start in range(0, len(matrix), _PER_DOCUMENT):
        await publish(connection, user, matrix[start : start + _PER_DOCUMENT], kind)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each kind of vectors with each type of copies, on a Postgres of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, default=1536, help="of random and clustered vectors")
    parser.add_argument("--growth", type=int, default=1000, help="vectors added to the index that is built")
    parser.add_argument("--kinds", nargs="+", default=["semantic", "clustered", "random"])
    parser.add_argument("--copies", nargs="+", default=["halfvec", "vector"])
    options = parser.parse_args(arguments)
    for kind in options.kinds:
        for copies in options.copies:
            with tempfile.TemporaryDirectory(prefix="accessa-bench-") as folder:
                Path(folder).chmod(0o755)
                with running_postgres(Path(folder) / "postgres") as server:
                    migrate.upgrade(server.url)
                    if kind == "semantic":
                        matrix = semantic_vectors(options.vectors, Path(folder))
                    else:
                        make = random_vectors if kind == "random" else clustered_vectors
                        matrix = make(options.vectors, options.dimensions)
                    told = asyncio.run(measure(server.url, psutil.Process(server.pid), matrix, copies, options.growth))
                    sys.stdout.write(json.dumps({"kind": kind, **told}) + "\n")
                    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
