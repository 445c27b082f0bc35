-- What each worker's runs of each stage took from minute $1 until $2
SELECT minute, stage, runs, seconds, buckets
FROM upload_pipeline.stage_timings
WHERE minute >= $1 AND minute < $2
ORDER BY minute, stage
