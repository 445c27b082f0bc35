-- The database server: its connections, its clock, since when it runs, and the age of its oldest transaction in seconds.
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    current_setting('max_connections')::integer AS connections_limit,
    extract(epoch FROM clock_timestamp())::float8 AS clock,
    extract(epoch FROM pg_postmaster_start_time())::float8 AS started_at,
    (
        SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    ) AS oldest_transaction_seconds
