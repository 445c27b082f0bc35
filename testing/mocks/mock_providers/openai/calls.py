"""Plays faults around the calls of the API: refusals first, then slowness, the work, and how its answer is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Response

from mock_providers.control import Control
from mock_providers.faults import Fault
from mock_providers.openai import fault_kinds
from mock_providers.openai.connection import CutAnswer, HangingAnswer, LostAnswer
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.subjects import Subjects

_LONGEST_DELAY = 86_400.0

Work = Callable[[int], Awaitable[Response]]
"""Answers call number so and so."""


class Calls:
    """Counts the calls by name. Use it from one event loop."""

    def __init__(self, control: Control[DeskValues]) -> None:
        self._control = control

    async def serve(self, name: str, subjects: Subjects, work: Work) -> Response:
        """Return the answer of `work`, or what the faults make of it; raises `ApiError`."""
        number = self._control.count(name)
        concerned = Subjects([name, *subjects.names], subjects.inputs)
        self._refuse(name, number, concerned)
        if slow := self._control.fault(name, number, fault_kinds.DELAYS, concerned):
            await asyncio.sleep(min(max(slow.number(0), 0), _LONGEST_DELAY))
        if self._control.fault(name, number, fault_kinds.HANGS, concerned):
            return HangingAnswer()
        answer = await work(number)
        broken = self._control.fault(name, number, fault_kinds.BROKEN_ANSWERS, concerned)
        return _break(answer, broken) if broken else answer

    def _refuse(self, name: str, number: int, subjects: Subjects) -> None:
        fault = self._control.fault(
            name, number, fault_kinds.REFUSALS.keys(), subjects, lambda fault: fault_kinds.concerns(fault, subjects)
        )
        if fault is None and self._control.fails(name, number):
            kinds = fault_kinds.MENDED_BY_RETRY
            fault = Fault(kind=kinds[int(self._control.draw("failure kind", number) * len(kinds))])
        if fault:
            refusal = fault_kinds.REFUSALS[fault.kind](fault)
            raise refusal


def _break(answer: Response, fault: Fault) -> Response:
    if fault.kind == "lost_answer":
        return LostAnswer()
    body = getattr(answer, "body", None)
    if fault.kind == "cut_answer" or not isinstance(body, bytes):
        return CutAnswer(answer)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(body[: len(body) // 2], answer.status_code, headers)
