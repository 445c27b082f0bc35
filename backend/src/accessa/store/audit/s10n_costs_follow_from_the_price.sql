-- $1 jobs (null: all): recorded calls whose cost is not what was billed times its price, beyond what rounding each of the
-- numbers to the digits of its column explains; a worker from before revision 0004 writes none of them
SELECT call_id::text
FROM upload_pipeline.provider_calls
WHERE ($1::uuid[] IS NULL OR job_id = ANY ($1)) AND state = 'recorded' AND (
    num_nulls(billed_units, unit_price_usd, price_factor) NOT IN (0, 3)
    OR abs(cost_usd - billed_units * unit_price_usd * price_factor)
        > 0.000000005 + billed_units * price_factor * 0.0000000000005
        + unit_price_usd * (price_factor + billed_units) * 0.00005
)
