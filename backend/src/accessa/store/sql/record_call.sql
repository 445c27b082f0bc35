-- $1 call, $2 units, $3 tokens, $4 cost in USD, $5 billed units, $6 what such a unit is, $7 its price in USD, $8 factor,
-- $9 as of when: the price stays with the row, whatever it is later
UPDATE upload_pipeline.provider_calls
SET state = 'recorded', units = $2, tokens = $3, cost_usd = $4, billed_units = $5, price_unit = $6, unit_price_usd = $7,
    price_factor = $8, price_as_of = $9, ended_at = now()
WHERE call_id = $1 AND state <> 'recorded'
RETURNING call_id
