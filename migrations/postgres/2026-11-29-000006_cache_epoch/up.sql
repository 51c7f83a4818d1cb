-- Whether replicas may use the cache that they share: one row, which all of them look at many times a second.
-- Holds nothing about anybody.
CREATE TABLE cache_epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- In the key of every cached row, and another one each time that a cache is taken into use.
    epoch uuid NOT NULL,
    -- Which Redis holds the rows, from its start to its end; NULL while no cache may be used.
    server_id text,
    suspensions bigint NOT NULL DEFAULT 0
);
INSERT INTO cache_epoch (epoch) VALUES (gen_random_uuid());
