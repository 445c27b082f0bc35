"""Requests made up from the API description of the LlamaParse simulator, right and wrong ones: never a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from backend.tests.integration.contracts.llamaparse_server import KEY, ServedLlamaParse, served
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from mock_providers.llamaparse.app import create_app
from mock_providers.settings import LlamaParseSettings

EXAMPLES = 2
"""Per operation and mode; a long run by hand takes thousands."""
CONTROL = "/_control"
Operation = APIOperation[Any, Any, Any, Any]


@pytest.fixture(scope="module", params=[True, False], ids=["control", "api"])
def target(request: pytest.FixtureRequest) -> Iterator[tuple[ServedLlamaParse, bool]]:
    """Serve a simulator for the control routes and one for the others, on which no fault is played thereby."""
    with served(webhook_timeout=0.05, source_timeout=0.05, webhook_retry_waits=()) as simulator:
        yield simulator, request.param


@cache
def operations(*, of_control: bool) -> list[Operation]:
    """Return the operations of the description, either those of the control routes or all others."""
    schema = schemathesis.openapi.from_dict(create_app(LlamaParseSettings()).openapi())
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [operation for operation in found if operation.path.startswith(CONTROL) == of_control]


@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_breaks_the_simulator(target: tuple[ServedLlamaParse, bool], mode: GenerationMode) -> None:
    """Whatever is sent, within the description or against it, is answered with a status below 500."""
    simulator, of_control = target
    known = {"job_id": simulator.submit(), "file_id": simulator.upload(), "kind": "markdown", "name": "markdown"}
    with requests.Session() as session:
        session.trust_env = False
        for operation in operations(of_control=of_control):
            # An id can be anything, so a path alone leaves nothing to break.
            if mode is GenerationMode.POSITIVE or operation.body or operation.query:
                fuzz(operation, mode, simulator.url, session, known)


def fuzz(
    operation: Operation, mode: GenerationMode, url: str, session: requests.Session, known: dict[str, str]
) -> None:
    """Send what fits or breaks the description of one operation, about half of it to things that exist."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def send(case: Case[Any], existing: bool) -> None:  # noqa: FBT001 hypothesis draws it
        if existing and case.path_parameters:
            case.path_parameters |= {name: known[name] for name in case.path_parameters.keys() & known.keys()}
        answer = case.call(url, session=session, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"

    # There is nothing to break about an operation that takes nothing.
    with suppress(Unsatisfiable):
        send()
