"""The work of one batch, in a thread: reading its lines, embedding them, writing what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import orjson

from mock_providers.bill import BilledUnit
from mock_providers.openai.answer import Answer
from mock_providers.openai.batch_input import Line
from mock_providers.openai.batch_output import OutputFile
from mock_providers.openai.batch_store import Batch
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.embedding import answer_of, units_of
from mock_providers.openai.errors import ApiError
from mock_providers.openai.expiry import DEFAULT_BATCH_LIFETIME
from mock_providers.openai.file_store import FileStore, NewFile
from mock_providers.openai.loading import Loading
from mock_providers.openai.models import Model
from mock_providers.openai.request import EmbeddingRequest, check_request

_SHARE_OF_PRICE = 0.5

Change = Callable[[Answer], Answer]


class WorkStoppedError(Exception):
    """The work was told to stop."""


@dataclass(frozen=True, slots=True)
class Task:
    """A line and what it asks for, or why it is refused."""

    custom_id: str
    request: EmbeddingRequest | ApiError


@dataclass(frozen=True, slots=True)
class Outcome:
    """The files of a batch that has ended, its numbers, and its bill."""

    output: NewFile | None
    errors: NewFile | None
    completed: int
    failed: int
    tokens: int
    units: list[BilledUnit]


@dataclass(slots=True)
class BatchWork:
    """What is being made of a batch. One thread at a time; only `stop` may come from another one."""

    batch: Batch
    models: dict[str, Model]
    limits: DeskValues
    files: FileStore
    loading: Loading
    units: list[BilledUnit] = field(default_factory=list)
    tokens: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _source: BinaryIO = field(init=False)
    _output: OutputFile = field(init=False)
    _errors: OutputFile = field(init=False)

    def __post_init__(self) -> None:
        """Open the input file; raises `FileNotFoundError`."""
        self._source = self.files.path(self.batch.input_file_id).open("rb")
        self._output, self._errors = OutputFile(self.files), OutputFile(self.files)

    @property
    def completed(self) -> int:
        """How many lines have succeeded."""
        return self._output.lines

    @property
    def failed(self) -> int:
        """How many lines have not."""
        return self._errors.lines

    def stop(self) -> None:
        """Make the running call raise `WorkStoppedError` before its next line."""
        self._stopped.set()

    def read(self, lines: Iterable[Line]) -> list[Task]:
        """Return what the lines ask for."""
        self.loading.wait()
        return [self._read(line) for line in lines]

    def embed(self, tasks: Sequence[Task], changes: Sequence[Change]) -> None:
        """Answer the tasks, each with its change."""
        for task, change in zip(tasks, changes, strict=True):
            self._embed(task, change)

    def expire(self, lines: Iterable[Line]) -> None:
        """Record lines that were not reached in time."""
        for line in lines:
            self._errors.expire(line.custom_id)

    def finish(self) -> Outcome:
        """Put the files on disk and return what has come of the batch."""
        lifetime = self.batch.output_seconds or DEFAULT_BATCH_LIFETIME
        output = self._output.finish(f"{self.batch.batch_id}_output.jsonl", lifetime)
        errors = self._errors.finish(f"{self.batch.batch_id}_error.jsonl", lifetime)
        self._source.close()
        return Outcome(output, errors, self.completed, self.failed, self.tokens, self.units)

    def abandon(self) -> None:
        """Drop what was written."""
        self._source.close()
        self._output.abandon()
        self._errors.abandon()

    def _read(self, line: Line) -> Task:
        self._check()
        self._source.seek(line.offset)
        body = orjson.loads(self._source.read(line.length))["body"]
        try:
            return Task(line.custom_id, check_request(body, self.models, self.limits, self.loading.tokenizer))
        except ApiError as error:
            return Task(line.custom_id, error)

    def _embed(self, task: Task, change: Change) -> None:
        self._check()
        try:
            if isinstance(task.request, ApiError):
                raise task.request
            answer = answer_of(task.request, self.loading)
        except ApiError as error:
            self._errors.answer(task.custom_id, error.status, orjson.dumps(error.body))
            return
        self._output.answer(task.custom_id, 200, change(answer).body())
        self.units += units_of(task.request, self.batch.batch_id, _SHARE_OF_PRICE)
        self.tokens += sum(task.request.tokens)

    def _check(self) -> None:
        if self._stopped.is_set():
            raise WorkStoppedError
