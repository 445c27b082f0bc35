"""What every endpoint is given: the services, and the user on whose behalf it works."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Header, Request

from accessa.domain.errors import UsageError
from accessa.pipeline.services import Services


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _user(x_user_id: Annotated[str | None, Header(description="The user, as a UUID")] = None) -> UUID:
    try:
        return UUID(x_user_id or "")
    except ValueError:
        raise UsageError("USER_MISSING") from None


def _identity(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError:
        raise UsageError("NOT_FOUND") from None


ServicesOf = Annotated[Services, Depends(_services)]
UserId = Annotated[UUID, Depends(_user)]
Subject = Annotated[UUID, Depends(_identity)]
