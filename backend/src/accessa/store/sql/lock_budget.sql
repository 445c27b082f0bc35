-- $1 whose purchases have to be decided one after the other; held to the end of the transaction
SELECT pg_advisory_xact_lock(hashtextextended($1, 1))
