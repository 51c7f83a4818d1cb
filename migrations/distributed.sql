-- Lays the tables out over the nodes of a distributed PostgreSQL (Citus). `privet migrate --distributed` runs this file
-- after the migrations. To run it by hand, on the coordinator, as the owner of the tables, after `privet migrate` and
-- before a replica of Privet is started:
--
--     PGOPTIONS='-c citus.shard_count=16' psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f migrations/distributed.sql
--
-- `citus.shard_count` is the number of parts of each table: one or two for each core of all workers together. Every node
-- has the extension already, and the coordinator knows the nodes (`citus_set_coordinator_host`, `citus_add_node`).
--
-- The file may be run again, also after an interruption: what is laid out already stays as it is. Do not run it in one
-- transaction. Existing rows are copied, which takes about as long as a restore.
--
-- Not laid out: `changes` and `feed`, because the feed has one order; `cache_epoch`, which is one row; the table of
-- migrations. They stay on the coordinator, to which all replicas connect.

-- The coordinator needs a copy of the tombstones: it commits first, and whoever misses a row must find its tombstone.
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) THEN RAISE EXCEPTION
'the coordinator is not among the nodes; run SELECT citus_set_coordinator_host(''<its name>'', 5432) first'; END IF; END $$;

-- Read by every decision, and narrow: each node has a copy.
SELECT create_reference_table('erased_users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'erased_users'::regclass);
SELECT create_reference_table('erasures_under_way')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'erasures_under_way'::regclass);

-- A user's rows in all these tables are on one node. A follow is on the node of the user who is followed.
SELECT create_distributed_table('users', 'user_id', colocate_with => 'none')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'users'::regclass);
SELECT create_distributed_table('contacts', 'owner_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'contacts'::regclass);
SELECT create_distributed_table('blocks', 'blocker_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'blocks'::regclass);
SELECT create_distributed_table('exceptions', 'owner_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'exceptions'::regclass);
SELECT create_distributed_table('follows', 'following_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'follows'::regclass);
SELECT create_distributed_table('follow_counts', 'user_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'follow_counts'::regclass);
SELECT create_distributed_table('list_counts', 'user_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'list_counts'::regclass);
SELECT create_distributed_table('audit_log', 'user_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'audit_log'::regclass);
SELECT create_distributed_table('support_looks', 'user_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'support_looks'::regclass);
SELECT create_distributed_table('erasure_receipts', 'user_id', colocate_with => 'users')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'erasure_receipts'::regclass);

-- Rows that were copied are still in the tables of the coordinator. No statement reads them, and no erasure deletes them.
SELECT truncate_local_data_after_distributing_table('erased_users');
SELECT truncate_local_data_after_distributing_table('erasures_under_way');
SELECT truncate_local_data_after_distributing_table('users');
SELECT truncate_local_data_after_distributing_table('contacts');
SELECT truncate_local_data_after_distributing_table('blocks');
SELECT truncate_local_data_after_distributing_table('exceptions');
SELECT truncate_local_data_after_distributing_table('follows');
SELECT truncate_local_data_after_distributing_table('follow_counts');
SELECT truncate_local_data_after_distributing_table('list_counts');
SELECT truncate_local_data_after_distributing_table('audit_log');
SELECT truncate_local_data_after_distributing_table('support_looks');
SELECT truncate_local_data_after_distributing_table('erasure_receipts');
