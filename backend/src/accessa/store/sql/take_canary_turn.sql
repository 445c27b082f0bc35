-- At most one process looks whether a canary is due; held to the end of the transaction.
SELECT pg_try_advisory_xact_lock(711203071)
