-- At most one worker looks whether an audit is due; held to the end of the transaction.
SELECT pg_try_advisory_xact_lock(711203062)
