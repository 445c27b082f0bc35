-- Ends any statement of this transaction that runs longer than $1 (text with a unit, such as '2s'), and compiles none of
-- them, which may take longer than that.
SELECT set_config('statement_timeout', $1, true), set_config('jit', 'off', true)
