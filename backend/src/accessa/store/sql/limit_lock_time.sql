-- Ends any statement of this transaction that waits longer than $1 for a lock (text with a unit, such as '2s').
SELECT set_config('lock_timeout', $1, true)
