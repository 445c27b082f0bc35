-- $1 document: where the file of its announced upload lies, or will
SELECT raw_path FROM upload_pipeline.pending_uploads WHERE document_id = $1
