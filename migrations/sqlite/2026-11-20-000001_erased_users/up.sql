-- What erasure leaves: that there was somebody, and since when there is not.
CREATE TABLE erased_users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
