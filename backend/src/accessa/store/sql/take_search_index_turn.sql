-- At most one worker sees to the search index; held to the end of the transaction.
SELECT pg_try_advisory_xact_lock(711203067)
