"""Settings of the documents: what may be uploaded, how text is cut, how passages are found."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from accessa.settings.group import group


class UploadSettings(BaseSettings):
    """What may be uploaded."""

    model_config = group("UPLOAD_")

    max_file_mb: int = Field(100, ge=1, description="Largest file, in MB of 1,000,000 bytes")
    max_pages: int = Field(3000, ge=1, description="Most pages of a document")
    max_unpacked_mb: int = Field(300, ge=1, description="Most that an archive (DOCX) may unpack to, in MB")
    signed_url_expiration_time: int = Field(
        7200, ge=1, description="Seconds for which a signed upload URL holds; the local storage server signs with it"
    )
    orphan_grace_seconds: float = Field(
        86_400, ge=0, description="Age at which a stored file that no document stands for is removed"
    )
    orphan_sweep_seconds: float = Field(3600, ge=0, description="Pause between two looks for such files; 0: never")


class ChunkSettings(BaseSettings):
    """How text is cut."""

    model_config = group("CHUNK_")

    max_count: int = Field(200_000, ge=1, description="Most chunks of a document")


class SearchSettings(BaseSettings):
    """How passages are found."""

    model_config = group("SEARCH_")

    candidates: int = Field(400, ge=100, le=5000, description="Nearest passages that are put in order for one answer")
    word_weight: float = Field(
        0.4, ge=0, le=1, description="Part of the score that the question's own words make; the rest is nearness"
    )
    index: Literal["auto", "exact"] = Field(
        "auto",
        description="auto: users with many vectors get an approximate index in the background; exact: nobody has one",
    )
    index_from: int = Field(50_000, ge=1, description="Vectors of one user from which an index pays")
