"""What every endpoint is given: the services, and the user on whose behalf it works."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from accessa.domain.errors import UsageError
from accessa.pipeline.services import Services
from accessa.telemetry.log_context import note

# We refuse it ourselves, in the one form of our errors.
_NAMED_USER = APIKeyHeader(
    name="X-User-Id", scheme_name="User", description="The user on whose behalf to work, as a UUID", auto_error=False
)


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _user(named: Annotated[str | None, Security(_NAMED_USER)]) -> UUID:
    try:
        return UUID(named or "")
    except ValueError:
        raise UsageError("USER_MISSING") from None


def _identity(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError:
        raise UsageError("NOT_FOUND") from None


def name_job(job_id: UUID, document_id: UUID, correlation_id: UUID | None = None) -> None:
    """Put the job that a request turned out to be about on its log lines to come; its own id goes before."""
    note(job_id=str(job_id), document_id=str(document_id))
    if correlation_id is not None:
        note(correlation_id=str(correlation_id))


ServicesOf = Annotated[Services, Depends(_services)]
UserId = Annotated[UUID, Depends(_user)]
Subject = Annotated[UUID, Depends(_identity)]
