"""Postgres: models, migrations, and one SQL statement per file."""
