-- The feed of changes: one row for each change, inserted in the transaction of the change, and never updated. It says
-- whose data changed and of what kind, never what the new values are. Rows are deleted from the beginning when they are
-- old.
--
-- A reader goes by the number of the transaction, and reads only below the oldest transaction that is under way. A
-- number of a sequence alone would not do: a transaction that draws its number early and commits late would be passed
-- over.
CREATE TABLE changes (
    transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    -- The order of the changes of one transaction.
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    -- NULL if the change is about all users.
    user_id uuid,
    -- One bit for each kind.
    kinds smallint NOT NULL CHECK (kinds <> 0),
    -- New rows are added at the end of the index, except when transactions overtake each other.
    PRIMARY KEY (transaction, number)
);

-- The state of the feed: one row, without data about users.
CREATE TABLE feed (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Part of every cursor. It is replaced, and `changes` is emptied, if the database is not the one of `belongs_to`:
    -- after a restore or a failover, numbers of transactions may repeat.
    epoch uuid NOT NULL,
    -- The server, its timeline and the database.
    belongs_to text NOT NULL,
    -- The last deleted row of `changes`.
    earliest_transaction bigint NOT NULL,
    earliest_number bigint NOT NULL,
    -- The last catalogue that is in use. NULL until there is one.
    catalogue bigint
);
INSERT INTO feed (epoch, belongs_to, earliest_transaction, earliest_number) VALUES (gen_random_uuid(), '', 0, 0);
