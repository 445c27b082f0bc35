-- $1 users, $2 a time in seconds since 1970: seconds from then until the last job that was held at that time was claimed anew
SELECT coalesce(max(extract(epoch FROM taken.at)) - $2::double precision, 0)::double precision
FROM upload_pipeline.upload_jobs j
CROSS JOIN LATERAL (
    SELECT min(e.ts) AS at FROM upload_pipeline.events e
    WHERE e.job_id = j.job_id AND e.code = 'LEASE_EXPIRED' AND e.ts > to_timestamp($2::double precision)
) taken
WHERE j.user_id = ANY($1)
