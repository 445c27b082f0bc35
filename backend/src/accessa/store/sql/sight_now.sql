-- The database's time
SELECT now()
