"""How far a job is on its walk through the statuses, for bars and lines."""

from __future__ import annotations

from typing import Any

from accessa.cli.figures import count, told_pages
from accessa.domain.statuses import MOVES, TERMINAL, Status

STEPS = len(MOVES)
_PLACE = {str(move.source): step for step, move in enumerate(MOVES)}


def steps_done(job: dict[str, Any]) -> float:
    """Return how many of `STEPS` moves are done; while batches are bought, with the part of them that is."""
    if job["status"] in TERMINAL:
        return STEPS
    done = float(_PLACE[job["status"]])
    progress = job.get("progress") or {}
    if job["status"] == Status.EMBEDDING_IN_PROGRESS and progress.get("embeds_total"):
        done += progress.get("embeds_done", 0) / progress["embeds_total"]
    return done


def where(job: dict[str, Any]) -> str:
    """Return the status of a job with what is counted so far."""
    progress = job.get("progress") or {}
    parts = [job["status"]]
    if job.get("pages"):
        parts.append(told_pages(job["pages"], job.get("pages_without_text"), job["filename"]))
    if total := progress.get("chunks_total"):
        done = progress.get("embeds_done") or 0
        parts.append(f"{done}/{count(total, 'chunk')}")
    if job["retry_count"]:
        parts.append(f"tried again after {count(job['retry_count'], 'error')}")
    return ", ".join(parts)
