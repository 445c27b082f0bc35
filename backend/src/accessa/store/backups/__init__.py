"""Backups of the database for development: our schema as one compressed script of SQL, which says what it is."""
