"""The embedded Postgres: programs from a wheel, driven by our own code."""

from __future__ import annotations

from accessa.stack.postgres.access import answers, answers_within, ensure_database, wait_until_answering
from accessa.stack.postgres.cluster import SERVER_ENVIRONMENT, Cluster, prepare_cluster
from accessa.stack.postgres.command import database_url, server_command
from accessa.stack.postgres.remains import clear_remains
from accessa.stack.postgres.server import PostgresServer, running_postgres

__all__ = [
    "SERVER_ENVIRONMENT",
    "Cluster",
    "PostgresServer",
    "answers",
    "answers_within",
    "clear_remains",
    "database_url",
    "ensure_database",
    "prepare_cluster",
    "running_postgres",
    "server_command",
    "wait_until_answering",
]
