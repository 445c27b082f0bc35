"""The search endpoint."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from accessa.apps.api.answers import SearchAnswer
from accessa.apps.api.request_scope import ServicesOf, UserId
from accessa.pipeline.search import search

router = APIRouter(tags=["search"])


class SearchQuestion(BaseModel):
    """What to look for, and how many passages to return at most."""

    query: str = Field(examples=["What does the policy say about water damage?"])
    limit: int = Field(10, ge=1, le=100)


@router.post("/search")
async def search_documents(services: ServicesOf, user: UserId, question: SearchQuestion) -> SearchAnswer:
    """Return the passages of the user's complete documents that answer best, with file, page and heading."""
    found = await search(services, user, question.query, question.limit)
    return SearchAnswer.model_validate(found, from_attributes=True)
