-- Calls intended from $1 until $2, by the minute and the provider: how many, how many failed, and the seconds of the recorded
SELECT date_trunc('minute', intended_at) AS minute, provider, count(*) AS calls,
    count(*) FILTER (WHERE state IN ('failed', 'abandoned')) AS failed,
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
        ORDER BY extract(epoch FROM ended_at - intended_at)::float8
    ) FILTER (WHERE state = 'recorded') AS seconds
FROM upload_pipeline.provider_calls
WHERE intended_at >= $1 AND intended_at < $2
GROUP BY 1, 2
ORDER BY 1, 2
