-- What the stages took from $1 to $2 seconds ago, all workers together; `buckets` are added place by place.
SELECT stage, sum(runs)::bigint AS runs, sum(seconds)::float8 AS seconds,
    (
        SELECT array_agg(total ORDER BY place)
        FROM (
            SELECT place, sum(number)::bigint AS total
            FROM upload_pipeline.stage_timings inside, unnest(inside.buckets) WITH ORDINALITY AS bucket (number, place)
            WHERE inside.stage = timing.stage AND inside.minute > now() - make_interval(secs => $1)
                AND inside.minute <= now() - make_interval(secs => $2)
            GROUP BY place
        ) AS totals
    ) AS buckets
FROM upload_pipeline.stage_timings timing
WHERE minute > now() - make_interval(secs => $1) AND minute <= now() - make_interval(secs => $2)
GROUP BY stage
