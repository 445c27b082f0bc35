-- $1 index: a set that is not copied to its end; one that is begun comes first
SELECT set_id
FROM upload_pipeline.indexed_sets
WHERE index_id = $1 AND NOT complete
ORDER BY copied_to
LIMIT 1
FOR UPDATE SKIP LOCKED
