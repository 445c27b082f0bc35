-- $1 documents (null: all): documents of the same user with the same bytes
SELECT min(d.document_id::text)
FROM upload_pipeline.documents d
WHERE $1::uuid[] IS NULL OR (d.user_id, d.file_sha256) IN (
    SELECT t.user_id, t.file_sha256 FROM upload_pipeline.documents t WHERE t.document_id = ANY ($1)
)
GROUP BY d.user_id, d.file_sha256
HAVING count(*) > 1
