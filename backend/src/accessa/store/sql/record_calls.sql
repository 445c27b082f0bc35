-- $1 calls, $2 units, $3 tokens, $4 costs in USD, $5 billed units, $6 what such units are, $7 their prices in USD,
-- $8 factors, $9 as of when: the price stays with the row, whatever it is later
UPDATE upload_pipeline.provider_calls c
SET state = 'recorded', units = r.units, tokens = r.tokens, cost_usd = r.cost_usd, billed_units = r.billed_units,
    price_unit = r.price_unit, unit_price_usd = r.unit_price_usd, price_factor = r.price_factor,
    price_as_of = r.price_as_of, ended_at = now()
FROM unnest(
    $1::bigint[], $2::integer[], $3::bigint[], $4::numeric[], $5::numeric[], $6::text[], $7::numeric[], $8::numeric[],
    $9::text[]
) AS r (call_id, units, tokens, cost_usd, billed_units, price_unit, unit_price_usd, price_factor, price_as_of)
WHERE c.call_id = r.call_id AND c.state <> 'recorded'
RETURNING c.call_id
