-- Whether replicas may use the shared cache: one row, which every replica reads many times a second. It has no data
-- about users.
CREATE TABLE cache_epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Part of the key of every cached row. It is replaced each time that the cache is taken into use.
    epoch uuid NOT NULL,
    -- The run of the Redis server that has the rows. NULL while the cache must not be used.
    server_id text,
    suspensions bigint NOT NULL DEFAULT 0
);
INSERT INTO cache_epoch (epoch) VALUES (gen_random_uuid());
