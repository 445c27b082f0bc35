"""The base of every model, and the columns they share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

SCHEMA = "upload_pipeline"

Timestamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
TimestampNow = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
Count = Annotated[int, mapped_column(server_default=text("0"))]
JsonObject = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]


class Base(DeclarativeBase):
    """The base of every model; all tables live in the schema `upload_pipeline`."""

    metadata = MetaData(schema=SCHEMA)
    type_annotation_map = {str: Text(), UUID: Uuid()}  # noqa: RUF012 - SQLAlchemy reads a plain class attribute


def made_by() -> ForeignKey:
    """Return the foreign key to whoever made a row: a provider, a mock of one, or `accessa` itself."""
    return ForeignKey(f"{SCHEMA}.providers.provider")


def child_of(target: str) -> ForeignKey:
    """Return a foreign key to `target` (table.column) whose rows go with their parent."""
    return ForeignKey(f"{SCHEMA}.{target}", ondelete="CASCADE")
