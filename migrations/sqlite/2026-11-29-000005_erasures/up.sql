-- What erasure leaves: that there was somebody, and since when there is not.
CREATE TABLE erased_users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Erased users of whom other tables still hold rows. Nobody is shown these rows; they are deleted in batches, and then
-- the row here. Holds few rows, and none most of the time.
CREATE TABLE erasures_under_way (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    begun_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
