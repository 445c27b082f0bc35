-- $1 document: deletions and first uploads of one document begin one after the other; held to the end of the transaction
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))
