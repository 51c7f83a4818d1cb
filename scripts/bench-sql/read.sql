-- The statement of a read of Privet on PostgreSQL, for `pgbench -M prepared -D users=COUNT`. Users are drawn as in
-- scripts/bench-lua/sending.lua, and their ids are computed as in crates/privet/examples/load_users.rs. The server
-- computes them, because pgbench has no text functions; this takes about a microsecond.
\set rank int(exp(ln(:users) * random(0, 999999999) / 1000000000.0))
\set number (:rank * 7919) % :users
\set scattered (:number * 2654435761) % 4294967296
SELECT * FROM users WHERE user_id = (lpad(to_hex(:scattered::bigint), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid;
