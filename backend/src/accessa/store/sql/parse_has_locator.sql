-- Whether $1 is the locator of a parse of ours.
SELECT EXISTS (SELECT FROM upload_pipeline.parse_runs WHERE locator = $1)
