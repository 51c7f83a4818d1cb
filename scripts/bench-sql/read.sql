-- What a read of Privet's comes to on PostgreSQL, for `pgbench -M prepared -D users=COUNT`. Users are drawn as
-- scripts/bench-lua/sending.lua does, and their ids made as crates/privet/examples/load_users.rs does: here by the
-- server, because pgbench has no text; that takes it about a microsecond.
\set rank int(exp(ln(:users) * random(0, 999999999) / 1000000000.0))
\set number (:rank * 7919) % :users
\set scattered (:number * 2654435761) % 4294967296
SELECT * FROM users WHERE user_id = (lpad(to_hex(:scattered::bigint), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid;
