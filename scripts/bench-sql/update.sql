-- What an update of Privet's comes to on PostgreSQL, as crates/postgres/src/settings/compare_and_set.rs makes it: every column
-- of the row is set, and an audit entry inserted. Here whatever revision the row is at, and always to the same. How
-- users are drawn: read.sql.
\set rank int(exp(ln(:users) * random(0, 999999999) / 1000000000.0))
\set number (:rank * 7919) % :users
\set scattered (:number * 2654435761) % 4294967296
WITH updated AS (
    UPDATE users SET
        created_at = now(), revision = 2,
        account_is_private = false, account_revision = 1, account_updated_at = now(),
        email_allow_email_contact = true, email_revision = 1, email_updated_at = now(),
        messaging_show_read_receipts = true, messaging_show_last_seen = false, messaging_show_typing_indicator = true,
        messaging_who_can_see_profile = 'everyone', messaging_who_can_add_to_groups = 'everyone',
        messaging_disappearing_messages_default = NULL, messaging_revision = 2, messaging_updated_at = now(),
        preferences = '{}', preferences_revision = 1, preferences_updated_at = now()
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
