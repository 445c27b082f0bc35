-- Rows and bytes of the tables that grow, as the statistics have them, and bytes of the whole database.
SELECT relname AS table, n_live_tup AS rows, pg_total_relation_size(relid) AS bytes,
    pg_database_size(current_database()) AS database_bytes
FROM pg_stat_user_tables
WHERE schemaname = 'upload_pipeline' AND relname = ANY ($1)
ORDER BY relname
