-- $1 worker, $2 its sums: stage, runs, seconds, buckets; they are added to what the minute already has
INSERT INTO upload_pipeline.stage_timings AS kept (minute, stage, worker_id, runs, seconds, buckets)
SELECT date_trunc('minute', now()), stage, $1, runs, seconds, buckets
FROM jsonb_to_recordset($2::jsonb) AS told (stage text, runs integer, seconds float8, buckets integer[])
ON CONFLICT (minute, stage, worker_id) DO UPDATE
SET runs = kept.runs + excluded.runs,
    seconds = kept.seconds + excluded.seconds,
    buckets = ARRAY(
        SELECT coalesce(before, 0) + coalesce(added, 0)
        FROM unnest(kept.buckets, excluded.buckets) WITH ORDINALITY AS bucket (before, added, place)
        ORDER BY place
    )
