-- $1 document, $2 provider: when a parse of it was first asked for without an answer that tells what became of it
SELECT min(intended_at)
FROM upload_pipeline.provider_calls
WHERE document_id = $1 AND provider = $2 AND operation = 'parse' AND state IN ('intended', 'abandoned')
