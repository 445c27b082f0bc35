-- Ends any statement of this transaction that runs longer than $1 (text with a unit, such as '2s').
SELECT set_config('statement_timeout', $1, true)
