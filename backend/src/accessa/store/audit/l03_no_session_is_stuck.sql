-- $1 seconds. At rest: our sessions that hold a transaction open and do nothing, or wait for a lock, for longer than that.
SELECT application_name || ' ' || pid
FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'accessa%' AND pid <> pg_backend_pid() AND (
    (state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > make_interval(secs => $1))
    OR (wait_event_type = 'Lock' AND clock_timestamp() - query_start > make_interval(secs => $1))
)
