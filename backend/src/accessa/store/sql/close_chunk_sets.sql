-- $1 sets, $2 chunks in all of each
UPDATE upload_pipeline.chunk_sets s SET chunks_total = whole.chunks
FROM unnest($1::uuid[], $2::integer[]) AS whole (set_id, chunks)
WHERE s.set_id = whole.set_id
