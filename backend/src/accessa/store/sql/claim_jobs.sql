-- $1 owner, $2 lease in seconds, $3 most jobs, $4 most jobs of a user in all hands (0: any number), $5 user to begin after,
-- $6 crashes that make a job a suspect.
-- Higher priorities come first; then the user who has fewest jobs in hand; then, round and round, the next user.
-- A row may come without a job: it only tells the user that the next claim begins after.
WITH RECURSIVE asked AS MATERIALIZED (
    -- Limits are read from here, so that a plan for the very number looks no cheaper than the one that is kept: to plan this
    -- takes longer than to run it.
    SELECT $3::integer AS jobs, greatest(128, 2 * $3::integer) AS head_rows
), gates AS MATERIALIZED (
    -- Jobs held up at a provider queue by themselves, and only as many are claimed as its gate would let through.
    SELECT '' AS waits_for, 2147483647 AS room
    UNION ALL
    SELECT provider, room FROM upload_pipeline.provider_gates, LATERAL (
        SELECT extract(epoch FROM clock_timestamp() - measured_at) / 60 AS minutes
    ) since, LATERAL (
        SELECT CASE
            WHEN state <> 'closed' THEN (probe_at <= clock_timestamp())::integer
            WHEN paused_until > clock_timestamp() THEN 0
            ELSE least(
                2147483647,
                floor(least(requests_per_minute, requests_left + minutes * requests_per_minute)),
                floor(
                    least(tokens_per_minute, tokens_left + minutes * tokens_per_minute)
                    / greatest(1, least(tokens_asked, tokens_per_minute))
                )
            )::integer
        END AS room
    ) gate
    WHERE room > 0
    LIMIT 100
), levels AS (
    SELECT g.waits_for, g.room, top.priority, 1 AS depth
    FROM gates g
    CROSS JOIN LATERAL (
        SELECT j.priority FROM upload_pipeline.upload_jobs j
        WHERE j.due_at IS NOT NULL AND j.waits_for = g.waits_for
        ORDER BY j.priority DESC
        LIMIT 1
    ) top
    UNION ALL
    SELECT l.waits_for, l.room, below.priority, l.depth + 1
    FROM levels l
    CROSS JOIN LATERAL (
        SELECT j.priority FROM upload_pipeline.upload_jobs j
        WHERE j.due_at IS NOT NULL AND j.waits_for = l.waits_for AND j.priority < l.priority
        ORDER BY j.priority DESC
        LIMIT 1
    ) below
    WHERE l.depth < 16
), head AS MATERIALIZED (
    SELECT l.waits_for, l.priority, due.job_id, due.user_id, due.available_at
    FROM (SELECT waits_for, priority FROM levels ORDER BY priority DESC LIMIT 16) l
    CROSS JOIN LATERAL (
        SELECT j.job_id, j.user_id, j.available_at FROM upload_pipeline.upload_jobs j
        WHERE j.waits_for = l.waits_for AND j.priority = l.priority AND j.due_at <= now() AND j.available_at <= now()
        ORDER BY j.due_at
        LIMIT (SELECT head_rows FROM asked)
    ) due
), crowded AS MATERIALIZED (
    -- More are due than the head shows: whose jobs are further down is found user by user.
    SELECT waits_for, priority FROM head GROUP BY waits_for, priority HAVING count(*) = (SELECT head_rows FROM asked)
), walk AS (
    SELECT c.waits_for, c.priority, lap, next.user_id, next.due_at, 1 AS step, (next.due_at <= now())::integer AS found
    FROM crowded c
    CROSS JOIN (
        VALUES (0, coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'), 'infinity'::timestamptz),
            (1, '00000000-0000-0000-0000-000000000000'::uuid, '-infinity'::timestamptz)
    ) laps (lap, after_user, after_time)
    CROSS JOIN LATERAL (
        SELECT j.user_id, j.due_at FROM upload_pipeline.upload_jobs j
        WHERE j.waits_for = c.waits_for AND j.priority = c.priority AND (j.user_id, j.due_at) > (after_user, after_time)
            AND j.due_at IS NOT NULL
        ORDER BY j.user_id, j.due_at
        LIMIT 1
    ) next
    UNION ALL
    SELECT w.waits_for, w.priority, w.lap, next.user_id, next.due_at, w.step + 1,
        w.found + (next.due_at <= now())::integer
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT j.user_id, j.due_at FROM upload_pipeline.upload_jobs j
        WHERE j.waits_for = w.waits_for AND j.priority = w.priority
            AND (j.user_id, j.due_at) > (w.user_id, 'infinity'::timestamptz) AND j.due_at IS NOT NULL
        ORDER BY j.user_id, j.due_at
        LIMIT 1
    ) next
    WHERE w.step < 150 AND w.found < 8 + $3::integer
), seen AS MATERIALIZED (
    SELECT * FROM head
    UNION
    SELECT w.waits_for, w.priority, due.job_id, w.user_id, due.available_at
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT j.job_id, j.available_at FROM upload_pipeline.upload_jobs j
        WHERE j.waits_for = w.waits_for AND j.priority = w.priority AND j.user_id = w.user_id
            AND j.due_at <= now() AND j.available_at <= now()
        ORDER BY j.due_at
        -- A large claim is shared among the users that were found; a small one looks at a few jobs of each.
        LIMIT (
            SELECT greatest(8, 2 * asked.jobs / greatest(1, count(*)))
            FROM asked LEFT JOIN walk found ON found.due_at <= now()
            GROUP BY asked.jobs
        )
    ) due
    WHERE w.due_at <= now()
), held AS MATERIALIZED (
    SELECT user_id, count(*) AS jobs FROM upload_pipeline.upload_jobs
    WHERE lease_owner IS NOT NULL AND available_at > now()
    GROUP BY user_id
), turns AS MATERIALIZED (
    SELECT *,
        coalesce(held.jobs, 0)
            + row_number() OVER (PARTITION BY user_id ORDER BY seen.priority DESC, seen.available_at, seen.job_id) AS turn,
        coalesce(user_id <= $5::uuid, false) AS behind
    FROM seen
    LEFT JOIN held USING (user_id)
), placed AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY waits_for ORDER BY priority DESC, turn, behind, user_id, available_at
        ) AS place
    FROM turns
    WHERE $4::integer = 0 OR turn <= $4
), queued AS MATERIALIZED (
    SELECT placed.* FROM placed JOIN gates USING (waits_for)
    WHERE place <= room
    ORDER BY priority DESC, turn, behind, user_id, available_at
    LIMIT 512
), due AS MATERIALIZED (
    SELECT j.job_id, j.lease_owner AS last_owner, j.available_at AS due_at, j.set_aside AS was_set_aside, q.turn, q.behind
    FROM queued q
    JOIN upload_pipeline.upload_jobs j ON j.job_id = q.job_id
    WHERE j.status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding') AND j.available_at <= now()
    ORDER BY q.priority DESC, q.turn, q.behind, q.user_id, q.available_at
    LIMIT (SELECT jobs FROM asked)
    FOR NO KEY UPDATE OF j SKIP LOCKED
), judged AS (
    -- Only a death counts. An owner that ended in good order, or gave a sign of life after the lease should have been
    -- renewed, has lost it to an outage.
    SELECT due.*, (
        last_owner IS NOT NULL AND last_owner <> $1 AND NOT was_set_aside
        AND NOT EXISTS (
            SELECT FROM upload_pipeline.workers w
            WHERE w.worker_id = last_owner
                AND (w.state = 'stopped' OR w.heartbeat_at > due_at - make_interval(secs => $2::float8 / 2))
        )
    ) AS crashed
    FROM due
), claimed AS (
    UPDATE upload_pipeline.upload_jobs j
    SET lease_owner = $1,
        lease_epoch = j.lease_epoch + 1,
        available_at = now() + make_interval(secs => $2),
        crash_count = j.crash_count + crashed::integer,
        waits_for = '',
        set_aside = j.crash_count + crashed::integer >= $6::integer,
        updated_at = now()
    FROM judged
    WHERE j.job_id = judged.job_id
    RETURNING j.*, judged.last_owner, judged.crashed, judged.turn, judged.behind
), recorded AS (
    INSERT INTO upload_pipeline.events (job_id, document_id, type, severity, code, lease_epoch, payload, correlation_id)
    SELECT job_id, document_id, 'claimed', CASE WHEN last_owner IS NULL THEN 'info' ELSE 'warn' END,
        CASE WHEN last_owner IS NULL THEN 'JOB_CLAIMED' ELSE 'LEASE_EXPIRED' END,
        lease_epoch,
        jsonb_build_object('worker', $1::text)
            || CASE WHEN last_owner IS NULL THEN '{}'
                ELSE jsonb_build_object('held_by', last_owner, 'crash', crashed, 'crashes', crash_count) END,
        correlation_id
    FROM claimed
)
SELECT c.*, d.mime, d.bytes_len, d.file_sha256, walked.walked_to
FROM (
    -- The next walk goes on after the last user of this one who got a job; if none of them did, after all of them.
    SELECT user_id AS walked_to FROM walk
    WHERE lap = (SELECT min(lap) FROM walk)
    ORDER BY priority DESC, user_id IN (SELECT user_id FROM claimed) DESC, step DESC
    LIMIT 1
) walked
FULL JOIN (claimed c JOIN upload_pipeline.documents d USING (document_id)) ON true
ORDER BY c.priority DESC, c.turn, c.behind, c.user_id, c.created_at
