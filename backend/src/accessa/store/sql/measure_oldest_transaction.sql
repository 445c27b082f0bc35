-- The age in seconds of the oldest transaction of this database, whoever it belongs to; 0 when there is none.
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
