-- How many jobs stand in each status of $1, counted up to $2 of each, so that a large table costs no more than that.
SELECT wanted.status, counted.jobs
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (status, place)
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs
    FROM (SELECT FROM upload_pipeline.upload_jobs AS job WHERE job.status = wanted.status LIMIT $2) AS found
) AS counted
ORDER BY wanted.place
