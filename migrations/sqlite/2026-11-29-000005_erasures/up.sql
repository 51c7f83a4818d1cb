-- Tombstones: all that remains of an erased user is the id and the time of the erasure.
CREATE TABLE erased_users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Erased users with rows left in other tables. These rows are hidden. They are deleted in batches, and then the row
-- here is deleted. The table has few rows, and is usually empty.
CREATE TABLE erasures_under_way (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    begun_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
