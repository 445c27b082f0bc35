"""What is decided about a batch: whether it can begin, in which order its lines come, which of them go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mock_providers.control import Control
from mock_providers.faults import Fault
from mock_providers.openai.batch_input import BatchInput, Line, check_input
from mock_providers.openai.batch_store import Batch
from mock_providers.openai.batch_work import Change, Task
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.embedding import wrong_answer
from mock_providers.openai.errors import server_error
from mock_providers.openai.file_store import FileStore
from mock_providers.openai.models import Model
from mock_providers.openai.subjects import Subjects

_STEPS = 20
_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Course:
    """What is decided before the first line is worked on."""

    lines: Sequence[Line]
    late: Sequence[Line]
    """Lines that will not be reached before the batch expires."""
    end: Literal["completed", "expired"]
    fault: Fault | None

    def steps(self) -> list[Sequence[Line]]:
        """Return the lines in portions, so that progress can be seen."""
        size = min(_MOST_LINES, -(-len(self.lines) // _STEPS)) or 1
        return [self.lines[start : start + size] for start in range(0, len(self.lines), size)]


def look_through(batch: Batch, files: FileStore, limits: DeskValues, models: dict[str, Model]) -> BatchInput:
    """Return the lines of a batch's input file, or the errors that it fails with."""
    stored, fault, found = files.find(batch.input_file_id), batch.planned, BatchInput()
    if stored is None:
        found.refuse("file_not_found", f"No such File object: {batch.input_file_id}", param="input_file_id")
    elif stored.purpose != "batch":
        told = f"The purpose of the input file must be 'batch'; it is '{stored.purpose}'."
        found.refuse("invalid_purpose", told, param="input_file_id")
    elif fault and fault.kind == "batch_fail":
        code = str(fault.value or "token_limit_exceeded")
        found.refuse(code, "Enqueued token limit reached. Please try again once other batches have been completed.")
    else:
        return check_input(files.path(batch.input_file_id), limits, models)
    return found


def course_of(fault: Fault | None, lines: Sequence[Line], control: Control[DeskValues]) -> Course:
    """Decide on the order of the lines, which the seed and their ids give, and on how far the batch will get."""
    order = sorted(lines, key=lambda line: control.draw("order", line.custom_id))
    if order == lines:
        order.reverse()
    if fault and fault.kind == "batch_expire":
        reached = int(_share(fault) * len(order))
        return Course(order[:reached], order[reached:], "expired", fault)
    return Course(order, (), "completed", fault)


def planned_task(task: Task, fault: Fault | None, control: Control[DeskValues]) -> Task:
    """Return the task, or its failure where the batch is to have some."""
    share = _share(fault) if fault and fault.kind == "batch_line_errors" else 0.0
    struck = control.draw("line error", task.custom_id) < share
    return replace(task, request=server_error()) if struck else task


def planned_change(task: Task, batch_id: str, control: Control[DeskValues]) -> Change:
    """Return what a fault makes of the answer to a line."""
    texts = [] if isinstance(task.request, Exception) else task.request.texts
    return wrong_answer(control, "line", control.count("line"), Subjects([task.custom_id, batch_id], texts))


def _share(fault: Fault) -> float:
    return min(max(fault.number(0.5), 0.0), 1.0)
