-- $1 documents: those of them that neither a document nor an announced upload stands for
SELECT id
FROM unnest($1::uuid[]) AS named (id)
WHERE NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = id)
    AND NOT EXISTS (SELECT FROM upload_pipeline.pending_uploads p WHERE p.document_id = id)
