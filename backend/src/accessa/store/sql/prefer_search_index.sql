-- $1 a vector, which has the extension loaded by the time its settings are made; $2 most that are looked at.
-- Where the extension can, it goes on until it has as many that are not deleted. The planner takes large values, which are
-- stored apart, for free to read: left alone, it would compare and sort all of them.
SELECT vector_dims($1::vector),
    set_config('enable_sort', 'off', true),
    set_config('hnsw.ef_search', $2::integer::text, true),
    CASE
        WHEN current_setting('hnsw.iterative_scan', true) IS NOT NULL
            THEN set_config('hnsw.iterative_scan', 'strict_order', true)
    END
