-- a baseline is learnt from the last seven days
DELETE FROM upload_pipeline.stage_timings WHERE minute < now() - interval '8 days'
