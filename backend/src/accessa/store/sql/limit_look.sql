-- For this transaction: ends any statement that runs longer than $1 or waits longer than $2 for a lock (texts with a unit,
-- such as '2s'), and compiles none of them, which may take longer than that.
SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), set_config('jit', 'off', true)
