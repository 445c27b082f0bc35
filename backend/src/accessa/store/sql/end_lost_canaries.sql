-- Canaries of more than $1 seconds ago that nobody has ended, as their sender has died: $2 is the code of that.
UPDATE upload_pipeline.canary_runs
SET ended_at = now(), passed = false, code = $2, seconds = extract(epoch FROM now() - started_at)
WHERE ended_at IS NULL AND started_at < now() - make_interval(secs => $1)
