-- $1 documents (null: all): documents beside which the same user has another one with the same bytes
SELECT d.document_id::text
FROM upload_pipeline.documents d
WHERE ($1::uuid[] IS NULL OR d.document_id = ANY ($1)) AND EXISTS (
    SELECT FROM upload_pipeline.documents twin
    WHERE twin.user_id = d.user_id AND twin.file_sha256 = d.file_sha256 AND twin.document_id <> d.document_id
)
