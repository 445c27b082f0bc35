-- The $1 connections that most wait for: which waits for no lock itself while others wait for one that it holds, how many
-- do, and how old its own transaction is. Empty while nobody waits.
SELECT blocker.pid, left(coalesce(blocker.application_name, ''), 60) AS application,
    coalesce(blocker.usename, '')::text AS username, count(*) AS waiting,
    coalesce(extract(epoch FROM max(clock_timestamp() - blocker.xact_start)), 0)::float8 AS open_seconds
FROM (
    SELECT unnest(pg_blocking_pids(pid)) AS blocked_by
    FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
) AS waiter
JOIN pg_stat_activity AS blocker ON blocker.pid = waiter.blocked_by
WHERE blocker.wait_event_type IS DISTINCT FROM 'Lock'
GROUP BY blocker.pid, application, username
ORDER BY waiting DESC, blocker.pid
LIMIT $1
