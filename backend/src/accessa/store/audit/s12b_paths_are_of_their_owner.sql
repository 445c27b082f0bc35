-- $1 documents (null: all): rows with the path of a file that lies elsewhere than under its user and document
WITH owned AS (
    SELECT document_id, raw_path, parsed_path,
        'storage://raw/' || user_id || '/' || document_id || '.' AS raw_start,
        'storage://parsed/' || user_id || '/' || document_id || '.' AS parsed_start
    FROM upload_pipeline.documents
    WHERE $1::uuid[] IS NULL OR document_id = ANY ($1)
)
SELECT 'documents ' || document_id
FROM owned
WHERE NOT starts_with(raw_path, raw_start) OR NOT starts_with(parsed_path, parsed_start)
UNION ALL
SELECT 'upload_jobs ' || j.job_id
FROM owned o
JOIN upload_pipeline.upload_jobs j USING (document_id)
WHERE NOT starts_with(j.raw_path, o.raw_start)
    -- A text file is its own parse.
    OR NOT (starts_with(j.parsed_path, o.parsed_start) OR j.parsed_path = j.raw_path)
UNION ALL
SELECT 'parsed_texts ' || t.document_id
FROM owned o
JOIN upload_pipeline.parsed_texts t USING (document_id)
WHERE NOT starts_with(t.parsed_path, o.parsed_start)
UNION ALL
SELECT 'parse_runs ' || r.parse_id
FROM owned o
JOIN upload_pipeline.parse_runs r USING (document_id)
WHERE NOT starts_with(r.result_path, o.parsed_start)
UNION ALL
SELECT 'pending_uploads ' || p.document_id
FROM upload_pipeline.pending_uploads p
WHERE NOT starts_with(p.raw_path, 'storage://raw/' || p.user_id || '/' || p.document_id || '.')
    AND ($1::uuid[] IS NULL OR p.document_id = ANY ($1))
