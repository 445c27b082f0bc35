"""The storage that the services use: whether it answers, takes their key, and has the buckets."""

from __future__ import annotations

import asyncio

from accessa.settings import Settings
from accessa.stack.diagnosis.finding import RESTART, Finding

_PATIENCE_SECONDS = 2.0


def look_at_storage(settings: Settings, key_mend: str) -> Finding:
    """Ask for the buckets with the key of `settings`; `key_mend` tells how a stack gets keys that fit."""
    from accessa.pipeline.storage_check import check_storage  # noqa: PLC0415 - a stopped stack is looked at without it

    reach_mend = f"See: accessa logs supabase-storage; to start all anew: {RESTART}"
    found = asyncio.run(check_storage(settings, _PATIENCE_SECONDS, key_mend=key_mend, reach_mend=reach_mend))
    return Finding(found.name, found.ok, found.sentence, found.mend)
