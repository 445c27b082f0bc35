"""The API's own description: true about errors, and readable on a machine without the internet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from accessa.apps.api.answers import ErrorAnswer

if TYPE_CHECKING:
    from backend.tests.house import House


async def test_every_operation_describes_its_errors_in_the_one_form(house: House) -> None:
    """No operation promises the framework's own form of an error, which is never sent."""
    description = (await house.api.get("/openapi.json")).json()
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    forms = [operation["responses"]["default"]["content"]["application/json"]["schema"] for operation in operations]

    assert [{"$ref": "#/components/schemas/ErrorAnswer"}] * len(operations) == forms
    assert [] == [name for name in description["components"]["schemas"] if "Validation" in name]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/search", {"query": ["no", "text"]}, "BAD_REQUEST"),
        ("POST", "/documents", {}, "BAD_REQUEST"),
        ("GET", "/documents?limit=0", None, "BAD_REQUEST"),
        ("GET", "/jobs/11111111-1111-4111-8111-111111111111", None, "NOT_FOUND"),
        ("GET", "/nowhere", None, "NOT_FOUND"),
        ("DELETE", "/search", None, "BAD_REQUEST"),
    ],
)
async def test_errors_have_the_described_form(house: House, method: str, path: str, body: object, code: str) -> None:
    """What is refused is refused in the described form, with an id to look for in the log."""
    response = await house.api.request(method, path, json=body)
    answer = ErrorAnswer.model_validate_json(response.content)

    assert 400 <= response.status_code < 500
    assert code == answer.error.code
    assert response.headers["X-Correlation-Id"] == answer.error.correlation_id


async def test_a_wrong_method_is_told_the_right_ones(house: House) -> None:
    """The answer to a wrong method names those that the address takes."""
    assert "POST" == (await house.api.delete("/search")).headers["Allow"]


async def test_the_description_says_who_has_to_be_named(house: House) -> None:
    """Operations on a user's documents ask for the user; health and webhooks do not."""
    paths = (await house.api.get("/openapi.json")).json()["paths"]
    asking = {
        path for path, operations in paths.items() for operation in operations.values() if "security" in operation
    }

    assert {
        "/budgets",
        "/health",
        "/ready",
        "/metrics",
        "/prices",
        "/providers",
        "/webhooks/llamaparse/{locator}",
    } == paths.keys() - asking


async def test_the_page_of_the_description_needs_no_other_machine(house: House) -> None:
    """The page at /docs takes its scripts, styles and pictures from the API itself."""
    page = await house.api.get("/docs")
    wanted = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)

    assert len(wanted) == 3
    assert [200] * 3 == [(await house.api.get(address)).status_code for address in wanted]
    assert [] == re.findall(r"https?://", page.text)
