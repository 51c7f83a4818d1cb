-- One user, one row: what they chose, and when each family of settings last changed.
-- Ids are blobs of 16 bytes, times are microseconds since 1970-01-01T00:00:00Z. The table is looked up by its key alone
-- and kept in it (WITHOUT ROWID): one search instead of two.
CREATE TABLE users (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    created_at INTEGER NOT NULL,
    -- The account privacy record's own id. Nobody looks for a user by it.
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    -- Counts the changes of the whole row.
    revision INTEGER NOT NULL CHECK (revision >= 1),
    -- Only what the user chose: flat JSON objects from dotted name to value. Defaults are computed.
    choices TEXT NOT NULL CHECK (json_type(choices) = 'object'),
    preferences TEXT NOT NULL CHECK (json_type(preferences) = 'object'),
    -- Of each family that changed: the revision of the row at its last visible change, and the time of that change, as
    -- {"messaging": [2, 1769855445123456]}.
    versions TEXT NOT NULL CHECK (json_type(versions) = 'object')
) STRICT, WITHOUT ROWID;
