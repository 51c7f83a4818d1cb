-- What an update of Privet's comes to on PostgreSQL, as crates/postgres/src/settings/compare_and_set.rs makes it: the row is set, and
-- an audit entry inserted. Here whatever revision the row is at, and always to the same. How
-- users are drawn: read.sql.
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
)
SELECT count(*) FROM updated;
