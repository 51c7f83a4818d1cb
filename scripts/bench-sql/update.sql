-- The statement of an update of Privet on PostgreSQL, as in crates/postgres/src/settings/compare_and_set.rs: it updates
-- the row, and inserts an audit entry and a change for the feed. Here the expected revision is not compared, and the new one is always the same.
-- Users are drawn as in read.sql.
\set rank int(exp(ln(:users) * random(0, 999999999) / 1000000000.0))
\set number (:rank * 7919) % :users
\set scattered (:number * 2654435761) % 4294967296
WITH updated AS (
    UPDATE users SET
        revision = 2, choices = '{"messaging.show_last_seen": false}', preferences = '{}',
        versions = '{"messaging": [2, 1769855445123456]}'
    WHERE user_id = (lpad(to_hex(:scattered::bigint), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid
        AND revision >= 1
    RETURNING user_id
), logged AS (
    INSERT INTO audit_log (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id)
    SELECT updated.user_id, entries.* FROM updated, unnest(
        ARRAY[gen_random_uuid()], ARRAY[gen_random_uuid()], ARRAY[now()], ARRAY['messaging.show_last_seen'],
        ARRAY['true'::jsonb], ARRAY['false'::jsonb], ARRAY[gen_random_uuid()::text]
    ) AS entries
), in_feed AS (
    INSERT INTO changes (at, user_id, kinds)
    SELECT now(), user_id, 4 FROM updated
)
SELECT count(*) FROM updated;
