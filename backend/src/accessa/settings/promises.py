"""Settings of what operators and users are promised: canaries that prove it, and times that are kept."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from accessa.settings.group import group


class CanarySettings(BaseSettings):
    """Small documents that the monitoring sends through the whole pipeline, to see that they are found in the end."""

    model_config = group("CANARY_")

    every_seconds: float = Field(300, ge=0, description="Pause between two canary documents; 0: none is sent")
    timeout_seconds: float = Field(60, ge=1, description="A canary that is not found after so long has failed")
    api_url: str = Field(
        "", description="API that canaries go through; empty: that of the running stack, else API_PUBLIC_URL"
    )

    @property
    def trusted_seconds(self) -> float:
        """For how long the last canary that was found says that documents are processed."""
        return 2 * self.every_seconds + self.timeout_seconds


class ServiceLevelSettings(BaseSettings):
    """What users are promised: `accessa report performance` compares it with what was."""

    model_config = group("SLA_")

    small_seconds: float = Field(60, gt=0, description="95 of 100 documents under 100 kB are complete within")
    medium_seconds: float = Field(120, gt=0, description="95 of 100 documents from 100 kB to 1 MB are complete within")
    large_seconds: float = Field(600, gt=0, description="95 of 100 documents from 1 MB to 10 MB are complete within")
    huge_seconds: float = Field(1800, gt=0, description="95 of 100 documents over 10 MB are complete within")
    success_ratio: float = Field(0.99, gt=0, le=1, description="Part of the documents that have to become complete")
    disk_gb: float = Field(
        0, ge=0, description="Room for database and files in GB; 0: the disk that the local stack lies on"
    )
