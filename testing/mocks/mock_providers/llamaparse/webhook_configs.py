"""Saved webhook configurations: named in a request by their id, with a secret that is never shown again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from mock_providers.database import Database
from mock_providers.llamaparse.configuration import Webhook

_INSERT = "INSERT INTO webhook_configs (config_id, webhook, created_at, updated_at) VALUES (?, ?, ?, ?)"
_UPDATE = "UPDATE webhook_configs SET webhook = ?, updated_at = ? WHERE config_id = ?"


@dataclass(frozen=True, slots=True)
class SavedWebhook:
    """One saved configuration."""

    place: int
    config_id: str
    webhook: Webhook
    created_at: float
    updated_at: float


class WebhookConfigStore:
    """Configurations in the order in which they were saved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, webhook: Webhook) -> SavedWebhook:
        """Save a configuration."""
        config_id, now = f"whc-{uuid4()}", time.time()
        with self._database.transaction() as cursor:
            cursor.execute(_INSERT, (config_id, webhook.model_dump_json(), now, now))
        return self._existing(config_id)

    def find(self, config_id: str) -> SavedWebhook | None:
        """Return the configuration of that id."""
        row = self._database.row("SELECT * FROM webhook_configs WHERE config_id = ?", (config_id,))
        return _saved(dict(row)) if row else None

    def listed(self, after: int, limit: int) -> list[SavedWebhook]:
        """Return up to `limit` configurations whose place is above `after`."""
        query = "SELECT * FROM webhook_configs WHERE place > ? ORDER BY place LIMIT ?"
        return [_saved(dict(row)) for row in self._database.rows(query, (after, limit))]

    def count(self) -> int:
        """Return the number of configurations."""
        return int(self._database.rows("SELECT count(*) AS total FROM webhook_configs")[0]["total"])

    def change(self, saved: SavedWebhook, changes: Mapping[str, Any]) -> SavedWebhook:
        """Put the given values in place of the current ones."""
        webhook = saved.webhook.model_copy(update=dict(changes))
        with self._database.transaction() as cursor:
            cursor.execute(_UPDATE, (webhook.model_dump_json(), time.time(), saved.config_id))
        return self._existing(saved.config_id)

    def delete(self, config_id: str) -> bool:
        """Forget a configuration; tell whether there was one."""
        with self._database.transaction() as cursor:
            return cursor.execute("DELETE FROM webhook_configs WHERE config_id = ?", (config_id,)).rowcount > 0

    def clear(self) -> None:
        """Forget all configurations."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM webhook_configs")

    def _existing(self, config_id: str) -> SavedWebhook:
        saved = self.find(config_id)
        if saved is None:
            raise LookupError(config_id)
        return saved


def _saved(row: Mapping[str, Any]) -> SavedWebhook:
    return SavedWebhook(**{**row, "webhook": Webhook.model_validate_json(row["webhook"])})
