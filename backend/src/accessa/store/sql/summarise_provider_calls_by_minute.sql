-- Calls intended from $1 until $2, by the minute and the provider: how many, how many failed, and the seconds of the recorded.
-- Rows that share a call have one moment of intent; the call failed when all of them did.
SELECT date_trunc('minute', intended_at) AS minute, provider, count(*) AS calls, count(*) FILTER (WHERE failed) AS failed,
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
        ORDER BY extract(epoch FROM recorded_at - intended_at)::float8
    ) FILTER (WHERE recorded_at IS NOT NULL) AS seconds
FROM (
    SELECT provider, intended_at, bool_and(state IN ('failed', 'abandoned')) AS failed,
        max(ended_at) FILTER (WHERE state = 'recorded') AS recorded_at
    FROM upload_pipeline.provider_calls
    WHERE intended_at >= $1 AND intended_at < $2
    GROUP BY provider, intended_at
) call
GROUP BY 1, 2
ORDER BY 1, 2
